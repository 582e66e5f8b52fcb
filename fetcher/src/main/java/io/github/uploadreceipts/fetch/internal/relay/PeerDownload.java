package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.internal.download.Download;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a peer's upload, between the I/O thread, which receives them, and the thread that reads them. The peer may
 * send {@link #WINDOW} bytes more than were read. While they are missing, the peer's patience runs; while they wait to be
 * read, it does not.
 */
final class PeerDownload implements Download {

    /** How many bytes may come before the first is read. */
    static final int WINDOW = 32 * 1024;

    private static final int STEP = WINDOW / 2; // fewer bytes are not worth waking the I/O thread

    private final Patience patience;
    private final SpareBuffers buffers;
    private final Runnable closing;

    // guarded by this
    private final Deque<ByteBuffer> waiting = new ArrayDeque<>(2); // the first is read, the last is written
    private int taken; // how much of the first one was read
    private int window = WINDOW;
    private int freed; // how many bytes were read that the window does not have again yet
    private @Nullable CapacityChannel channel;
    private boolean starved; // whether the reader waits
    private boolean ended;
    private boolean closed;
    private @Nullable IOException lost;
    private @Nullable Runnable wake;

    /** @param closing ends the request, if it has not ended */
    PeerDownload(Patience patience, SpareBuffers buffers, Runnable closing) {
        this.patience = patience;
        this.buffers = buffers;
        this.closing = closing;
    }

    @Override
    public synchronized void onReadable(Runnable value) {
        wake = value;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        int count;
        CapacityChannel more;
        int grant;
        synchronized (this) {
            count = take(into);
            if (count == 0) {
                return nothing();
            }
            freed += count;
            more = channel;
            grant = grant();
        }
        if (more != null) {
            update(more, grant);
        }
        return count;
    }

    private int take(ByteBuffer into) {
        int count = 0;
        while (!waiting.isEmpty() && into.hasRemaining()) {
            ByteBuffer first = waiting.element();
            int some = Math.min(first.position() - taken, into.remaining());
            into.put(first.slice(taken, some));
            count += some;
            taken += some;
            if (taken == first.position()) {
                buffers.giveBack(waiting.remove());
                taken = 0;
            }
        }
        return count;
    }

    private int nothing() throws IOException {
        if (closed) {
            throw new IOException("the download is closed");
        }
        if (lost != null) {
            throw new IOException(lost.getMessage(), lost); // with the reader's stack
        }
        starved = !ended;
        return ended ? -1 : 0;
    }

    /** Returns how much to widen the window now. The caller does that without the lock, because it may take others. */
    private int grant() {
        boolean worthwhile = freed >= STEP || waiting.isEmpty();
        if (channel == null || ended || closed || !worthwhile) {
            return 0;
        }
        int grant = freed;
        freed = 0;
        window += grant;
        if (window > 0 && !patience.isRunning()) {
            patience.awaitPeer();
        }
        return grant;
    }

    private static void update(CapacityChannel channel, int grant) {
        try {
            channel.update(grant);
        } catch (IOException | CancelledKeyException e) {
            // the connection was closed, and the request will be told
        }
    }

    /** Is called when as many bytes have come as may come. */
    void grantTo(CapacityChannel value) {
        int grant;
        synchronized (this) {
            channel = value;
            grant = grant();
        }
        update(value, grant);
    }

    /** Takes the next bytes. */
    void put(ByteBuffer bytes) {
        synchronized (this) {
            if (closed) {
                return;
            }
            window -= bytes.remaining();
            while (bytes.hasRemaining()) {
                append(bytes);
            }
            if (window > 0) {
                patience.awaitPeer();
            } else {
                patience.stop();
            }
        }
        wake();
    }

    private void append(ByteBuffer bytes) {
        ByteBuffer last = waiting.peekLast();
        if (last == null || !last.hasRemaining()) {
            last = buffers.take();
            waiting.add(last);
        }
        int count = Math.min(bytes.remaining(), last.remaining());
        last.put(bytes.slice().limit(count));
        bytes.position(bytes.position() + count);
    }

    /** Is called when all bytes have come. */
    void end() {
        synchronized (this) {
            ended = true;
        }
        wake();
    }

    /** Is called when no more bytes will come. Those that have come can still be read. */
    void lose(IOException why) {
        synchronized (this) {
            lost = why;
        }
        wake();
    }

    private void wake() {
        Runnable run;
        synchronized (this) {
            run = starved ? wake : null;
            starved = false;
        }
        if (run != null) {
            run.run();
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            waiting.forEach(buffers::giveBack);
            waiting.clear();
            taken = 0;
        }
        closing.run();
    }
}
