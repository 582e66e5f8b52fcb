package io.github.uploadreceipts.servlet.internal.relay;

import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A client's body on its way to a peer, read by blocking: one thread reads, another sends. */
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
     * Reads the body and hands it to the sender, until it ends or breaks. Stops early when the peer's response is
     * there, because the rest of the body is then of no use.
     *
     * @param length how many bytes the client has declared; negative if it has declared none
     */
    void pump(InputStream input, long length, CompletableFuture<?> response) {
        var unused = response.whenComplete((done, failed) -> release());
        byte[] bytes = new byte[BUFFER_SIZE];
        long received = 0;
        try {
            for (int read = ContainerManners.read(input, bytes); read >= 0 && !response.isDone(); ) {
                received += read;
                offer(bytes, read, response);
                read = ContainerManners.read(input, bytes);
            }
            if (received < length && !response.isDone()) {
                throw new EOFException("the body ended after " + received + " of " + length + " bytes");
            }
            end(null);
        } catch (IOException e) {
            end(e);
        }
    }

    private synchronized void release() {
        notifyAll();
    }

    private void offer(byte[] bytes, int count, CompletableFuture<?> response) {
        Runnable sender;
        synchronized (this) {
            buffer.clear().put(bytes, 0, count).flip();
            sender = wake;
        }
        sender.run();
        synchronized (this) {
            try {
                while (buffer.hasRemaining() && !response.isDone()) {
                    wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = new IOException("interrupted while the peer took the body");
            }
        }
    }

    private void end(@Nullable IOException cause) {
        Runnable sender;
        synchronized (this) {
            ended = true;
            failure = cause;
            sender = wake;
        }
        sender.run();
    }
}
