package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;

/**
 * A response of a store, whose body was read unless it is an open object.
 *
 * @param fields the header fields, by names in lower case
 * @param code the error code, also of an error that came with status 200, or empty
 * @param clock how far the store's clock is ahead of ours
 * @param repeated whether an earlier try may have done what was asked
 * @param open the exchange whose body is still to be read
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and never leaves the package
record S3Response(
        S3Request request,
        int status,
        Map<String, String> fields,
        byte[] body,
        String code,
        Optional<Duration> clock,
        boolean repeated,
        S3Transport.@Nullable Exchange open) {

    private static final Duration SKEW = Duration.ofMinutes(14); // signatures are accepted for 15 min
    private static final Pattern CODE = Pattern.compile("[0-9A-Za-z._-]{1,64}");
    private static final Set<String> EXPIRED =
            Set.of("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken", "RequestExpired");
    private static final Set<String> BUSY = Set.of(
            "InternalError",
            "ServiceUnavailable",
            "SlowDown",
            "OperationAborted",
            "ConditionalRequestConflict",
            "RequestTimeout");
    private static final Set<String> FULL = Set.of(
            "QuotaExceeded", "InsufficientStorage", "InsufficientCapacity", "XMinioStorageFull", "EntityTooManyBytes");

    /** Returns the error code in a document, or empty if there is none. */
    static String code(byte[] document) {
        try {
            Xml root = Xml.read(document);
            String code = root.name().equals("Error") ? root.child("Code").orElse("") : "";
            return CODE.matcher(code).matches() ? code : "";
        } catch (XMLStreamException e) {
            return ""; // a proxy's page, as good as none
        }
    }

    S3Response afterFailure() {
        return new S3Response(request, status, fields, body, code, clock, true, open);
    }

    /** Whether it says what was asked for. An error may come with status 200, after the store began to respond. */
    boolean isOk() {
        return status >= 200 && status < 300 && code.isEmpty();
    }

    boolean isMissing() {
        return status == 404 && (code.equals("NoSuchKey") || request.method().equals("HEAD"));
    }

    boolean hasExpiredCredentials() {
        // no body says why a HEAD is refused
        return EXPIRED.contains(code) || (request.method().equals("HEAD") && (status == 400 || status == 403));
    }

    boolean isWorthAnotherTry() {
        return status == 429 || (status >= 500 && status != 501 && status != 505 && !isFull()) || BUSY.contains(code);
    }

    private boolean isFull() {
        return status == 507 || FULL.contains(code);
    }

    Optional<String> field(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    /** Returns the entity tag as the store compares it, or empty. */
    String etag() {
        return unquote(field("etag").orElse(""));
    }

    static String unquote(String etag) {
        String text = etag.strip();
        return text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
    }

    /** Returns this response. */
    S3Response requireOk() throws StoreException {
        if (!isOk()) {
            throw failure();
        }
        return this;
    }

    /** Returns the document in the body. */
    Xml requireDocument(String root) throws StoreException {
        requireOk();
        try {
            Xml document = Xml.read(body);
            if (document.name().equals(root)) {
                return document;
            }
        } catch (XMLStreamException e) {
            throw new StoreException.Failed(request + ": the response is no document that S3 knows", e);
        }
        throw unexpected("the response is not a " + root);
    }

    /** Returns the failure that the status and the code tell of. */
    StoreException failure() {
        String what = request + ": the store responded " + status + (code.isEmpty() ? "" : " " + code);
        if (isSkewed()) {
            return new StoreException.Failed(
                    what + "; the clock of this host differs from the store's"
                            + clock.map(ahead -> " by " + Math.abs(ahead.toSeconds()) + " s")
                                    .orElse("")
                            + " (RequestTimeTooSkewed); set the time",
                    null);
        }
        if (isFull()) {
            return new StoreException.Full(what, null);
        }
        if (isWorthAnotherTry()) {
            return new StoreException.Unavailable(what, null);
        }
        if (isMissing()) {
            return new StoreException.Gone(what, null);
        }
        if (status >= 300 && status < 400) {
            return new StoreException.Failed(
                    what + "; redirects are not followed: check endpoint, region and style", null);
        }
        return new StoreException.Failed(what, null);
    }

    StoreException unexpected(String problem) {
        return new StoreException.Failed(request + ": the store responded " + status + ", but " + problem, null);
    }

    private boolean isSkewed() {
        return code.equals("RequestTimeTooSkewed")
                || (code.isEmpty()
                        && status == 403
                        && clock.filter(ahead -> ahead.abs().compareTo(SKEW) > 0)
                                .isPresent());
    }

    Optional<Instant> instant(String name) {
        return HttpDates.read(field(name).orElse(""));
    }
}
