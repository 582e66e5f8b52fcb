package io.github.uploadreceipts.fetch.internal.connect;

import java.io.Closeable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The time by which something ends, whatever a peer does. At its end, or when it is cancelled before, everything that
 * registered is aborted: time-outs per read never trip on a peer that trickles.
 *
 * <p>Safe for use by several threads.
 */
final class Deadline implements Closeable {

    /** A request that can be aborted from another thread. */
    interface Abortable {
        void abort();
    }

    private static final Duration GRACE = Duration.ofSeconds(1);

    private final long end;
    private volatile long overAt;
    private volatile boolean expired;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Set<Abortable> running = new LinkedHashSet<>();
    private final Consumer<Deadline> whenClosed;
    private final ScheduledFuture<?> alarm;

    /**
     * Starts the clock.
     *
     * @param whenClosed is told when this is closed
     * @throws IllegalStateException if {@code timer} is shut down
     */
    Deadline(ScheduledExecutorService timer, Duration duration, Consumer<Deadline> whenClosed) {
        this.whenClosed = whenClosed;
        this.end = System.nanoTime() + duration.toNanos();
        try {
            this.alarm = timer.schedule(this::expire, duration.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("the fetcher is closed", e);
        }
    }

    private void expire() {
        expired = true;
        cancel();
    }

    /** Calls off what runs, now. */
    void cancel() {
        List<Abortable> toAbort;
        synchronized (running) {
            if (!isOver()) {
                overAt = System.nanoTime();
                over.countDown();
            }
            toAbort = new ArrayList<>(running);
        }
        toAbort.forEach(Abortable::abort);
    }

    boolean isOver() {
        return over.getCount() == 0;
    }

    void requireTime() throws PeerException {
        if (isOver()) {
            throw reason();
        }
    }

    /** Returns why nothing is waited for any more. */
    PeerException reason() {
        return isOver() && !expired ? PeerException.calledOff() : PeerException.tooLate();
    }

    /** Returns how long it still is, which is never negative. */
    Duration remaining() {
        return isOver() ? Duration.ZERO : Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    /** Returns how long what was aborted may still take to let go of what it holds: a second in all from the end on. */
    Duration grace() {
        return isOver() ? GRACE.minusNanos(Math.min(GRACE.toNanos(), System.nanoTime() - overAt)) : GRACE;
    }

    /** Waits, but not beyond the end. */
    void pause(Duration duration) throws PeerException {
        try {
            var unused = over.await(duration.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cancel();
        }
        requireTime();
    }

    /** Has {@code task} aborted at the end, which may be now. */
    void register(Abortable task) {
        synchronized (running) {
            running.add(task);
        }
        if (isOver()) {
            task.abort();
        }
    }

    void unregister(Abortable task) {
        synchronized (running) {
            running.remove(task);
        }
    }

    /** Stops the clock, and ends: nothing is to start any more. */
    @Override
    public void close() {
        alarm.cancel(false);
        cancel();
        whenClosed.accept(this);
    }
}
