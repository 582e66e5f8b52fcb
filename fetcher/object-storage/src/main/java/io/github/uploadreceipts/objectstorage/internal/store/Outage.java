package io.github.uploadreceipts.objectstorage.internal.store;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A time in which nothing can be pushed. Attempts become rare, whatever the number of uploads that wait. One upload that
 * cannot be pushed must not keep the others waiting, and is an outage only as long as no other one succeeds.
 */
final class Outage {

    private static final int MOST_DOUBLINGS = 20;

    /** As long as the store is perhaps there for others, they are tried within seconds. */
    private static final int FEW_FAILURES = 5;

    private final Duration first;
    private final Duration longest;
    private @Nullable String cause;
    private @Nullable Object culprit;
    private boolean pushes;
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

    /**
     * Notes a failure, and returns whether the outage begins with it. Those that began before the pause count as one.
     *
     * @param push whether something was to be written
     * @param all whether it would fail with every other upload, too
     */
    synchronized boolean failed(Object upload, boolean push, boolean all, String why) {
        boolean begins = cause == null;
        boolean others = all || (culprit != null && !culprit.equals(upload));
        pushes |= push;
        cause = why;
        culprit = upload;
        if (others && (failures == 0 || System.nanoTime() - until >= 0)) {
            failures++;
            int counted = all ? failures : Math.min(failures, FEW_FAILURES);
            until = System.nanoTime() + pause(counted).toNanos();
        }
        return begins;
    }

    /**
     * Notes a success, and returns whether an outage ends with it. A store that is full still responds to everything that
     * writes nothing.
     */
    synchronized boolean ended(boolean push) {
        boolean ends = cause != null && (push || !pushes);
        if (!ends) {
            return false;
        }
        pushes = false;
        cause = null;
        culprit = null;
        failures = 0;
        return true;
    }

    /** Returns how long to wait still. */
    synchronized Duration left() {
        return failures == 0 ? Duration.ZERO : Duration.ofNanos(Math.max(0, until - System.nanoTime()));
    }

    synchronized Optional<String> cause() {
        return Optional.ofNullable(cause);
    }
}
