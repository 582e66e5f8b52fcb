package io.github.uploadreceipts.servlet.internal.response;

import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.internal.receive.Receiver;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * The rest of a body after its request was answered, where the container does not cut it. Undertow has a worker wait for it,
 * for as long as the client likes; or, if the request is completed on an I/O thread, forgets the connection, which then stays
 * open for good. So what comes is thrown away there, without a thread, and the request is completed when no more comes.
 */
public final class UnwantedBody implements ReadListener {

    private static final Logger LOG = System.getLogger(UploadFilter.class.getName());

    private final AsyncContext context;
    private final ServletInputStream input;
    private volatile boolean completed;

    public UnwantedBody(AsyncContext context, ServletInputStream input) {
        this.context = context;
        this.input = input;
    }

    /** Returns whether the container cuts bodies only of requests that are answered on their own thread. */
    static boolean isCutOnItsThread(HttpServletRequest request) {
        return isWaitedFor(request) && request.getProtocol().startsWith("HTTP/1.");
    }

    private static boolean isWaitedFor(ServletRequest request) {
        return request.getServletContext().getClass().getName().startsWith("io.undertow.");
    }

    /** Completes the request, at once if the container allows. Whoever listened to the body passes on what it is told. */
    public void complete() {
        if (isWaitedFor(context.getRequest()) && !input.isFinished()) {
            endAnswer();
            onDataAvailable();
        } else {
            onAllDataRead();
        }
    }

    private void endAnswer() {
        try {
            context.getResponse().getOutputStream().close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the client left before its answer came: {0}", e.getMessage());
        }
    }

    /** Completes an answered request to whose body nobody listens. */
    public static void completeUnread(AsyncContext context) {
        try {
            if (isWaitedFor(context.getRequest())) {
                ServletInputStream input = context.getRequest().getInputStream();
                if (!input.isFinished()) { // a listener would not be told
                    UnwantedBody rest = new UnwantedBody(context, input);
                    rest.endAnswer();
                    input.setReadListener(rest);
                    return;
                }
            }
        } catch (IOException | IllegalStateException e) {
            LOG.log(Level.DEBUG, "the container is left with the rest of a body: " + e);
        }
        Responses.complete(context);
    }

    @Override
    public void onDataAvailable() {
        try {
            if (!completed) {
                Receiver.discardAvailable(input);
                if (input.isFinished()) {
                    onAllDataRead();
                }
            }
        } catch (IOException e) {
            onError(e);
        }
    }

    @Override
    public void onAllDataRead() {
        if (!completed) {
            completed = true;
            Responses.complete(context);
        }
    }

    @Override
    public void onError(Throwable failure) {
        onAllDataRead();
    }
}
