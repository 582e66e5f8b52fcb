package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.internal.Loggers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
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

    private void start(Work work) {
        try {
            executor.execute(() -> {
                try {
                    var unused = work.begin().whenComplete((done, failure) -> ended(failure));
                } catch (RuntimeException | Error e) {
                    ended(e);
                }
            });
        } catch (RejectedExecutionException e) { // the host is stopping; the next start goes on
            LOG.log(Level.DEBUG, "a hand-over is left to the next start: " + e);
        }
    }

    private static boolean isOfStopping(Throwable failure) {
        return failure instanceof RejectedExecutionException
                || failure.getCause() instanceof RejectedExecutionException;
    }

    private void ended(@Nullable Throwable failure) {
        if (failure != null && !isOfStopping(failure)) {
            LOG.log(Level.ERROR, "handing over an upload failed by a fault of this library", failure);
        }
        Work next;
        synchronized (this) {
            next = waiting.poll();
            if (next == null) {
                running--;
            }
        }
        if (next != null) {
            start(next);
        }
    }
}
