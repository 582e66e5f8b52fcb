package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.internal.http.Protocol;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import javax.xml.stream.XMLStreamException;

/** What S3's statuses and error codes mean. */
final class S3 implements Protocol {

    private static final int LARGEST_DOCUMENT = 8 * 1024 * 1024;
    private static final Duration SKEW = Duration.ofMinutes(14); // signatures are accepted for 15 min
    private static final Pattern CODE = Pattern.compile("[0-9A-Za-z._-]{1,64}");
    private static final Set<String> EXPIRED = Set.of(
            "ExpiredToken",
            "ExpiredTokenException",
            "TokenRefreshRequired",
            "InvalidToken",
            "InvalidAccessKeyId",
            "RequestExpired");
    private static final Set<String> BUSY = Set.of(
            "InternalError",
            "ServiceUnavailable",
            "SlowDown",
            "OperationAborted",
            "ConditionalRequestConflict",
            "RequestTimeout");
    private static final Set<String> FULL =
            Set.of("QuotaExceeded", "InsufficientStorage", "InsufficientCapacity", "XMinioStorageFull");

    private final Clock clock;

    S3(Clock clock) {
        this.clock = clock;
    }

    /** What an error's document says. Both are empty if it is none. */
    private record Problem(String code, String text) {

        static Problem of(byte[] document) {
            try {
                return of(Xml.read(document));
            } catch (XMLStreamException e) {
                return new Problem("", ""); // a proxy's page, as good as none
            }
        }

        static Problem of(Xml document) {
            String code =
                    document.name().equals("Error") ? document.child("Code").orElse("") : "";
            return CODE.matcher(code).matches()
                    ? new Problem(code, Response.shown(document.child("Message").orElse("")))
                    : new Problem("", "");
        }
    }

    @Override
    public String name() {
        return "S3";
    }

    /** Returns the error code, or an empty text. */
    static String code(Response response) {
        return Problem.of(response.error()).code();
    }

    /** Returns whether an object is not there. A HEAD cannot tell it from a bucket that is not there. */
    static boolean isMissing(Response response) {
        return response.status() == 404
                && (response.request().method().equals("HEAD") || code(response).equals("NoSuchKey"));
    }

    /** Returns whether newer credentials could help. No body says why a HEAD is refused. */
    static boolean refusesCredentials(Response response) {
        int status = response.status();
        return (status == 400 || status == 401 || status == 403)
                && (response.request().method().equals("HEAD") || EXPIRED.contains(code(response)));
    }

    /** Returns the document in the body of a success. An error may come with status 200, too, after the store has begun. */
    Xml document(Response response) throws IOException {
        if (response.status() != 200) {
            throw response.failure();
        }
        Xml document;
        try {
            document = Xml.read(response.body(LARGEST_DOCUMENT));
        } catch (XMLStreamException e) {
            throw response.malformed("a document that cannot be read");
        }
        if (document.name().equals("Error")) {
            throw failure(response, Problem.of(document));
        }
        return document;
    }

    /** Returns the document in the body of a success, which has one of these names. */
    Xml document(Response response, Set<String> roots) throws IOException {
        Xml document = document(response);
        if (!roots.contains(document.name())) {
            throw response.malformed("a document that is no " + String.join(" or ", roots));
        }
        return document;
    }

    @Override
    public StoreException failure(Response response) {
        Problem problem = Problem.of(response.error());
        return failure(response, problem.code().isEmpty() ? new Problem("", response.text()) : problem);
    }

    private StoreException failure(Response response, Problem problem) {
        int status = response.status();
        String code = problem.code();
        String message = response.request() + ": " + status + (code.isEmpty() ? "" : " " + code)
                + (problem.text().isEmpty() ? "" : " (" + problem.text() + ")");
        if (status == 507 || FULL.contains(code)) {
            return new StoreException.Full(message, null);
        }
        if (status == 429 || BUSY.contains(code) || (status >= 500 && status != 501 && status != 505)) {
            return new StoreException.Unavailable(message, null);
        }
        if (status == 200) {
            return new StoreException.Failed(message, null);
        }
        return new StoreException.Failed(message + advice(response, code), null);
    }

    private String advice(Response response, String code) {
        int status = response.status();
        if (status >= 300 && status < 400) {
            return "; redirects are not followed: check the endpoint, the region and pathStyle()";
        }
        if (code.equals("InvalidLocationConstraint")) {
            return "; the store has no region of this name: set the one that it has, or us-east-1, which names none";
        }
        Optional<Duration> ahead = response.date("Date")
                .map(date -> Duration.between(clock.instant(), date))
                .map(Duration::abs);
        boolean skewed = code.equals("RequestTimeTooSkewed")
                || (code.isEmpty()
                        && status == 403
                        && ahead.filter(difference -> difference.compareTo(SKEW) > 0)
                                .isPresent());
        return skewed
                ? "; the clocks of this host and of the store differ"
                        + ahead.map(difference -> " by " + difference.toSeconds() + " s")
                                .orElse("") + ": set the time"
                : "";
    }
}
