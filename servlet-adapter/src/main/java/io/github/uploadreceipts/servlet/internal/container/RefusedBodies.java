package io.github.uploadreceipts.servlet.internal.container;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The rest of refused bodies, which is read and thrown away within bounds. A connection that is closed while bytes are
 * unread is reset, and many clients and front servers then never see the response (RFC 9112, section 9.6).
 */
public final class RefusedBodies {

    /** How often the rate of a body is looked at. A client may pause for as long. */
    private static final int PERIOD_SECONDS = 10;

    /** How long a client may pause that has yet to get its response. */
    private static final int PAUSE_MILLIS = 500;

    /**
     * How much is read.
     *
     * @param maxBytes how many bytes of one body; none if 0
     * @param minBytesPerSecond how fast a body must arrive, in each ten seconds
     * @param maxBodies how many bodies at once
     */
    public record Bounds(long maxBytes, long minBytesPerSecond, int maxBodies) {

        /** The bounds where nothing is configured. */
        public static final Bounds DEFAULTS = new Bounds(64L << 20, 32L << 10, 256);

        /** Checks that no bound is negative. */
        public Bounds {
            if (maxBytes < 0 || minBytesPerSecond < 0 || maxBodies < 0) {
                throw new IllegalArgumentException("of refused bodies, " + maxBytes + " bytes, " + minBytesPerSecond
                        + " bytes per second and " + maxBodies + " at once are read; none may be negative");
            }
        }
    }

    private final Bounds bounds;
    private final ScheduledExecutorService timer;
    private final Executor ending;
    private final Semaphore places;

    /**
     * Creates the bounds of a filter.
     *
     * @param timer looks at the rates of bodies
     * @param ending ends requests, because that may block
     */
    public RefusedBodies(Bounds bounds, ScheduledExecutorService timer, Executor ending) {
        this.bounds = bounds;
        this.timer = timer;
        this.ending = ending;
        this.places = new Semaphore(bounds.maxBytes() == 0 ? 0 : bounds.maxBodies());
    }

    /** Takes a place for one body; empty if too many bodies are being read. */
    Optional<Place> enter() {
        return places.tryAcquire() ? Optional.of(new Place()) : Optional.empty();
    }

    /** Runs a task, soon and on another thread. */
    void later(Runnable task) {
        try {
            ending.execute(task);
        } catch (RuntimeException e) { // the host is stopping
            task.run();
        }
    }

    /** Runs a task after a short while, on another thread. */
    void afterPause(Runnable task) {
        try {
            var unused = timer.schedule(() -> later(task), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) { // the host is stopping
            task.run();
        }
    }

    /** The place of one body. */
    final class Place {

        private volatile long read;
        private long readBefore;
        private long readBeforePause;
        private Runnable whenLate = () -> {};
        private final List<Future<?>> looking = new ArrayList<>();
        private boolean left;

        /**
         * Looks at how fast the body arrives.
         *
         * @param task is run on another thread if it arrives too slowly, perhaps more than once
         * @param awaited whether the client has yet to get its response: it may be waiting for it if it sends nothing
         */
        synchronized void watch(Runnable task, boolean awaited) {
            if (left) {
                return;
            }
            whenLate = task;
            try {
                looking.add(timer.scheduleAtFixedRate(this::look, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS));
                if (awaited) {
                    looking.add(timer.scheduleAtFixedRate(
                            this::lookForPause, PAUSE_MILLIS, PAUSE_MILLIS, TimeUnit.MILLISECONDS));
                }
            } catch (RejectedExecutionException e) { // the host is stopping
                leave();
            }
        }

        private void look() {
            long arrived = read - readBefore;
            readBefore += arrived;
            if (arrived < bounds.minBytesPerSecond() * PERIOD_SECONDS) {
                later(whenLate);
            }
        }

        private void lookForPause() {
            long arrived = read - readBeforePause;
            readBeforePause += arrived;
            if (arrived == 0) {
                later(whenLate);
            }
        }

        /** Counts bytes, and returns whether more may be read. One thread at a time counts. */
        @SuppressWarnings("NonAtomicVolatileUpdate")
        boolean count(int bytes) {
            read += bytes;
            return read < bounds.maxBytes();
        }

        /** Gives the place back. Further calls do nothing. */
        synchronized void leave() {
            if (!left) {
                left = true;
                places.release();
                looking.forEach(look -> look.cancel(false));
            }
        }
    }
}
