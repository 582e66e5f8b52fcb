package io.github.uploadreceipts.testing;

import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for what another thread or process does. */
public final class Await {

    /** Longer than anything that is awaited takes, on a machine that does much else. */
    public static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final long FIRST_PAUSE_NANOS = 1_000_000;
    private static final long LONGEST_PAUSE_NANOS = 32_000_000;

    private Await() {}

    /** A condition to wait for. */
    public interface Condition {
        boolean isTrue() throws Exception;
    }

    public static void until(String what, Condition condition) throws Exception {
        until(PATIENCE, () -> "no " + what, condition);
    }

    /**
     * Fails after {@code patience}.
     *
     * @param otherwise the message of the failure
     */
    public static void until(Duration patience, Supplier<String> otherwise, Condition condition) throws Exception {
        if (!isTrueWithin(patience, condition)) {
            fail(otherwise.get());
        }
    }

    /** Returns whether the condition is true at some time before {@code patience} ends. */
    public static boolean isTrueWithin(Duration patience, Condition condition) throws Exception {
        long end = System.nanoTime() + patience.toNanos();
        long pause = FIRST_PAUSE_NANOS;
        while (!condition.isTrue()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS); // what takes seconds is not asked every millisecond
        }
        return true;
    }
}
