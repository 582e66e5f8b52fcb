package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.internal.http.ByteRange;
import io.github.uploadreceipts.internal.peer.PeerRelay.Body;
import io.github.uploadreceipts.internal.peer.PeerRelay.Request;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.store.Location;
import java.net.URI;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.jspecify.annotations.Nullable;

/** The HTTP message of a request. */
final class RelayMessage {

    private static final Set<String> METHODS = Set.of("HEAD", "GET", "POST", "PATCH", "DELETE");
    private static final Pattern PATH = Pattern.compile("/[!-\"$-~]*");
    private static final Set<String> OURS = Set.of("connection", "content-length", "host", "transfer-encoding");

    private final Request asked;
    private final URI base;
    private final @Nullable Body body;

    /** @throws IllegalArgumentException if the request is not one that a host relays */
    RelayMessage(Request asked) {
        if (!METHODS.contains(asked.method()) || !PATH.matcher(asked.path()).matches()) {
            throw new IllegalArgumentException("not a method or path that is relayed");
        }
        for (String name : asked.fields().keySet()) {
            if (OURS.contains(name.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException(name + " is not for the caller to set");
            }
        }
        this.asked = asked;
        this.base = Location.requireBase(asked.peer());
        this.body = asked.length() == 0 ? null : asked.body().orElse(null);
    }

    /**
     * Returns the message that asks for a range of an upload, with a new token. It has no {@code If-Range}: with that, the
     * bytes of another upload would come as a whole, and without it, they come with another entity tag. Both are refused.
     */
    static RelayMessage of(PeerRequest place, ByteRange range, PeerTokens tokens) {
        Map<String, String> fields = new HashMap<>(Map.of(
                HttpHeaders.AUTHORIZATION, "Bearer " + tokens.mint(place),
                HttpHeaders.ACCEPT_ENCODING, "identity",
                HttpHeaders.USER_AGENT, "upload-receipts"));
        if (!range.isWhole()) {
            long last = range.first() + range.length() - 1;
            fields.put(HttpHeaders.RANGE, "bytes=" + range.first() + "-" + last);
        }
        Location location = place.location();
        String path = Location.PATH + location.hour() + "/" + location.id();
        return new RelayMessage(new Request(location.base(), place.method(), path, fields, 0, Optional.empty()));
    }

    /** Returns the peer's internal URL, in its canonical form. */
    URI base() {
        return base;
    }

    /** Returns the body, or null if the message has none. */
    @Nullable
    Body body() {
        return body;
    }

    /** Returns the length of the body, or a negative number if it is unknown. */
    long length() {
        return asked.length();
    }

    /** Returns the head of the message, including the fields that frame the body. */
    BasicHttpRequest head(HttpHost target) {
        BasicHttpRequest head = new BasicHttpRequest(asked.method(), target, base.getRawPath() + asked.path());
        asked.fields().forEach(head::addHeader);
        if (body == null) {
            if (asked.method().equals("POST") || asked.method().equals("PATCH")) {
                head.addHeader(HttpHeaders.CONTENT_LENGTH, "0");
            }
        } else if (asked.length() < 0) {
            head.addHeader(HttpHeaders.TRANSFER_ENCODING, "chunked");
        } else {
            head.addHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(asked.length()));
        }
        return head;
    }
}
