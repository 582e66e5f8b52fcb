package io.github.uploadreceipts.internal.seal;

import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Buffers for stored bytes, which serve one call at a time, or one segment that comes in several calls. A few are kept,
 * as many as there are calls at work; they hold no plain bytes.
 */
final class Buffers {

    /**
     * Room for two stored segments. The JDK's cipher needs half of it. Ciphers of other providers give a segment's
     * ciphertext only at its end, and then want room for all of the next segment before they take it.
     */
    static final int SIZE = 2 * Segments.STORED;

    private static final Queue<byte[]> FREE =
            new ArrayBlockingQueue<>(2 * Runtime.getRuntime().availableProcessors());

    private Buffers() {}

    static byte[] take() {
        byte[] buffer = FREE.poll();
        return buffer == null ? new byte[SIZE] : buffer;
    }

    static void giveBack(byte[] buffer) {
        var unused = FREE.offer(buffer);
    }
}
