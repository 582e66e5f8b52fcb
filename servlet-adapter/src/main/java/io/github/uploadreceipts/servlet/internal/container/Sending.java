package io.github.uploadreceipts.servlet.internal.container;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;

/**
 * The sending of a response by threads that are not the container's. Where
 * {@link ContainerManners#endsDuringWrites the container would not wait for them}, it is made to: it calls its listeners
 * before it ends a request that has failed, and this one waits.
 */
final class Sending implements AsyncListener {

    private static final String ATTRIBUTE = Sending.class.getName();

    private boolean failed;

    /** A step that writes. */
    interface Step {
        void run() throws IOException;
    }

    private Sending() {}

    static void start(HttpServletRequest request, AsyncContext context) {
        Sending sending = new Sending();
        request.setAttribute(ATTRIBUTE, sending);
        context.addListener(sending);
    }

    /** Runs a step that writes the response. */
    static void send(HttpServletRequest request, Step step) throws IOException {
        if (request.getAttribute(ATTRIBUTE) instanceof Sending sending) {
            sending.run(step);
        } else {
            step.run();
        }
    }

    /**
     * Returns whether a write has failed. The container then ends the request, at the same time, so the request and its
     * response must be left alone.
     */
    static boolean hasFailed(HttpServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof Sending sending && sending.hasFailed();
    }

    private synchronized void run(Step step) throws IOException {
        try {
            step.run();
        } catch (IOException e) {
            failed = true;
            throw e;
        }
    }

    private synchronized boolean hasFailed() {
        return failed;
    }

    /** Waits until no thread is writing. */
    @Override
    public synchronized void onError(AsyncEvent event) {
        failed = true;
    }

    @Override
    public void onComplete(AsyncEvent event) {
        // nobody writes any more
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
