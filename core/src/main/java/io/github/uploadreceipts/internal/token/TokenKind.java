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
            ProblemType.RECEIPT_EXPIRED),

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
    RESOURCE("upload-resource+jwt", 1024, Duration.ofDays(400), ProblemType.NOT_FOUND, ProblemType.UPLOAD_GONE);

    private final String typ;
    private final int maxLength;
    private final Duration maxLife;
    private final ProblemType refused;
    private final ProblemType expired;

    TokenKind(String typ, int maxLength, Duration maxLife, ProblemType refused, ProblemType expired) {
        this.typ = typ;
        this.maxLength = maxLength;
        this.maxLife = maxLife;
        this.refused = refused;
        this.expired = expired;
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

    /** Returns what the log advises when a token is for another audience. That of a request between hosts is a host. */
    String audienceHint() {
        return this == PEER || this == RELAY
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
}
