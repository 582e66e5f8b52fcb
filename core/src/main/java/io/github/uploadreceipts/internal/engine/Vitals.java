package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * What monitoring reads of a host. All of it is in memory: reading waits neither for a disk nor for a lock, however busy
 * the host is, or however dead its disk.
 */
public final class Vitals {

    private static final Duration INTERVAL = Duration.ofSeconds(10);

    /** How old a reading of the disk may be. A disk that hangs has no newer one. */
    private static final long FRESH = Duration.ofMinutes(1).toNanos();

    /** How old a comparison of clocks may be. A peer that has not responded since has no newer one. */
    private static final long COMPARED = Duration.ofHours(1).toNanos();

    /** When the clock of a peer was compared, and how far it was ahead. */
    private record Skew(long at, Duration ahead) {}

    /** When the disk was read, and what it said. */
    private record Free(long at, double bytes) {}

    private final UploadStore store;
    private final HostThreads threads;
    private final LongSupplier nanoTime;
    private final LongAdder receiving = new LongAdder();
    private final Map<URI, Skew> skews = new ConcurrentHashMap<>();
    private final AtomicBoolean watching = new AtomicBoolean();
    private volatile Free free = new Free(System.nanoTime(), Double.NaN);
    private volatile long purgedAt = System.nanoTime();

    Vitals(UploadStore store, HostThreads threads) {
        this(store, threads, System::nanoTime);
    }

    Vitals(UploadStore store, HostThreads threads, LongSupplier nanoTime) {
        this.store = store;
        this.threads = threads;
        this.nanoTime = nanoTime;
    }

    /** Counts a request that begins to be received. */
    public void began() {
        receiving.increment();
    }

    /** Counts a request that is no longer being received, once for each {@link #began}. */
    public void ended() {
        receiving.decrement();
    }

    /** Returns how many requests with a body are being received. */
    public long inFlight() {
        return receiving.sum();
    }

    void purged() {
        purgedAt = System.nanoTime();
    }

    /** Returns how long ago expired uploads were purged, or the host was started. */
    public Duration sincePurge() {
        return Duration.ofNanos(System.nanoTime() - purgedAt);
    }

    void skew(URI peer, Duration ahead) {
        skews.put(peer, new Skew(nanoTime.getAsLong(), ahead));
    }

    /** Returns by how many seconds the clock of a peer was ahead; not a number if it was not compared in the last hour. */
    public double skewSeconds(URI peer) {
        Skew last = skews.get(peer);
        return last == null || nanoTime.getAsLong() - last.at() > COMPARED
                ? Double.NaN
                : last.ahead().toMillis() / 1e3;
    }

    /** Begins to read the free space of the store every ten seconds, on the host's threads. */
    public void watchSpace() {
        if (watching.compareAndSet(false, true)) {
            threads.repeat(0, INTERVAL.toSeconds(), this::read);
        }
    }

    private void read() {
        double bytes = Double.NaN;
        try {
            bytes = store.freeSpace();
        } catch (IOException | RuntimeException e) { // an upload that needs the space says so in the log
        } finally {
            free = new Free(System.nanoTime(), bytes);
        }
    }

    /** Returns how many bytes are free in the store; not a number if that has not been known for a minute. */
    public double freeSpace() {
        Free last = free;
        return System.nanoTime() - last.at() > FRESH ? Double.NaN : last.bytes();
    }
}
