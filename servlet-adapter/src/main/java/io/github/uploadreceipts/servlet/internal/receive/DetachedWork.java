package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.container.Watched;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * What a request asks of the store while no body is received. It cannot be stopped. If it takes too long, the watchdog
 * refuses the request. Either the work responds or the watchdog does: the one that first {@linkplain #isToRespond asks}.
 */
final class DetachedWork implements Watched {

    /** How many requests, in all of the JVM, may be refused and still be held by the store. */
    private static final int MOST_LATE = 1000;

    private static final AtomicInteger LATE = new AtomicInteger();

    private enum Responding {
        NOBODY,
        WORK,
        WATCHDOG,
        WATCHDOG_AND_WORK_ENDED
    }

    private final Watchdog watchdog;
    private final Consumer<UploadRefusedException> refusing;
    private final AtomicReference<Responding> responding = new AtomicReference<>(Responding.NOBODY);
    private volatile long patienceNanos;
    private volatile long startedAt;

    /** @param refusing refuses the request */
    DetachedWork(Watchdog watchdog, Consumer<UploadRefusedException> refusing) {
        this.watchdog = watchdog;
        this.refusing = refusing;
    }

    /**
     * Begins to wait for the work.
     *
     * @throws UploadRefusedException if the store holds so many requests already that this one would only wait
     */
    void begin(Duration patience) throws UploadRefusedException {
        if (LATE.get() >= MOST_LATE) {
            throw tooLate();
        }
        patienceNanos = patience.toNanos();
        startedAt = System.nanoTime();
        watchdog.watch(this);
    }

    /** Returns whether the work is to respond. From then on it always is. */
    boolean isToRespond() {
        watchdog.forget(this);
        return responding.compareAndSet(Responding.NOBODY, Responding.WORK) || responding.get() == Responding.WORK;
    }

    /** Returns whether the watchdog has refused the request. */
    boolean isRefused() {
        Responding now = responding.get();
        return now == Responding.WATCHDOG || now == Responding.WATCHDOG_AND_WORK_ENDED;
    }

    /** Says that the work has ended. */
    void end() {
        if (responding.compareAndSet(Responding.WATCHDOG, Responding.WATCHDOG_AND_WORK_ENDED)) {
            LATE.decrementAndGet();
        }
    }

    @Override
    public boolean isLate() {
        return System.nanoTime() - startedAt > patienceNanos;
    }

    @Override
    public void endIfLate() {
        watchdog.forget(this);
        if (responding.compareAndSet(Responding.NOBODY, Responding.WATCHDOG)) {
            LATE.incrementAndGet();
            refusing.accept(tooLate());
        }
    }

    static UploadRefusedException tooLate() {
        return new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, "The host takes too long."));
    }

    /** Does nothing: the work ends soon, and then responds. */
    @Override
    public void stop() {}
}
