package io.github.uploadreceipts.internal.token;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The kinds of token. No token is accepted as one of another kind. */
public enum TokenKind {
    /** The client keeps it for a stored upload. */
    RECEIPT(
            "upload-receipt+jwt",
            8 * 1024,
            Duration.ofDays(400),
            ProblemType.RECEIPT_INVALID,
            ProblemType.RECEIPT_EXPIRED,
            ProblemType.UNAVAILABLE),

    /** An application gives it to a client before an upload. Applications may mint it with their own JOSE library. */
    TICKET("upload-ticket+jwt", 4 * 1024, Duration.ofDays(400), ProblemType.TICKET_INVALID, ProblemType.TICKET_EXPIRED),

    /** It authorizes one request of a host to another host. */
    PEER(
            "upload-peer+jwt",
            8 * 1024,
            Duration.ofSeconds(60),
            ProblemType.PEER_TOKEN_REFUSED,
            ProblemType.PEER_TOKEN_REFUSED),

    /** It authorizes one request of a client that a host relays to another host. */
    RELAY(
            "upload-relay+jwt",
            8 * 1024,
            Duration.ofSeconds(60),
            ProblemType.PEER_TOKEN_REFUSED,
            ProblemType.PEER_TOKEN_REFUSED),

    /** In a relay token, the key of a sealed upload. Relay tokens are not encrypted. It is packed. */
    RELAY_KEY(
            "upload-relay-key",
            256,
            Duration.ofSeconds(60),
            ProblemType.PEER_TOKEN_REFUSED,
            ProblemType.PEER_TOKEN_REFUSED),

    /** It is part of the URL of a resumable upload. It is packed, and its name stands in no header. */
    RESOURCE(
            "upload-resource",
            512,
            Duration.ofDays(400),
            ProblemType.NOT_FOUND,
            ProblemType.UPLOAD_GONE,
            ProblemType.UNAVAILABLE),

    /** It is part of a share link. It is packed, and its name stands in no header. */
    SHARE(
            "upload-share",
            2 * 1024,
            Duration.ofDays(400),
            ProblemType.NOT_FOUND,
            ProblemType.UPLOAD_GONE,
            ProblemType.UNAVAILABLE),

    /** What a short share link says. It lies beside the upload, without its salt, which is the link's key. */
    SHARE_RECORD(
            "upload-share-record",
            4 * 1024,
            Duration.ofDays(400),
            ProblemType.NOT_FOUND,
            ProblemType.UPLOAD_GONE,
            ProblemType.UNAVAILABLE),

    /** It is an upload-request link. It is packed, and its name stands in no header. */
    UPLOAD_REQUEST(
            "upload-request",
            3 * 1024,
            Duration.ofDays(400),
            ProblemType.NOT_FOUND,
            ProblemType.UPLOAD_GONE,
            ProblemType.UNAVAILABLE),

    /** It is part of the URL at which an upload straight to the store is recorded. It is packed. */
    RECORD(
            "upload-record",
            5 * 1024,
            Duration.ofDays(1),
            ProblemType.NOT_FOUND,
            ProblemType.UPLOAD_GONE,
            ProblemType.UNAVAILABLE),

    /** It is part of the URL at which the receiver of a webhook finishes a hand-over. It is packed. */
    FINISH(
            "upload-finish",
            1536,
            Duration.ofDays(400),
            ProblemType.NOT_FOUND,
            ProblemType.UPLOAD_GONE,
            ProblemType.UNAVAILABLE),

    /** It is a question of one host to another, and authorizes it. It is packed. */
    QUESTION(
            "upload-question",
            8 * 1024,
            Duration.ofSeconds(60),
            ProblemType.PEER_TOKEN_REFUSED,
            ProblemType.PEER_TOKEN_REFUSED),

    /** It is the response to such a question. It is packed. */
    QUESTION_RESPONSE(
            "upload-question-response",
            64 * 1024, // in a body
            Duration.ofSeconds(60),
            ProblemType.PEER_TOKEN_REFUSED,
            ProblemType.PEER_TOKEN_REFUSED);

    /** For how long a token between hosts is valid at most. */
    private static final Duration BETWEEN_HOSTS = Duration.ofSeconds(60);

    private final String typ;
    private final int maxLength;
    private final Duration maxLife;
    private final ProblemType refused;
    private final ProblemType expired;
    private final ProblemType issuedLater;

    TokenKind(String typ, int maxLength, Duration maxLife, ProblemType refused, ProblemType expired) {
        this(typ, maxLength, maxLife, refused, expired, refused);
    }

    TokenKind(
            String typ,
            int maxLength,
            Duration maxLife,
            ProblemType refused,
            ProblemType expired,
            ProblemType issuedLater) {
        this.typ = typ;
        this.maxLength = maxLength;
        this.maxLife = maxLife;
        this.refused = refused;
        this.expired = expired;
        this.issuedLater = issuedLater;
    }

    String typ() {
        return typ;
    }

    int maxLength() {
        return maxLength;
    }

    /** Returns whether one host mints the token and another verifies it at once, by their two clocks. */
    boolean isBetweenHosts() {
        return maxLife.equals(BETWEEN_HOSTS);
    }

    /** Returns what the log advises when a token is for another audience. That of a request between hosts is a host. */
    String audienceHint() {
        return isBetweenHosts()
                ? "; if this host was reached there before, add that URL to its former-internal-urls"
                : "";
    }

    /** Returns the refusal of a token that is not accepted. */
    TokenRefusedException refusal(Reason reason) {
        return refusal(reason, "");
    }

    TokenRefusedException refusal(Reason reason, String detail) {
        return new TokenRefusedException(reason, Problem.of(refused), detail);
    }

    /**
     * Checks the times of a genuine token. That it has expired is no secret. A client must not forget the URL of its
     * upload because the clock of one host is wrong, so a token that was issued later is told apart, too.
     *
     * @param issued in seconds since 1970
     * @param expires in seconds since 1970
     */
    void requireTimes(long issued, long expires, Instant now, Duration leeway) throws TokenRefusedException {
        if (issued < 0 || expires < issued || expires - issued > maxLife.toSeconds()) {
            throw refusal(Reason.CLAIMS);
        }
        if (issued > now.plus(leeway).getEpochSecond()) {
            throw new TokenRefusedException(Reason.ISSUED_LATER, Problem.of(issuedLater), clocks(issued, now));
        }
        if (expires <= now.minus(leeway).getEpochSecond()) {
            String detail = isBetweenHosts() ? clocks(issued, now) : "";
            throw new TokenRefusedException(Reason.EXPIRED, Problem.of(expired), detail);
        }
    }

    /** Returns what the log says of the clocks of two hosts. */
    private static String clocks(long issued, Instant now) {
        Instant then = Instant.ofEpochSecond(Math.min(issued, Instant.MAX.getEpochSecond()));
        return ": its issuer's clock said " + then + ", and this host's clock says "
                + now.truncatedTo(ChronoUnit.SECONDS);
    }
}
