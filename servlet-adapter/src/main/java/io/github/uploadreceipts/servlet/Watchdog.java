package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.host.UploadHost;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Looks once a second for requests whose bytes do not come. One timer serves them all. */
final class Watchdog {

    private final UploadHost host;
    private final Set<AsyncReception> watched = ConcurrentHashMap.newKeySet();
    private final ScheduledFuture<?> timer;

    Watchdog(UploadHost host) {
        this.host = host;
        this.timer = host.scheduler().scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
    }

    void watch(AsyncReception reception) {
        watched.add(reception);
    }

    void forget(AsyncReception reception) {
        watched.remove(reception);
    }

    /** Ending a request writes to its client, which may block, so it is not done on the timer. */
    private void look() {
        for (AsyncReception reception : watched) {
            if (reception.isLate()) {
                try {
                    host.executor().execute(reception::endIfLate);
                } catch (RejectedExecutionException e) {
                    return; // the host is being closed
                }
            }
        }
    }

    void stop() {
        timer.cancel(false);
    }
}
