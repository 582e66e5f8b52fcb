package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.container.Watched;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * What a request asks of the store while no body is received. It cannot be stopped. If it takes too long, the watchdog
 * refuses the request. Either the work responds or the watchdog does: the one that first {@linkplain #isToRespond asks}.
 */
final class DetachedWork implements Watched {

    private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

    private enum Responding {
        NOBODY,
        WORK,
        WATCHDOG
    }

    private final Watchdog watchdog;
    private final Consumer<UploadRefusedException> refusing;
    private final AtomicReference<Responding> responding = new AtomicReference<>(Responding.NOBODY);
    private volatile long startedAt;

    /** @param refusing refuses the request */
    DetachedWork(Watchdog watchdog, Consumer<UploadRefusedException> refusing) {
        this.watchdog = watchdog;
        this.refusing = refusing;
    }

    /** Begins to wait for the work. */
    void begin() {
        startedAt = System.nanoTime();
        watchdog.watch(this);
    }

    /** Returns whether the work is to respond. From then on it always is. */
    boolean isToRespond() {
        watchdog.forget(this);
        return responding.compareAndSet(Responding.NOBODY, Responding.WORK) || responding.get() == Responding.WORK;
    }

    @Override
    public boolean isLate() {
        return System.nanoTime() - startedAt > PATIENCE_NANOS;
    }

    @Override
    public void endIfLate() {
        watchdog.forget(this);
        if (responding.compareAndSet(Responding.NOBODY, Responding.WATCHDOG)) {
            refusing.accept(
                    new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, "The host's disk takes too long.")));
        }
    }

    /** Does nothing: the work ends soon, and then responds. */
    @Override
    public void stop() {}
}
