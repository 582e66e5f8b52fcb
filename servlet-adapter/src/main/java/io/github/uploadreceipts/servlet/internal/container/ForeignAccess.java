package io.github.uploadreceipts.servlet.internal.container;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The reads and writes of a request by threads that are not the container's. Where
 * {@link ContainerManners#endsDuringFailures the container would not wait for one that fails}, it is made to: it calls its
 * listeners before it ends a request that has failed, and this one waits.
 */
final class ForeignAccess implements AsyncListener {

    private static final String ATTRIBUTE = ForeignAccess.class.getName();

    /** Longer than it takes to return from a read or write that has failed. One that goes on may need the container. */
    private static final int MOST_SECONDS = 5;

    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean failed;

    /** A read or a write. */
    interface Step {
        /** Returns how many bytes were read. */
        int run() throws IOException;
    }

    /** A step that writes. */
    interface Sending {
        void send() throws IOException;
    }

    private ForeignAccess() {}

    static void start(HttpServletRequest request, AsyncContext context) {
        ForeignAccess access = new ForeignAccess();
        request.setAttribute(ATTRIBUTE, access);
        context.addListener(access);
    }

    /** Runs a step. */
    static int run(HttpServletRequest request, Step step) throws IOException {
        ForeignAccess access = of(request);
        return access == null ? step.run() : access.run(step);
    }

    private static @Nullable ForeignAccess of(HttpServletRequest request) {
        try {
            return request.getAttribute(ATTRIBUTE) instanceof ForeignAccess access ? access : null;
        } catch (RuntimeException e) { // the container has ended the request, whose attributes are gone
            return null;
        }
    }

    /** Runs a step that writes. */
    static void send(HttpServletRequest request, Sending sending) throws IOException {
        var unused = run(request, () -> {
            sending.send();
            return 0;
        });
    }

    /**
     * Returns whether a step or the request has failed. The container ends it then, at the same time, so the request and
     * its response must be left alone.
     */
    static boolean hasFailed(HttpServletRequest request) {
        ForeignAccess access = of(request);
        return access != null && access.failed;
    }

    private int run(Step step) throws IOException {
        lock.lock();
        try {
            if (failed) {
                throw new IOException("the container ends the request");
            }
            return step.run();
        } catch (IOException e) {
            failed = true;
            throw e;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until a step that has failed has returned. */
    @Override
    public void onError(AsyncEvent event) {
        try {
            if (lock.tryLock(MOST_SECONDS, TimeUnit.SECONDS)) {
                lock.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            failed = true;
        }
    }

    @Override
    public void onComplete(AsyncEvent event) {
        // nobody reads or writes any more
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        // there is none
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        // the application goes on with the request
    }
}
