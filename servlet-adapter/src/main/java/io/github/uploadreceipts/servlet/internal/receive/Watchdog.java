package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Looks once a second for requests whose bytes do not come. One timer serves them all. */
public final class Watchdog {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    private final Engine engine;
    private final Set<AsyncReception<?>> watched = ConcurrentHashMap.newKeySet();
    private final ScheduledFuture<?> timer;
    private volatile boolean stopped;

    public Watchdog(Engine engine) {
        this.engine = engine;
        this.timer = engine.timer().scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
    }

    void watch(AsyncReception<?> reception) {
        watched.add(reception);
        if (stopped) {
            reception.stop();
        }
    }

    void forget(AsyncReception<?> reception) {
        watched.remove(reception);
    }

    /** Ending a request writes to its client, which may block, so it is not done on the timer. */
    private void look() {
        for (AsyncReception<?> reception : watched) {
            if (reception.isLate()) {
                try {
                    engine.executor().execute(reception::endIfLate);
                } catch (RuntimeException e) { // a timer whose task throws never runs it again
                    LOG.log(Level.WARNING, "a late upload is ended later: " + e);
                    return;
                }
            }
        }
    }

    /** Refuses what is still being received, and what begins to be. */
    public void stop() {
        stopped = true;
        timer.cancel(false);
        watched.forEach(Watchdog::stop);
    }

    private static void stop(AsyncReception<?> reception) {
        try {
            reception.stop();
        } catch (RuntimeException e) { // a container that has stopped before; the others are to be told all the same
            LOG.log(Level.WARNING, "an upload is not told that the host stops: " + e);
        }
    }
}
