package io.github.uploadreceipts.fetch.internal.connect;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.internal.http.ByteRange;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import java.util.Optional;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/** The head of a peer's response, which is checked against the request. */
public final class ResponseHead {

    private final HttpResponse response;
    private final long length;

    /** @param entity the body, if there is one */
    public ResponseHead(HttpResponse response, @Nullable EntityDetails entity) {
        this.response = response;
        this.length = entity == null ? -1 : entity.getContentLength();
    }

    int status() {
        return response.getCode();
    }

    /** Returns whether the delivery filter of the peer wrote this refusal. */
    boolean isFromFilter() {
        Header[] marks = response.getHeaders(PeerRequest.MARK);
        return marks.length == 1 && PeerRequest.REFUSED.equals(marks[0].getValue());
    }

    void requireStatus(int expected) throws PeerException {
        if (status() != expected) {
            throw PeerException.ofStatus(status(), isFromFilter());
        }
    }

    /**
     * Checks that the body is exactly the range that was asked for, of the upload with this entity tag. Nothing else
     * proves a range, so what this does not find reaches the client.
     *
     * @param asked the whole upload, if the request has no {@code Range} field
     */
    public void requireExactly(ByteRange asked, String entityTag) throws PeerException {
        if (status() == 416) {
            throw PeerException.otherSize();
        }
        requireStatus(asked.isWhole() ? 200 : 206);
        requireUncoded();
        requireEntityTag(entityTag);
        if (asked.isWhole()) {
            requireLength(asked.length(), Remedy.ELSEWHERE);
        } else {
            requireRange(asked);
        }
    }

    private void requireEntityTag(String expected) throws PeerException {
        Header[] tags = response.getHeaders(HttpHeaders.ETAG);
        if (tags.length != 1 || !expected.equals(tags[0].getValue())) {
            String said = tags.length == 0
                    ? "no entity tag; what stands before the peer's filter must pass it on"
                    : "another entity tag";
            throw PeerException.wrongBytes(Remedy.ELSEWHERE, "the response has " + said);
        }
    }

    void requireUncoded() throws PeerException {
        if (response.containsHeader(HttpHeaders.CONTENT_ENCODING)) {
            throw new PeerException(Kind.REFUSED, Remedy.ELSEWHERE, "the response has a content coding");
        }
    }

    void requireRange(ByteRange asked) throws PeerException {
        Header[] fields = response.getHeaders(HttpHeaders.CONTENT_RANGE);
        Optional<ByteRange> range =
                fields.length == 1 ? ByteRange.contentRange(String.valueOf(fields[0].getValue())) : Optional.empty();
        if (!range.equals(Optional.of(asked))) {
            throw PeerException.wrongBytes(Remedy.RETRY, "the response is another range than was asked for");
        }
        requireLength(asked.length(), Remedy.RETRY);
    }

    void requireLength(long expected, Remedy otherwise) throws PeerException {
        if (length != expected) {
            String said = length < 0 ? "no length" : length + " bytes";
            throw PeerException.wrongBytes(otherwise, "the response has " + said + ", expected " + expected);
        }
    }
}
