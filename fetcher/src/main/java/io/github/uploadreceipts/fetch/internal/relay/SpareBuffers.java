package io.github.uploadreceipts.fetch.internal.relay;

import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Buffers for the bodies of relayed requests, and for downloads. A relayed request holds a buffer only while it has bytes
 * to write. So memory grows with the number of requests whose peers are slow, not with the number of those whose clients
 * are slow. Downloads go the other way: one holds buffers only while its client has not read what came.
 *
 * <p>Safe for use by several threads.
 */
final class SpareBuffers {

    private static final int SIZE = 64 * 1024;
    private static final int KEPT = 16;

    private final Queue<ByteBuffer> spare = new ArrayBlockingQueue<>(KEPT);
    private final AtomicInteger inUse = new AtomicInteger();

    /** Returns an empty buffer that is backed by an array. */
    ByteBuffer take() {
        inUse.incrementAndGet();
        ByteBuffer buffer = spare.poll();
        return buffer == null ? ByteBuffer.allocate(SIZE) : buffer.clear();
    }

    /** Takes back a buffer that is no longer used. */
    void giveBack(ByteBuffer buffer) {
        inUse.decrementAndGet();
        var unused = spare.offer(buffer);
    }

    /** Returns how many buffers are not given back yet. */
    int inUse() {
        return inUse.get();
    }
}
