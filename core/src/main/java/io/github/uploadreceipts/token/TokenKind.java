package io.github.uploadreceipts.token;

import java.time.Duration;

/** The kinds of token. The rules of each exclude those of all others. */
public enum TokenKind {
    /** What the client keeps of a stored upload. */
    RECEIPT("upload-receipt+jwt", 8 * 1024, Duration.ofDays(400)),
    /** What an application hands out before an upload; the only kind that others may mint with their own JOSE library. */
    TICKET("upload-ticket+jwt", 4 * 1024, Duration.ofDays(400)),
    /** What one host shows another for one request. */
    PEER("upload-peer+jwt", 8 * 1024, Duration.ofSeconds(60)),
    /** What one host shows another with a client's request that it passes on. */
    RELAY("upload-relay+jwt", 8 * 1024, Duration.ofSeconds(60)),
    /** The URL of an upload that comes in several requests. */
    RESOURCE("upload-resource+jwt", 1024, Duration.ofDays(400));

    private final String typ;
    private final int maxLength;
    private final Duration maxLife;

    TokenKind(String typ, int maxLength, Duration maxLife) {
        this.typ = typ;
        this.maxLength = maxLength;
        this.maxLife = maxLife;
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
}
