package io.github.uploadreceipts.servlet.internal.container;

import io.github.uploadreceipts.internal.Loggers;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Completes an asynchronous request exactly once, after its response is complete. Where the container would wait for
 * the rest of the body, the rest is first read and thrown away, without a thread that waits.
 *
 * <pre>
 * OPEN ── responded ──▶ DISCARDING ── all read, or failed ──▶ COMPLETED
 *   └──── responded, and the container cuts the body ─────────────▲
 * </pre>
 *
 * <p>A listener to the body must pass the calls of the container on to this object once the response is complete.
 *
 * <p>Safe for use by several threads.
 */
public final class Completion implements ReadListener {

    private enum State {
        OPEN,
        DISCARDING,
        COMPLETED
    }

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    private final AsyncContext context;
    private final boolean hasBody;
    private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);
    private volatile @Nullable ServletInputStream input;
    private volatile boolean listened;

    private Completion(AsyncContext context, boolean hasBody) {
        this.context = context;
        this.hasBody = hasBody;
    }

    /**
     * Makes a request asynchronous. The container's time-out is off, because the library has its own.
     *
     * @param hasBody whether the request may have a body, though nobody listens to it
     */
    public static Completion start(HttpServletRequest request, ServletResponse response, boolean hasBody) {
        AsyncContext context = request.startAsync(request, response);
        context.setTimeout(0);
        return new Completion(context, hasBody);
    }

    /**
     * Registers a listener to the body.
     *
     * @return false if the body has already ended; the listener is then not registered
     * @throws IllegalStateException if the stream accepts no listener, as the wrappers of some filters do not
     */
    public boolean listen(ServletInputStream body, ReadListener listener) {
        input = body;
        listened = true; // set first, because the container may call the listener at once
        try {
            return ContainerManners.listen(body, listener);
        } catch (IllegalStateException e) {
            listened = false;
            throw e;
        }
    }

    /** Returns whether the response is complete. */
    public boolean isResponded() {
        return state.get() != State.OPEN;
    }

    /** A read of the body. */
    public interface Reading {

        /** Reads bytes, and returns how many. */
        int read() throws IOException;
    }

    /**
     * Runs {@code reading} while the body is still wanted. The response does not become complete before {@code reading}
     * returns, so nothing else reads the body at the same time.
     *
     * @throws IOException if the response is complete, or if {@code reading} fails
     */
    public synchronized int readWanted(Reading reading) throws IOException {
        if (isResponded()) {
            throw new IOException("the response is complete, so the body is not wanted any more");
        }
        return reading.read();
    }

    /** Says that the response is complete. Further calls do nothing. */
    public void responded() {
        if (close() && !startDiscarding()) {
            complete();
        }
    }

    private synchronized boolean close() {
        return state.compareAndSet(State.OPEN, State.DISCARDING);
    }

    /** Starts to throw away the rest of the body if the container would wait for it, and returns whether it has. */
    private boolean startDiscarding() {
        try {
            ServletInputStream body = input; // one that was listened to may never have been announced: in HTTP/2
            if ((body == null && !hasBody) || !ContainerManners.waitsForBody(context.getRequest())) {
                return false;
            }
            if (body == null) {
                body = context.getRequest().getInputStream();
                input = body;
            }
            if (body.isFinished()) {
                return false;
            }
            endResponse();
            if (listened) {
                onDataAvailable();
            } else {
                body.setReadListener(this);
            }
            return true;
        } catch (IOException | IllegalStateException e) {
            LOG.log(Level.DEBUG, "the rest of a body could not be read, and is left to the container: " + e);
            return false;
        }
    }

    private void endResponse() {
        try {
            context.getResponse().getOutputStream().close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the client left before it got its response: {0}", e.getMessage());
        }
    }

    @Override
    public void onDataAvailable() {
        ServletInputStream body = input;
        if (body != null && state.get() == State.DISCARDING && discardAvailable(body)) {
            complete();
        }
    }

    private synchronized boolean discardAvailable(ServletInputStream body) {
        try {
            return ContainerManners.discardAvailable(body);
        } catch (IOException e) { // no more bytes will come
            return true;
        }
    }

    @Override
    public void onAllDataRead() {
        complete();
    }

    @Override
    public void onError(Throwable failure) {
        complete();
    }

    private void complete() {
        if (state.compareAndSet(State.DISCARDING, State.COMPLETED)) {
            try {
                context.complete();
            } catch (IllegalStateException e) {
                LOG.log(Level.DEBUG, "the container has already ended the request: {0}", e.getMessage());
            }
        }
    }
}
