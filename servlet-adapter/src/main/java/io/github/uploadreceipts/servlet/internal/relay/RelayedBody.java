package io.github.uploadreceipts.servlet.internal.relay;

import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import io.github.uploadreceipts.servlet.internal.response.UnwantedBody;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client's body on its way to a peer. Nothing is read before the peer can take it. */
final class RelayedBody implements PeerRelay.Body, ReadListener {

    private final ServletInputStream input;
    private final long length;
    private final ByteBuffer early;
    private volatile long received;
    private volatile boolean readable;
    private volatile boolean ended;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Runnable wake;
    private @Nullable UnwantedBody rest;

    /**
     * @param length what the client says it is; negative if it does not
     * @param early what was read already
     */
    RelayedBody(ServletInputStream input, long length, ByteBuffer early) {
        this.input = input;
        this.length = length;
        this.early = early;
    }

    /** @throws IllegalStateException if the stream takes no listener, as some filters' wrappers do not */
    void begin() {
        if (input.isFinished()) { // Tomcat tells no listener of it then
            ended = true;
        } else {
            input.setReadListener(this);
        }
    }

    @Override
    public void onReadable(Runnable value) {
        wake = value;
    }

    @Override
    public synchronized int read(ByteBuffer into) throws IOException {
        if (rest != null) {
            throw new IOException("the client has its answer");
        }
        if (failure != null) {
            throw new IOException("the client is gone", failure);
        }
        if (early.hasRemaining()) {
            return takeEarly(into);
        }
        if (!readable) {
            return ended ? end() : 0;
        }
        readable = false; // before asking, for the container may call at once
        if (!input.isReady()) {
            return ended || input.isFinished() ? end() : 0; // Undertow may fail to say that all was read
        }
        readable = true;
        byte[] bytes = new byte[Math.min(into.remaining(), 64 * 1024)];
        int read = Receiver.read(input, bytes);
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
        return bytes;
    }

    /** Tomcat ends HTTP/2 streams that the client has reset as if they were whole. */
    private int end() throws IOException {
        if (received < length) {
            throw new EOFException("the body ended early");
        }
        return -1;
    }

    boolean isEnded() {
        return received == length || (ended && !early.hasRemaining());
    }

    /** The client has its answer; nothing more is passed on. */
    synchronized void complete(AsyncContext context) {
        rest = new UnwantedBody(context, input);
        rest.complete();
    }

    @Override
    public void onDataAvailable() {
        if (!isUnwanted(UnwantedBody::onDataAvailable)) {
            readable = true;
            wake();
        }
    }

    @Override
    public void onAllDataRead() {
        if (!isUnwanted(UnwantedBody::onAllDataRead)) {
            ended = true;
            wake();
        }
    }

    @Override
    public void onError(Throwable cause) {
        if (!isUnwanted(unwanted -> unwanted.onError(cause))) {
            failure = cause;
            wake();
        }
    }

    private synchronized boolean isUnwanted(Consumer<UnwantedBody> event) {
        if (rest == null) {
            return false;
        }
        event.accept(rest);
        return true;
    }

    private void wake() {
        Runnable reader = wake;
        if (reader != null) {
            reader.run();
        }
    }
}
