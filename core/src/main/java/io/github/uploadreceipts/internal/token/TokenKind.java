package io.github.uploadreceipts.internal.token;

import io.github.uploadreceipts.problem.ProblemType;
import java.time.Duration;

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

    /** It is part of the URL of a resumable upload. */
    RESOURCE(
            "upload-resource+jwt",
            1024,
            Duration.ofDays(400),
            ProblemType.NOT_FOUND,
            ProblemType.UPLOAD_GONE,
            ProblemType.UNAVAILABLE);

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

    Duration maxLife() {
        return maxLife;
    }

    /** Returns whether one host mints the token and another verifies it at once, by their two clocks. */
    boolean isBetweenHosts() {
        return this == PEER || this == RELAY;
    }

    /** Returns what the log advises when a token is for another audience. That of a request between hosts is a host. */
    String audienceHint() {
        return isBetweenHosts()
                ? "; if this host was reached there before, add that URL to its former-internal-urls"
                : "";
    }

    /** Returns what the client learns about a token that is not accepted. */
    ProblemType refused() {
        return refused;
    }

    /** Returns what the client learns about a genuine token that has expired. That it has expired is no secret. */
    ProblemType expired() {
        return expired;
    }

    /**
     * Returns what the client learns about a genuine token that was issued after this host's current time. A client
     * must not forget the URL of its upload because the clock of one host is wrong.
     */
    ProblemType issuedLater() {
        return issuedLater;
    }
}
