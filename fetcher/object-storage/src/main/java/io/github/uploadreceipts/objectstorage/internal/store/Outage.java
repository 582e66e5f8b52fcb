package io.github.uploadreceipts.objectstorage.internal.store;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** A time in which nothing can be pushed. Attempts become rare, whatever the number of uploads that wait. */
final class Outage {

    private static final int MOST_DOUBLINGS = 20;

    private final Duration first;
    private final Duration longest;
    private @Nullable String cause;
    private int failures;
    private long until;

    Outage(Duration first, Duration longest) {
        this.first = first;
        this.longest = longest;
    }

    /** Returns how long to wait after so many failures in a row. Half of it is random, so that many hosts spread out. */
    Duration pause(int failed) {
        long nanos = first.toNanos() << Math.min(failed - 1, MOST_DOUBLINGS);
        long most = nanos > 0 ? Math.min(nanos, longest.toNanos()) : longest.toNanos();
        return Duration.ofNanos(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
    }

    /** Notes a failure, and returns whether the outage begins with it. Those that began before the pause count as one. */
    synchronized boolean failed(String why) {
        boolean begins = cause == null;
        cause = why;
        if (begins || System.nanoTime() - until >= 0) {
            failures++;
            until = System.nanoTime() + pause(failures).toNanos();
        }
        return begins;
    }

    /** Notes a success, and returns whether an outage ends with it. */
    synchronized boolean ended() {
        boolean ends = cause != null;
        cause = null;
        failures = 0;
        return ends;
    }

    /** Returns how long to wait still. */
    synchronized Duration left() {
        return cause == null ? Duration.ZERO : Duration.ofNanos(Math.max(0, until - System.nanoTime()));
    }

    synchronized Optional<String> cause() {
        return Optional.ofNullable(cause);
    }
}
