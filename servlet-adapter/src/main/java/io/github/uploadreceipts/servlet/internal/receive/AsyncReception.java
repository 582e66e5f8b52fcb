package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Completion;
import io.github.uploadreceipts.servlet.internal.container.ContainerManners;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The reception of one request without a thread of its own. The container calls when bytes have come, the watchdog when
 * they have not. Whichever ends the request first does so alone, under the lock.
 */
public final class AsyncReception<T> implements ReadListener, Watched {

    private enum State {
        RECEIVING,
        PUBLISHING,
        ENDED
    }

    private final Completion completion;
    private final Receiver receiver;
    private final Exchange<T> exchange;
    private final Watchdog watchdog;
    private final ReentrantLock lock = new ReentrantLock();
    private State state = State.RECEIVING;
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
        if (completion.listen(input, this)) {
            watch();
        } else {
            onAllDataRead();
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
                completion.onDataAvailable();
            } else if (state == State.RECEIVING && receiver.receiveAvailable()) {
                onAllDataRead();
            }
        } catch (RefusedException e) {
            refuse(e);
        } catch (IOException e) {
            breakOff();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onAllDataRead() {
        lock.lock();
        try {
            if (state == State.RECEIVING) {
                receiver.end();
                state = State.PUBLISHING;
                watchdog.forget(this);
                publish();
            } else if (completion.isResponded()) {
                completion.onAllDataRead();
            }
        } catch (RefusedException e) {
            refuse(e);
        } catch (IOException e) {
            breakOff();
        } finally {
            lock.unlock();
        }
    }

    private void publish() {
        var unused = exchange.finish().handle(this::finished);
    }

    /** Sends the result without the lock; see {@link ContainerManners#listen(ServletOutputStream, WriteListener)}. */
    private Void finished(@Nullable T result, @Nullable Throwable failure) {
        lock.lock();
        try {
            if (result == null) {
                refuse(UploadResponse.refusalOf(failure));
                return null;
            }
            end();
        } finally {
            lock.unlock();
        }
        exchange.sendAsync(result, completion::responded);
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
        end();
        exchange.breakOff();
        completion.responded();
    }

    @Override
    public boolean isLate() {
        return receiver.reception().lateness().isPresent();
    }

    @Override
    public void stop() {
        lock.lock();
        try {
            if (state == State.RECEIVING) {
                refuse(new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, "The host is stopping.")));
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
                if (state == State.RECEIVING) {
                    receiver.reception()
                            .lateness()
                            .map(UploadRefusedException::new)
                            .ifPresent(this::refuse);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void refuse(RefusedException refusal) {
        if (state != State.ENDED) {
            end();
            exchange.refuse(refusal);
            completion.responded();
        }
    }

    private void end() {
        state = State.ENDED;
        watchdog.forget(this);
        receiver.dropParser();
        exchange.abandon();
    }
}
