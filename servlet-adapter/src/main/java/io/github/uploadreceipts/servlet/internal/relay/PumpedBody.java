package io.github.uploadreceipts.servlet.internal.relay;

import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A client's body on its way to a peer, where only waiting for it gets it: one thread reads, another sends. */
final class PumpedBody implements PeerRelay.Body {

    private static final int BUFFER_SIZE = 64 * 1024;

    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_SIZE).flip();
    private Runnable wake = () -> {};
    private boolean ended;
    private @Nullable IOException failure;

    @Override
    public synchronized void onReadable(Runnable value) {
        wake = value;
    }

    @Override
    public synchronized int read(ByteBuffer into) throws IOException {
        if (failure != null) {
            throw failure;
        }
        int count = Math.min(into.remaining(), buffer.remaining());
        if (count == 0) {
            return ended && !buffer.hasRemaining() ? -1 : 0;
        }
        into.put(into.position(), buffer, buffer.position(), count);
        into.position(into.position() + count);
        buffer.position(buffer.position() + count);
        notifyAll();
        return count;
    }

    /**
     * Reads until the body ends or breaks, which whoever sends it is told, or there is an answer that nobody has to wait for
     * the end of the body for.
     */
    void pump(InputStream input, long length, CompletableFuture<?> answer) {
        var unused = answer.whenComplete((done, failed) -> release());
        byte[] bytes = new byte[BUFFER_SIZE];
        long received = 0;
        try {
            for (int read = ContainerManners.read(input, bytes); read >= 0 && !answer.isDone(); ) {
                received += read;
                offer(bytes, read, answer);
                read = ContainerManners.read(input, bytes);
            }
            end(received < length && !answer.isDone() ? new EOFException("the body ended early") : null);
        } catch (IOException e) {
            end(e);
        }
    }

    private synchronized void release() {
        notifyAll();
    }

    private void offer(byte[] bytes, int count, CompletableFuture<?> answer) {
        Runnable told;
        synchronized (this) {
            buffer.clear().put(bytes, 0, count).flip();
            told = wake;
        }
        told.run();
        synchronized (this) {
            try {
                while (buffer.hasRemaining() && !answer.isDone()) {
                    wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = new IOException("interrupted");
            }
        }
    }

    private void end(@Nullable IOException cause) {
        Runnable told;
        synchronized (this) {
            ended = true;
            failure = cause;
            told = wake;
        }
        told.run();
    }
}
