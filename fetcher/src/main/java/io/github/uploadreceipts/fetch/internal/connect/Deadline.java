package io.github.uploadreceipts.fetch.internal.connect;

import java.io.Closeable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The time by which some work must end, whatever a peer does. At that time, or when the deadline is cancelled earlier,
 * every registered request is aborted. Time-outs per read are not enough: a peer that sends byte by byte never exceeds
 * them.
 *
 * <p>Safe for use by several threads.
 */
public final class Deadline implements Closeable {

    /** A request that can be aborted from another thread. */
    public interface Abortable {

        /** Aborts the request, which may have ended already. */
        void abort();
    }

    private static final Duration GRACE = Duration.ofSeconds(1);

    private final ScheduledExecutorService timer;
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
     * @param whenClosed is called when this is closed
     * @throws IllegalStateException if {@code timer} is shut down
     */
    public Deadline(ScheduledExecutorService timer, Duration duration, Consumer<Deadline> whenClosed) {
        this.timer = timer;
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

    /** Aborts the registered requests now. Requests that are registered later are aborted at once. */
    public void cancel() {
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

    private boolean isOver() {
        return over.getCount() == 0;
    }

    /**
     * Checks that there is time left.
     *
     * @throws PeerException if there is no time left
     */
    public void requireTime() throws PeerException {
        if (isOver()) {
            throw reason();
        }
    }

    /** Returns why there is no time left. */
    public PeerException reason() {
        return isOver() && !expired ? PeerException.cancelled() : PeerException.tooLate();
    }

    /** Returns how much time is left; never negative. */
    public Duration remaining() {
        return isOver() ? Duration.ZERO : Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    /** Returns how long aborted work may still take to release its resources: a second in all, counted from the end. */
    public Duration grace() {
        return isOver() ? GRACE.minusNanos(Math.min(GRACE.toNanos(), System.nanoTime() - overAt)) : GRACE;
    }

    /**
     * Waits for {@code duration}, but not beyond the end.
     *
     * @throws PeerException if there is no time left
     */
    public void pause(Duration duration) throws PeerException {
        try {
            var unused = over.await(duration.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cancel();
        }
        requireTime();
    }

    /** Aborts {@code task} after {@code duration}, unless the returned alarm is cancelled. */
    Future<?> alarm(Duration duration, Abortable task) throws PeerException {
        try {
            return timer.schedule(task::abort, duration.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            throw PeerException.closed();
        }
    }

    /** Registers {@code task} to be aborted at the end. If the end has passed, aborts it at once. */
    public void register(Abortable task) {
        synchronized (running) {
            running.add(task);
        }
        if (isOver()) {
            task.abort();
        }
    }

    /** Undoes {@link #register} after {@code task} has ended. */
    public void unregister(Abortable task) {
        synchronized (running) {
            running.remove(task);
        }
    }

    /** Stops the clock, and cancels the registered requests. */
    @Override
    public void close() {
        alarm.cancel(false);
        cancel();
        whenClosed.accept(this);
    }
}
