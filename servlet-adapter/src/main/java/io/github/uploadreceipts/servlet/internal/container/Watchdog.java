package io.github.uploadreceipts.servlet.internal.container;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A watch that looks once a second for requests that take too long, whatever their state: bytes do not come, the disk
 * does not take them, a peer does not relay them, or the client does not read its response. One timer serves all
 * requests. They are ended on threads of their own, because that may block, and because it must be done while the disk
 * or a peer holds all others.
 */
public final class Watchdog {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    /** How many requests are ended at once. */
    private static final int ENDINGS = 16;

    private final Executor executor;
    private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
    private final Set<Watched> ending = ConcurrentHashMap.newKeySet();
    private final ScheduledFuture<?> timer;
    private volatile boolean stopped;

    public Watchdog(Engine engine) {
        this.executor = newExecutor(engine);
        this.timer = engine.timer().scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
    }

    /** Returns a new executor that ends requests. It works whatever the disk and the peers do. */
    public static Executor newExecutor(Engine engine) {
        return engine.newWaitingExecutor(ENDINGS);
    }

    /** Watches a state until it is {@linkplain #forget forgotten}. */
    public void watch(Watched state) {
        watched.add(state);
        if (stopped) {
            state.stop();
        }
    }

    public void forget(Watched state) {
        watched.remove(state);
    }

    private void look() {
        try {
            watched.stream().filter(Watched::isLate).forEach(this::begin);
        } catch (RuntimeException | Error e) { // after an exception the timer would never run this again
            LOG.log(Level.WARNING, "late requests could not be ended, and will be tried again: " + e);
        }
    }

    private void begin(Watched state) {
        if (ending.add(state)) {
            try {
                executor.execute(() -> end(state));
            } catch (RuntimeException | Error e) {
                ending.remove(state);
                throw e;
            }
        }
    }

    private void end(Watched state) {
        try {
            state.endIfLate();
        } finally {
            ending.remove(state);
        }
    }

    /** Refuses the requests that are being received, and those that begin after this. */
    public void stop() {
        stopped = true;
        timer.cancel(false);
        watched.forEach(Watchdog::stop);
    }

    private static void stop(Watched state) {
        try {
            state.stop();
        } catch (RuntimeException | Error e) { // the container may have stopped; the other requests must still be told
            LOG.log(Level.WARNING, "a request could not be told that the host is stopping: " + e);
        }
    }
}
