package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.internal.Loggers;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** A {@link Probe} at the start of an application, which tells the log what to change. */
public final class BackgroundProbe {

    private static final Logger LOG = System.getLogger(Loggers.FETCH);

    /** When it is tried again: a front server may start after the application. */
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(10);

    private final FetchResources resources;

    /** Creates a probe, which does nothing until it is started. */
    public BackgroundProbe(FetchResources resources) {
        this.resources = resources;
    }

    /** Runs the probe later, on a thread of its own, and once more if it fails. */
    public void start(Duration after) {
        schedule(after, true);
    }

    private void schedule(Duration after, boolean first) {
        try {
            var unused = resources.timer().schedule(() -> begin(first), after.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "the fetcher was closed before its host was probed");
        }
    }

    private void begin(boolean first) {
        Thread thread = new Thread(() -> run(first), "upload-receipts-probe");
        thread.setDaemon(true);
        thread.start();
    }

    private void run(boolean first) {
        try {
            new Probe(resources).run();
            LOG.log(Level.INFO, "peers can fetch from this host: it has fetched from its own internal URL, {0}", url());
        } catch (IOException | RuntimeException e) {
            if (resources.timer().isShutdown() || resources.engine().draining().isOn()) {
                return;
            }
            if (first) {
                LOG.log(Level.DEBUG, "this host cannot fetch from itself yet", e);
                schedule(AGAIN_AFTER, false);
            } else {
                LOG.log(Level.WARNING, "peers cannot fetch from this host at " + url() + ": " + e.getMessage());
            }
        }
    }

    private String url() {
        return resources.engine().internalUrl().toString();
    }
}
