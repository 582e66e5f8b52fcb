package io.github.uploadreceipts.fetch.internal.relay;

import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Buffers for bodies on their way to peers. A request has one only while it has bytes to write, so memory grows with the
 * requests whose peers are slow, not with those whose clients are.
 *
 * <p>Safe for use by several threads.
 */
final class SpareBuffers {

    private static final int SIZE = 64 * 1024;
    private static final int KEPT = 16;

    private final Queue<ByteBuffer> spare = new ArrayBlockingQueue<>(KEPT);

    /** Returns an empty buffer with an array. */
    ByteBuffer take() {
        ByteBuffer buffer = spare.poll();
        return buffer == null ? ByteBuffer.allocate(SIZE) : buffer.clear();
    }

    /** Takes a buffer back that nobody uses any more. */
    void giveBack(ByteBuffer buffer) {
        var unused = spare.offer(buffer);
    }
}
