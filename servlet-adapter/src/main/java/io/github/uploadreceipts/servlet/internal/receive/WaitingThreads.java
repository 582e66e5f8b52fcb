package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.util.concurrent.Semaphore;

/**
 * The threads of requests that wait for small bodies. Not many may at the same time, in all of the JVM, so that others
 * have some: less than half of what any container has for its requests by default, and 64 at most.
 */
public final class WaitingThreads {

    static final Semaphore PLACES =
            new Semaphore(Math.min(64, 4 * Math.max(2, Runtime.getRuntime().availableProcessors())));

    private WaitingThreads() {}

    /**
     * Takes a place for this thread.
     *
     * @throws UploadRefusedException if too many wait
     */
    public static void enter() throws UploadRefusedException {
        enter(PLACES);
    }

    /** Takes a place among {@code places}, as {@link #enter()} does. */
    public static void enter(Semaphore places) throws UploadRefusedException {
        if (!places.tryAcquire()) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.UNAVAILABLE, "Too many bodies are awaited; try again later."));
        }
    }

    /** Gives the place of this thread back. */
    public static void leave() {
        PLACES.release();
    }
}
