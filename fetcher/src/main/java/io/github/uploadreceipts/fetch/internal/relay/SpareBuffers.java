package io.github.uploadreceipts.fetch.internal.relay;

import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Buffers for the bodies of relayed requests. A request holds a buffer only while it has bytes to write. So memory
 * grows with the number of requests whose peers are slow, not with the number of those whose clients are slow.
 *
 * <p>Safe for use by several threads.
 */
final class SpareBuffers {

    private static final int SIZE = 64 * 1024;
    private static final int KEPT = 16;

    private final Queue<ByteBuffer> spare = new ArrayBlockingQueue<>(KEPT);

    /** Returns an empty buffer that is backed by an array. */
    ByteBuffer take() {
        ByteBuffer buffer = spare.poll();
        return buffer == null ? ByteBuffer.allocate(SIZE) : buffer.clear();
    }

    /** Takes back a buffer that is no longer used. */
    void giveBack(ByteBuffer buffer) {
        var unused = spare.offer(buffer);
    }
}
