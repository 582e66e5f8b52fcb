package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A watch that looks once a second for requests whose bytes do not come. One timer serves all requests. */
public final class Watchdog {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);

    private final Engine engine;
    private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
    private final ScheduledFuture<?> timer;
    private volatile boolean stopped;

    public Watchdog(Engine engine) {
        this.engine = engine;
        this.timer = engine.timer().scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
    }

    void watch(Watched reception) {
        watched.add(reception);
        if (stopped) {
            reception.stop();
        }
    }

    void forget(Watched reception) {
        watched.remove(reception);
    }

    /** Ends late requests on the executor, not on the timer: that writes to the client, and may block. */
    private void look() {
        for (Watched reception : watched) {
            if (reception.isLate()) {
                try {
                    engine.executor().execute(reception::endIfLate);
                } catch (RuntimeException e) { // after an exception the timer would never run this again
                    LOG.log(Level.WARNING, "a late upload could not be ended, and will be tried again: " + e);
                    return;
                }
            }
        }
    }

    /** Refuses the requests that are being received, and those that begin after this. */
    public void stop() {
        stopped = true;
        timer.cancel(false);
        watched.forEach(Watchdog::stop);
    }

    private static void stop(Watched reception) {
        try {
            reception.stop();
        } catch (RuntimeException e) { // the container may have stopped; the other requests must still be told
            LOG.log(Level.WARNING, "an upload could not be told that the host is stopping: " + e);
        }
    }
}
