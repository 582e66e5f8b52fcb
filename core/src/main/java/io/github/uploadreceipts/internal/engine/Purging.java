package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/**
 * Purges expired uploads every ten minutes, but not by a clock that may be wrong: what a clock that is two days ahead
 * purges is lost. Purging waits for an hour after the start, and after the clock has jumped, in which whatever sets the
 * clock can mend it. Then it waits as long as the clock differs by more than an hour from the disk's, or from those of
 * most peers.
 *
 * <p>The disk's clock is the operating system's or the file server's. How long ago something was stored says nothing: the
 * host may just have been off.
 */
final class Purging {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final Duration INTERVAL = Duration.ofMinutes(10);
    private static final Duration SETTLING = Duration.ofHours(1);
    private static final Duration TOLERANCE = Duration.ofHours(1);

    private final UploadStore store;
    private final Clock clock;
    private final PeerClocks peers;
    private final HostThreads threads;
    private final IntConsumer purged;
    private final LongSupplier nanoTime;
    private Instant lastTime;
    private long lastNanos;
    private long settled;

    /**
     * @param purged is told how many hours were purged, each time
     * @param nanoTime a clock that does not jump
     */
    Purging(
            UploadStore store,
            Clock clock,
            PeerClocks peers,
            HostThreads threads,
            IntConsumer purged,
            LongSupplier nanoTime) {
        this.store = store;
        this.clock = clock;
        this.peers = peers;
        this.threads = threads;
        this.purged = purged;
        this.nanoTime = nanoTime;
        this.lastTime = clock.instant();
        this.lastNanos = nanoTime.getAsLong();
        this.settled = lastNanos + SETTLING.toNanos();
    }

    void start() {
        var unused = threads.timer().scheduleWithFixedDelay(this::startRun, 0, INTERVAL.toSeconds(), TimeUnit.SECONDS);
    }

    /**
     * Starts to purge. It catches what the executor throws: a full executor may accept the next purge, but a timer
     * never again runs a task that has thrown.
     */
    private void startRun() {
        try {
            threads.executor().execute(this::run);
        } catch (RuntimeException e) {
            if (!threads.timer().isShutdown()) {
                LOG.log(Level.WARNING, "purging could not start, and will be tried again: " + e);
            }
        }
    }

    /** Purges, unless the clock may be wrong. The peers are asked without waiting for them. */
    void run() {
        if (isSettling()) {
            return;
        }
        Optional<String> fault = clockFault();
        CompletableFuture<Optional<String>> known =
                fault.isPresent() ? CompletableFuture.completedFuture(fault) : peers.faultBeyond(TOLERANCE);
        var unused = known.thenAcceptAsync(this::purgeUnless, threads.executor())
                .exceptionally(e -> {
                    LOG.log(Level.WARNING, "purging failed, and will be tried again: " + e);
                    return null;
                });
    }

    private void purgeUnless(Optional<String> fault) {
        if (fault.isPresent()) {
            LOG.log(Level.WARNING, "expired uploads are kept until the clock is right: " + fault.get());
            return;
        }
        try {
            purged.accept(store.purge(clock.instant()));
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.WARNING, "purging failed, and will be tried again: " + e);
        }
    }

    private synchronized boolean isSettling() {
        Instant time = clock.instant();
        long nanos = nanoTime.getAsLong();
        Duration jump = Duration.between(lastTime, time).minusNanos(nanos - lastNanos);
        lastTime = time;
        lastNanos = nanos;
        if (jump.abs().compareTo(TOLERANCE) > 0) {
            settled = nanos + SETTLING.toNanos();
            LOG.log(Level.WARNING, "the clock has jumped by " + jump + "; expired uploads are kept for an hour");
        }
        return nanos - settled < 0;
    }

    /** Returns what to change if the clock is not that of the disk. */
    Optional<String> clockFault() {
        Instant ours = clock.instant();
        return store.time()
                .filter(disk -> Duration.between(disk, ours).abs().compareTo(TOLERANCE) > 0)
                .map(disk -> "this host's clock says " + ours.truncatedTo(ChronoUnit.SECONDS)
                        + ", and the disk of its store says " + disk.truncatedTo(ChronoUnit.SECONDS)
                        + "; let both keep the right time, because until then expired uploads are kept");
    }
}
