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
 * Completes an asynchronous request, exactly once: when its response is complete, and, where the container would wait for the
 * rest of the body, when that has been read and thrown away, without a thread.
 *
 * <pre>
 * OPEN ── responded ──▶ DISCARDING ── all read, or failed ──▶ COMPLETED
 *   └──── responded, and the container cuts the body ─────────────▲
 * </pre>
 *
 * <p>Whoever listens to the body while it is wanted passes on what the container tells it once the response is complete.
 * Safe for use by several threads.
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
     * Makes a request asynchronous. Its time-outs are ours.
     *
     * @param hasBody whether a body may have to be read on to which nobody listens
     */
    public static Completion start(HttpServletRequest request, ServletResponse response, boolean hasBody) {
        AsyncContext context = request.startAsync(request, response);
        context.setTimeout(0);
        return new Completion(context, hasBody);
    }

    /**
     * Has {@code listener} listen to a body. When the response is complete, it passes on what it is told.
     *
     * @return false if the body has ended already; then nothing listens
     * @throws IllegalStateException if the stream takes no listener, as some filters' wrappers do not
     */
    public boolean listen(ServletInputStream body, ReadListener listener) {
        input = body;
        listened = true; // before: the container may call at once
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

    /** Reads some of a body. */
    public interface Reading {

        /** Returns how many bytes. */
        int read() throws IOException;
    }

    /**
     * Reads some of the body as long as it is wanted. The response is not complete before that has ended, so nobody else
     * reads meanwhile.
     *
     * @throws IOException if the response is complete, or as {@code reading} does
     */
    public synchronized int readWanted(Reading reading) throws IOException {
        if (isResponded()) {
            throw new IOException("the client has its response");
        }
        return reading.read();
    }

    /** Says that the response is complete. Does nothing the second time. */
    public void responded() {
        if (close() && !discards()) {
            complete();
        }
    }

    private synchronized boolean close() {
        return state.compareAndSet(State.OPEN, State.DISCARDING);
    }

    /** Begins to read on if the container would wait for the rest of the body. */
    private boolean discards() {
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
            LOG.log(Level.DEBUG, "the container is left with the rest of a body: " + e);
            return false;
        }
    }

    private void endResponse() {
        try {
            context.getResponse().getOutputStream().close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the client left before its response came: {0}", e.getMessage());
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
        } catch (IOException e) { // nothing more comes
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
                LOG.log(Level.DEBUG, "the container had ended the request: {0}", e.getMessage());
            }
        }
    }
}
