package io.github.uploadreceipts.servlet.internal.relay;

import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.container.Watched;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A client's body on its way to a peer, read without blocking. Nothing is read before the peer can take it.
 *
 * <p>It is the peer that holds the client to the limits of the upload, which this host may not know. If the peer does
 * not, because it hangs, a client that sends nothing is ended here, late.
 */
final class RelayedBody implements PeerRelay.Body, ReadListener, Watched {

    private static final long PATIENCE_NANOS = Duration.ofMinutes(10).toNanos();

    private final Completion completion;
    private final ServletInputStream input;
    private final long length;
    private final ByteBuffer early;
    private final Watchdog watchdog;
    private volatile long lastByteAt = System.nanoTime();
    private volatile long received;
    private volatile boolean readable;
    private volatile boolean ended;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Runnable wake;

    /**
     * Creates the body.
     *
     * @param length how many bytes the client has declared; negative if it has declared none
     * @param early the bytes that have been read already
     */
    RelayedBody(Completion completion, Watchdog watchdog, ServletInputStream input, long length, ByteBuffer early) {
        this.completion = completion;
        this.watchdog = watchdog;
        this.input = input;
        this.length = length;
        this.early = early;
    }

    /**
     * Begins to listen.
     *
     * @throws IllegalStateException if the stream accepts no listener, as the wrappers of some filters do not
     */
    void begin() {
        if (completion.listen(input, this)) {
            watchdog.watch(this);
        } else {
            ended = true;
        }
    }

    @Override
    public void onReadable(Runnable value) {
        wake = value;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return completion.readWanted(() -> readAvailable(into));
    }

    private int readAvailable(ByteBuffer into) throws IOException {
        if (failure != null) {
            throw new IOException("the client is gone", failure);
        }
        if (early.hasRemaining()) {
            return takeEarly(into);
        }
        if (!readable) {
            return ended ? end() : 0;
        }
        readable = false; // before isReady(), after which the container may call at once
        if (!ContainerManners.isReady(input)) {
            return ended || ContainerManners.isAllRead(input) ? end() : 0;
        }
        readable = true;
        byte[] bytes = new byte[Math.min(into.remaining(), 64 * 1024)];
        int read = ContainerManners.read(input, bytes);
        if (read < 0) {
            ended = true;
            return end();
        }
        into.put(bytes, 0, read);
        return count(read);
    }

    private int takeEarly(ByteBuffer into) {
        int count = Math.min(into.remaining(), early.remaining());
        into.put(early.slice(early.position(), count));
        early.position(early.position() + count);
        return count(count);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one reader at a time
    private int count(int bytes) {
        received += bytes;
        lastByteAt = System.nanoTime();
        return bytes;
    }

    private int end() throws IOException {
        Receiver.requireWhole(received, length);
        return -1;
    }

    /** Returns whether all of the body has been relayed. */
    boolean isEnded() {
        return received == length || (ended && !early.hasRemaining());
    }

    @Override
    public void onDataAvailable() {
        if (completion.isResponded()) {
            completion.onDataAvailable();
        } else {
            readable = true;
            wake();
        }
    }

    @Override
    public void onAllDataRead() {
        if (completion.isResponded()) {
            completion.onAllDataRead();
        } else {
            ended = true;
            wake();
        }
    }

    @Override
    public void onError(Throwable cause) {
        if (completion.isResponded()) {
            completion.onError(cause);
        } else {
            failure = cause;
            wake();
        }
    }

    @Override
    public boolean isLate() {
        if (isEnded() || completion.isResponded()) {
            watchdog.forget(this);
            return false;
        }
        return System.nanoTime() - lastByteAt > PATIENCE_NANOS;
    }

    @Override
    public void endIfLate() {
        if (isLate()) {
            failure = new IOException("no byte of the body came for too long");
            wake();
        }
    }

    /** Does nothing: the peer is not stopping. */
    @Override
    public void stop() {}

    private void wake() {
        Runnable reader = wake;
        if (reader != null) {
            reader.run();
        }
    }
}
