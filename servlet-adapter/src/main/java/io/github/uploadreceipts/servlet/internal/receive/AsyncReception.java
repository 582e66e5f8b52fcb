package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.container.Watched;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The reception of one request without a thread of its own. The container calls when bytes have come, the store when
 * they are durable, and the watchdog when either takes too long. Whichever ends the request first does so alone, under
 * the lock. What any step throws ends the request too, because nobody else would.
 *
 * <p>If it is the store that takes too long, it cannot be stopped. The client is told to come back, and what the store
 * publishes after that is taken back.
 */
public final class AsyncReception<T> implements ReadListener, Watched {

    private enum State {
        RECEIVING,
        PUBLISHING,
        ENDED
    }

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    private final Completion completion;
    private final Receiver receiver;
    private final Exchange<T> exchange;
    private final Watchdog watchdog;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile State state = State.RECEIVING;
    private boolean begun;
    private boolean superseded;

    public AsyncReception(Completion completion, Receiver receiver, Exchange<T> exchange, Watchdog watchdog) {
        this.completion = completion;
        this.receiver = receiver;
        this.exchange = exchange;
        this.watchdog = watchdog;
    }

    /**
     * Begins to receive.
     *
     * @throws IllegalStateException if the stream accepts no listener, as the wrappers of some filters do not
     */
    void begin(ServletInputStream input) {
        receiveAhead();
        if (completion.isResponded()) {
            return;
        }
        if (completion.listen(input, this)) {
            watch();
        } else {
            onAllDataRead();
        }
    }

    private void receiveAhead() {
        lock.lock();
        try {
            take(receiver::receiveAhead);
        } finally {
            lock.unlock();
        }
    }

    Watchdog watchdog() {
        return watchdog;
    }

    private void watch() {
        lock.lock();
        try {
            begun = true;
            if (state == State.RECEIVING) {
                watchdog.watch(this);
                if (superseded) {
                    supersede();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onDataAvailable() {
        lock.lock();
        try {
            if (completion.isResponded()) {
                completion.onDataAvailable(); // what it throws is meant for the container
            } else {
                take(this::receive);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onAllDataRead() {
        lock.lock();
        try {
            if (completion.isResponded()) {
                completion.onAllDataRead();
            } else {
                take(this::publish);
            }
        } finally {
            lock.unlock();
        }
    }

    private interface Step {
        void run() throws IOException, RefusedException;
    }

    private void take(Step step) {
        try {
            step.run();
        } catch (RefusedException e) {
            refuse(e);
        } catch (IOException e) {
            breakOff();
        } catch (RuntimeException | Error e) {
            refuse(UploadResponse.refusalOf(e));
        }
    }

    private void receive() throws IOException, RefusedException {
        if (state == State.RECEIVING && receiver.receiveAvailable()) {
            publish();
        }
    }

    private void publish() throws IOException, RefusedException {
        if (state == State.RECEIVING) {
            receiver.end();
            receiver.reception().beginStoring();
            state = State.PUBLISHING;
            var unused = exchange.finish().handle(this::finished);
        }
    }

    /** Sends the result without the lock; see {@link ContainerManners#listen(ServletOutputStream, WriteListener)}. */
    private Void finished(@Nullable T result, @Nullable Throwable failure) {
        boolean inTime;
        lock.lock();
        try {
            inTime = state == State.PUBLISHING;
            if (result == null) {
                refuse(UploadResponse.refusalOf(failure));
                return null;
            }
            end();
        } finally {
            lock.unlock();
        }
        if (inTime) {
            respond(() -> exchange.sendAsync(result, completion::responded));
        } else {
            exchange.lost(result);
        }
        return null;
    }

    /**
     * Ends the request: the client is gone, the container has given up on it, or it passes on what this listener threw.
     */
    @Override
    public void onError(Throwable failure) {
        lock.lock();
        try {
            if (state == State.RECEIVING) {
                if (ContainerManners.isBroken(failure)) {
                    breakOff();
                } else {
                    refuse(UploadResponse.refusalOf(failure));
                }
            } else if (completion.isResponded()) {
                completion.onError(failure);
            }
        } finally {
            lock.unlock();
        }
    }

    private void breakOff() {
        if (end()) {
            respond(() -> {
                exchange.breakOff();
                completion.responded();
            });
        }
    }

    @Override
    public boolean isLate() {
        return lateness().isPresent();
    }

    @Override
    public void stop() {
        lock.lock();
        try {
            if (state == State.RECEIVING) {
                refuse(new UploadRefusedException(Reception.hostIsStopping()));
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Refuses the request because another one has taken over its upload. This one may be waiting for a client that is
     * gone. If this listener is not registered yet, the request ends as soon as it is, because it cannot end earlier.
     */
    public void supersede() {
        lock.lock();
        try {
            superseded = true;
            if (begun && state == State.RECEIVING) {
                refuse(new UploadRefusedException(Problem.of(ProblemType.TAKEN_OVER)));
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void endIfLate() {
        if (lock.tryLock()) {
            try {
                lateness().map(UploadRefusedException::new).ifPresent(this::refuse);
            } finally {
                lock.unlock();
            }
        }
    }

    private Optional<Problem> lateness() {
        return state == State.ENDED ? Optional.empty() : receiver.reception().lateness();
    }

    private void refuse(RefusedException refusal) {
        if (end()) {
            respond(() -> {
                exchange.refuse(refusal);
                completion.responded();
            });
        }
    }

    /** Ends the request, and returns whether it had not ended before. */
    private boolean end() {
        if (state == State.ENDED) {
            return false;
        }
        state = State.ENDED;
        watchdog.forget(this);
        try {
            receiver.dropParser();
            exchange.abandon();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "a request ended, but what it held could not all be given back", e);
        }
        return true;
    }

    /** Responds. If that fails, the request ends without a response. */
    private void respond(Runnable response) {
        try {
            response.run();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "a request ended without its response", e);
            completion.failed();
        }
    }
}
