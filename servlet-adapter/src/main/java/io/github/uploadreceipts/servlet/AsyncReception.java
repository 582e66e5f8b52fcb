package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.host.UploadListener;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.receipt.IssuedReceipt;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One request received without a thread of its own. The container calls when bytes have come, the watchdog when they have
 * not; whichever ends the request first does it alone, under the lock.
 */
final class AsyncReception implements ReadListener {

    private enum State {
        RECEIVING,
        PUBLISHING,
        ENDED
    }

    private final UploadHost host;
    private final AsyncContext context;
    private final Receiver receiver;
    private final UploadAnswer answer;
    private final Watchdog watchdog;
    private final ReentrantLock lock = new ReentrantLock();
    private State state = State.RECEIVING;

    AsyncReception(UploadHost host, AsyncContext context, Receiver receiver, UploadAnswer answer, Watchdog watchdog) {
        this.host = host;
        this.context = context;
        this.receiver = receiver;
        this.answer = answer;
        this.watchdog = watchdog;
        watchdog.watch(this);
    }

    @Override
    public void onDataAvailable() {
        lock.lock();
        try {
            if (state == State.RECEIVING) {
                receiver.receiveAvailable();
            }
        } catch (RefusedException e) {
            refuse(e.problem());
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
            }
        } catch (RefusedException e) {
            refuse(e.problem());
        } finally {
            lock.unlock();
        }
    }

    private void publish() {
        var unused = receiver.reception().publish().handleAsync(this::published, host.executor());
    }

    private Void published(@Nullable List<IssuedReceipt> receipts, @Nullable Throwable failure) {
        lock.lock();
        try {
            if (receipts == null) {
                refuse(UploadAnswer.problemOf(failure));
                return null;
            }
            end();
            answer.send(receiver.reception(), receipts);
            context.complete();
        } finally {
            lock.unlock();
        }
        return null;
    }

    /** The client is gone, or the container gave up on it. */
    @Override
    public void onError(Throwable failure) {
        lock.lock();
        try {
            if (state == State.RECEIVING) {
                breakOff();
            }
        } finally {
            lock.unlock();
        }
    }

    private void breakOff() {
        host.tell(UploadListener::abandoned);
        refuse(Receiver.incomplete());
    }

    boolean isLate() {
        return receiver.reception().lateness().isPresent();
    }

    /** Ends a request that takes too long, unless it is just being worked on. */
    void endIfLate() {
        if (lock.tryLock()) {
            try {
                if (state == State.RECEIVING) {
                    receiver.reception().lateness().ifPresent(this::refuse);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void refuse(Problem problem) {
        if (state != State.ENDED) {
            end();
            answer.refuse(problem);
            context.complete();
        }
    }

    private void end() {
        state = State.ENDED;
        watchdog.forget(this);
        receiver.reception().abandon();
    }
}
