package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.servlet.internal.response.UnwantedBody;
import io.github.uploadreceipts.servlet.internal.response.UploadResponse;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One request received without a thread of its own. The container calls when bytes have come, the watchdog when they have
 * not; whichever ends the request first does it alone, under the lock.
 */
public final class AsyncReception<T> implements ReadListener {

    private enum State {
        RECEIVING,
        PUBLISHING,
        ENDED
    }

    private final AsyncContext context;
    private final Receiver receiver;
    private final Exchange<T> exchange;
    private final Watchdog watchdog;
    private final ReentrantLock lock = new ReentrantLock();
    private State state = State.RECEIVING;
    private volatile @Nullable UnwantedBody rest;

    AsyncReception(AsyncContext context, Receiver receiver, Exchange<T> exchange, Watchdog watchdog) {
        this.context = context;
        this.receiver = receiver;
        this.exchange = exchange;
        this.watchdog = watchdog;
    }

    /** @throws IllegalStateException if the stream takes no listener, as some filters' wrappers do not */
    void begin(ServletInputStream input) {
        if (input.isFinished()) { // Tomcat tells no listener of it then
            onAllDataRead();
            return;
        }
        input.setReadListener(this);
        lock.lock();
        try {
            if (state == State.RECEIVING) {
                watchdog.watch(this);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onDataAvailable() {
        lock.lock();
        try {
            if (state == State.RECEIVING) {
                receiver.receiveAvailable();
            } else if (rest != null) {
                rest.onDataAvailable();
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
            } else if (rest != null) {
                rest.onAllDataRead();
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

    private Void finished(@Nullable T result, @Nullable Throwable failure) {
        lock.lock();
        try {
            if (result == null) {
                refuse(UploadResponse.refusalOf(failure));
                return null;
            }
            end();
            exchange.sendAsync(result, this::complete);
        } finally {
            lock.unlock();
        }
        return null;
    }

    /** The client is gone, or the container gave up on it, or it passes on what we threw. */
    @Override
    public void onError(Throwable failure) {
        lock.lock();
        try {
            if (state == State.RECEIVING) {
                if (failure instanceof IOException || failure instanceof TimeoutException) { // Jetty's
                    breakOff();
                } else {
                    refuse(UploadResponse.refusalOf(failure));
                }
            } else if (rest != null) {
                rest.onError(failure);
            }
        } finally {
            lock.unlock();
        }
    }

    private void breakOff() {
        end();
        exchange.breakOff();
        complete();
    }

    boolean isLate() {
        return receiver.reception().lateness().isPresent();
    }

    /** The host stops; nobody would look after the request any more. */
    void stop() {
        lock.lock();
        try {
            if (state == State.RECEIVING) {
                refuse(new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, "The host is stopping.")));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Another request has taken this one's place, which may be waiting for a client that is gone. */
    void supersede() {
        lock.lock();
        try {
            if (state == State.RECEIVING) {
                refuse(new UploadRefusedException(Problem.of(ProblemType.TAKEN_OVER)));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends a request that takes too long, unless it is just being worked on. */
    void endIfLate() {
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
            complete();
        }
    }

    private void complete() {
        UnwantedBody unwanted = receiver.rest(context);
        rest = unwanted;
        unwanted.complete();
    }

    private void end() {
        state = State.ENDED;
        watchdog.forget(this);
        exchange.abandon();
    }
}
