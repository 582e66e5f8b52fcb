package io.github.uploadreceipts.internal.token;

import io.github.uploadreceipts.problem.ProblemType;
import java.time.Duration;

/** The kinds of token. The rules of each exclude those of all others. */
public enum TokenKind {
    /** What the client keeps of a stored upload. */
    RECEIPT(
            "upload-receipt+jwt",
            8 * 1024,
            Duration.ofDays(400),
            ProblemType.RECEIPT_INVALID,
            ProblemType.RECEIPT_EXPIRED),

    /** What an application hands out before an upload; the only kind that others may mint with their own JOSE library. */
    TICKET("upload-ticket+jwt", 4 * 1024, Duration.ofDays(400), ProblemType.TICKET_INVALID, ProblemType.TICKET_EXPIRED),

    /** What one host shows another for one request. */
    PEER(
            "upload-peer+jwt",
            8 * 1024,
            Duration.ofSeconds(60),
            ProblemType.PEER_TOKEN_REFUSED,
            ProblemType.PEER_TOKEN_REFUSED),

    /** What one host shows another with a client's request that it relays. */
    RELAY(
            "upload-relay+jwt",
            8 * 1024,
            Duration.ofSeconds(60),
            ProblemType.PEER_TOKEN_REFUSED,
            ProblemType.PEER_TOKEN_REFUSED),

    /** The URL of a resumable upload. */
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

    /** What the client learns of a token that is not accepted. */
    ProblemType refused() {
        return refused;
    }

    /** What the client learns of a genuine token that has expired, which is no secret to those who keep it. */
    ProblemType expired() {
        return expired;
    }
}
