package io.github.uploadreceipts.internal.handover;

/**
 * What a receiver of webhooks sends to finish a hand-over. Nothing of it has been verified.
 *
 * @param id the header field {@code webhook-id}; empty if it is missing, as the others
 * @param timestamp the header field {@code webhook-timestamp}
 * @param signature the header field {@code webhook-signature}
 * @param body the whole body; the caller does not change it
 */
@SuppressWarnings("ArrayRecordComponent") // it is not compared
public record HandOverMessage(String id, String timestamp, String signature, byte[] body) {

    /** How many bytes the body may have. */
    public static final int MAX_BODY = 16 * 1024;

    /** Returns a text with the id only. */
    @Override
    public String toString() {
        return "HandOverMessage[" + id + "]";
    }
}
