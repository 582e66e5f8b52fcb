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
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Completes an asynchronous request exactly once, after its response is complete. If some of the body is unread, it is
 * first read and thrown away, within the bounds of {@link RefusedBodies} and without a thread that waits.
 *
 * <pre>
 * OPEN ── responded ──▶ DISCARDING ── all read, failed, ended, or a bound is reached ──▶ COMPLETED
 *   ├──── responded, and all is read, or nothing more is to be read ─────────────────────▲
 *   └──── dispatched: the container completes the request ───────────────────────────────┘
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
    private final HttpServletRequest request;
    private final boolean hasBody;
    private final boolean waits; // as the container does; the request may be gone when this is asked
    private final boolean mayEndItself; // the container, after a failure
    private final RefusedBodies refusedBodies;
    private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);
    private volatile @Nullable ServletInputStream input;
    private volatile boolean listened;
    private volatile Optional<RefusedBodies.Place> place = Optional.empty();
    private volatile boolean cut;
    private boolean discarding; // by this object; until then the container's calls must leave the response alone
    private boolean ended; // the container makes no more calls

    private final long timeout; // of the container, in milliseconds

    private Completion(AsyncContext context, HttpServletRequest request, boolean hasBody, RefusedBodies refusedBodies) {
        this.context = context;
        this.request = request;
        this.hasBody = hasBody;
        this.waits = ContainerManners.waitsForBody(request);
        this.refusedBodies = refusedBodies;
        this.timeout = context.getTimeout();
        context.setTimeout(0);
        context.addListener(new AtEnd(this::ended));
        this.mayEndItself = ContainerManners.endsDuringFailures(request);
        if (mayEndItself) {
            ForeignAccess.start(request, context);
        }
    }

    /**
     * Makes a request asynchronous. The container's time-out is off, because the library has its own.
     *
     * @param hasBody whether the request may have a body, though nobody listens to it
     * @param refusedBodies how much of the body is read on after the response
     */
    public static Completion start(
            HttpServletRequest request, ServletResponse response, boolean hasBody, RefusedBodies refusedBodies) {
        AsyncContext context = request.startAsync(request, response);
        ContainerManners.withhold(request);
        return new Completion(context, request, hasBody, refusedBodies);
    }

    /** Runs a task when a request ends: now, unless it is asynchronous. */
    public static void whenEnded(HttpServletRequest request, Runnable task) {
        if (request.isAsyncStarted()) {
            try {
                request.getAsyncContext().addListener(new AtEnd(task));
                return;
            } catch (IllegalStateException e) {
                LOG.log(Level.DEBUG, "the container has already ended the request: {0}", e.getMessage());
            }
        }
        task.run();
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
            return ContainerManners.listen(body, handedOver(listener));
        } catch (IllegalStateException e) {
            listened = false;
            throw e;
        }
    }

    private ReadListener handedOver(ReadListener listener) {
        return ContainerManners.misreadsWhatFollows(request)
                ? new HandedOver(listener, this::elsewhere, this::afterFailure)
                : listener;
    }

    private void afterFailure() {
        try {
            if (isResponded()) { // nobody else is going to respond
                ContainerManners.refuseBroken(request, context.getResponse());
                completeNow();
            }
        } catch (IllegalStateException e) {
            LOG.log(Level.DEBUG, "the container has already ended the request: {0}", e.getMessage());
        }
    }

    private void elsewhere(Runnable task) {
        try {
            context.start(task);
        } catch (RejectedExecutionException e) { // the container has no thread to spare
            refusedBodies.later(task);
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
        return ForeignAccess.run(request, reading::read);
    }

    /** Says that there is no response to be had. Further calls do nothing. */
    public void failed() {
        try {
            if (!isResponded()) {
                ContainerManners.fail(request, context.getResponse());
            }
        } catch (IllegalStateException e) {
            LOG.log(Level.DEBUG, "the container has already ended the request: {0}", e.getMessage());
        } finally {
            responded();
        }
    }

    /** Says that the response is complete. Further calls do nothing. */
    public void responded() {
        if (close() && !startDiscarding()) {
            complete();
        }
    }

    /**
     * Gives a request whose body has been read back to the container, which dispatches it to the filters and the servlet
     * once more. They respond.
     *
     * @param whenDone runs when the request ends
     */
    public void dispatch(Runnable whenDone) {
        if (!state.compareAndSet(State.OPEN, State.COMPLETED)) {
            whenDone.run();
            return;
        }
        ContainerManners.handOver(request, context, timeout);
        try {
            context.addListener(new AtEnd(whenDone));
            context.dispatch();
        } catch (IllegalStateException e) {
            LOG.log(Level.DEBUG, "the container has already ended the request: {0}", e.getMessage());
            whenDone.run();
        }
    }

    private synchronized boolean close() {
        return state.compareAndSet(State.OPEN, State.DISCARDING);
    }

    /** Starts to throw away the rest of the body, and returns whether it has. */
    private boolean startDiscarding() {
        try {
            if (hasFailed()) {
                return false;
            }
            if (input == null && !hasBody) { // one that is listened to may not have been announced: in HTTP/2
                return false;
            }
            boolean harmful = ContainerManners.cuttingLosesResponse(request);
            if (!waits && !harmful) {
                return false;
            }
            ServletInputStream body = input == null ? ReadAhead.rest(request) : input;
            if (body.isFinished()) {
                return false;
            }
            place = harmful ? refusedBodies.enter() : Optional.empty();
            if (place.isEmpty() && !waits) {
                return false;
            }
            boolean awaited = ContainerManners.isWithheld(request);
            ContainerManners.endResponse(request, context.getResponse());
            if (hasFailed()) {
                return false;
            }
            listenOn(body);
            // not before: the container must not end the request while this thread registers the listener
            place.ifPresent(entered -> entered.watch(this::endLate, awaited));
            if (state.get() == State.COMPLETED) {
                leavePlace();
            }
            return true;
        } catch (IOException | IllegalStateException e) {
            LOG.log(Level.DEBUG, "the rest of a body could not be read, and is left to the container: " + e);
            return false;
        } catch (RuntimeException | Error e) { // the request must end all the same
            LOG.log(Level.ERROR, "the rest of a body could not be read, and is left to the container", e);
            return false;
        }
    }

    private void listenOn(ServletInputStream body) throws IOException {
        input = body;
        if (beginDiscarding()) {
            complete();
        } else if (!listened) {
            ContainerManners.discardBuffered(request, body);
            if (!ContainerManners.listen(body, handedOver(this))) {
                complete();
            }
        } else if (ContainerManners.misreadsWhatFollows(request)) {
            elsewhere(() -> discardNow(body));
        } else {
            discardNow(body);
        }
    }

    private void discardNow(ServletInputStream body) {
        if (discardAvailable(body, false)) {
            complete();
        }
    }

    /** Lets the container's calls take effect, and returns whether the last one came before. */
    private synchronized boolean beginDiscarding() {
        discarding = true;
        return ended;
    }

    /** Records that the container makes no more calls, and returns whether it may end the request. */
    private synchronized boolean end() {
        ended = true;
        return discarding;
    }

    @Override
    public void onDataAvailable() {
        ServletInputStream body = input;
        if (body != null && discardAvailable(body, true)) {
            complete();
        }
    }

    /**
     * Throws away what has come, and returns whether the request can be completed.
     *
     * @param called whether the container calls. If not, all must be read, or it will never call again
     * @throws IllegalStateException if the container must close the connection; see
     *     {@link ContainerManners#waitsForBody}
     */
    private synchronized boolean discardAvailable(ServletInputStream body, boolean called) {
        if (!discarding || state.get() != State.DISCARDING) {
            return false; // what has come is read when discarding begins; after its end nothing is
        }
        try {
            while (ContainerManners.isReady(body)) {
                if (cut && called) {
                    throw new IllegalStateException("no more of a refused body is read");
                }
                int read = ForeignAccess.run(request, () -> ContainerManners.read(body, ContainerManners.buffer()));
                boolean more = place.isPresent() && place.get().count(read);
                if (read < 0 || (!more && cutOff())) {
                    return true;
                }
            }
            return ContainerManners.isAllRead(body);
        } catch (IOException e) { // no more bytes will come
            return true;
        }
    }

    /** Stops reading, and returns whether the request can be completed at once. */
    private boolean cutOff() {
        cut = true;
        leavePlace();
        return !waits;
    }

    /** Ends a request whose body arrives too slowly. */
    private void endLate() {
        boolean completable;
        synchronized (this) { // nobody is reading
            completable = state.get() == State.DISCARDING && cutOff();
        }
        if (completable) {
            complete();
        }
    }

    @Override
    public void onAllDataRead() {
        if (end()) {
            complete();
        }
    }

    @Override
    public void onError(Throwable failure) {
        if (!end()) {
            return;
        }
        if (cut) {
            refusedBodies.later(this::complete);
        } else {
            completeNow();
        }
    }

    private synchronized boolean markCompleted() { // nobody is reading
        return state.compareAndSet(State.DISCARDING, State.COMPLETED);
    }

    /** Completes the request, unless the container does after a failure: it gets time to. */
    private void complete() {
        leavePlace();
        if (hasFailed()) {
            refusedBodies.afterPause(this::completeNow);
        } else {
            completeNow();
        }
    }

    private boolean hasFailed() {
        try {
            return mayEndItself && ContainerManners.hasFailed(request);
        } catch (RuntimeException e) { // the container has already ended the request
            return false;
        }
    }

    private void completeNow() {
        leavePlace();
        if (markCompleted()) {
            try {
                if (!ForeignAccess.hasFailed(request)) {
                    ContainerManners.release(request, context.getResponse());
                }
                context.complete();
            } catch (IllegalStateException e) {
                LOG.log(Level.DEBUG, "the container has already ended the request: {0}", e.getMessage());
            }
        }
    }

    /**
     * Takes note that the container has ended the request, as when a write fails. A body that is still wanted is left to
     * its listener, which learns that it has broken off.
     */
    private void ended() {
        if (state.compareAndSet(State.DISCARDING, State.COMPLETED)) {
            leavePlace();
        }
    }

    private void leavePlace() {
        place.ifPresent(RefusedBodies.Place::leave);
    }
}
