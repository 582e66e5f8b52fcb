package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.internal.Loggers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Runs work that takes long without a thread, some of it at once. The other work waits. */
final class Lane {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    private final int most;
    private final Executor executor;
    private final Queue<Work> waiting = new ArrayDeque<>();
    private int running;

    /** Work that begins on the executor, and ends when its future completes. */
    interface Work {
        CompletableFuture<?> begin();

        /** It could not begin, or failed unexpectedly. */
        void failed(Throwable failure);
    }

    /** @param most how much work runs at once */
    Lane(int most, Executor executor) {
        this.most = most;
        this.executor = executor;
    }

    void add(Work work) {
        synchronized (this) {
            if (running == most) {
                waiting.add(work);
                return;
            }
            running++;
        }
        start(work);
    }

    /** Starts work that is counted, and other work in its place as long as none can be started. */
    private void start(Work first) {
        for (@Nullable Work work = first; work != null; work = next()) {
            if (isStarted(work)) {
                return;
            }
        }
    }

    private boolean isStarted(Work work) {
        try {
            executor.execute(() -> begin(work));
            return true;
        } catch (RuntimeException | Error e) { // the host is stopping, or the machine has no thread left
            fail(work, e);
            return false;
        }
    }

    private void begin(Work work) {
        try {
            var unused = work.begin().whenComplete((done, failure) -> ended(work, failure));
        } catch (RuntimeException | Error e) {
            ended(work, e);
        }
    }

    private void ended(Work work, @Nullable Throwable failure) {
        if (failure != null) {
            fail(work, failure);
        }
        Work next = next();
        if (next != null) {
            start(next);
        }
    }

    private static void fail(Work work, Throwable failure) {
        try {
            work.failed(failure);
        } catch (RuntimeException | Error e) { // the next work has to run all the same
            LOG.log(Level.ERROR, "a hand-over is left to the next start", e);
        }
    }

    /** Returns the next work, which is counted in place of work that has ended. */
    private synchronized @Nullable Work next() {
        Work next = waiting.poll();
        if (next == null) {
            running--;
        }
        return next;
    }
}
