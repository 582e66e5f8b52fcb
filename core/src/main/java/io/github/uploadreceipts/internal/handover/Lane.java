package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.internal.Loggers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Runs work that takes long without a thread, some of it at once. The other work waits. Work for one receiver takes only a
 * part of the places, so that a slow receiver does not hold up what is for others.
 */
final class Lane {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    private final int most;
    private final int mostForOne;
    private final Executor executor;
    private final Map<String, Queue<Work>> waiting = new LinkedHashMap<>(); // guarded by this; none is empty
    private final Map<String, Integer> running = new HashMap<>(); // guarded by this; none is zero
    private int all; // guarded by this

    /** Work that begins on the executor, and ends when its future completes. */
    interface Work {
        CompletableFuture<?> begin();

        String receiver();

        /** It could not begin, or failed unexpectedly. */
        void failed(Throwable failure);
    }

    /**
     * @param most how much work runs at once
     * @param mostForOne how much of that may be for one receiver
     */
    Lane(int most, int mostForOne, Executor executor) {
        this.most = most;
        this.mostForOne = mostForOne;
        this.executor = executor;
    }

    void add(Work work) {
        synchronized (this) {
            if (!mayRun(work.receiver())) {
                waiting.computeIfAbsent(work.receiver(), receiver -> new ArrayDeque<>())
                        .add(work);
                return;
            }
            count(work.receiver());
        }
        start(work);
    }

    /** Starts work that is counted, and other work in its place as long as none can be started. */
    private void start(Work first) {
        for (@Nullable Work work = first; work != null; work = next(work)) {
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
        Work next = next(work);
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

    private boolean mayRun(String receiver) {
        return all < most && running.getOrDefault(receiver, 0) < mostForOne;
    }

    private void count(String receiver) {
        all++;
        running.merge(receiver, 1, Integer::sum);
    }

    /** Returns other work, which is counted, for the place of work that has ended. The receivers take turns. */
    private synchronized @Nullable Work next(Work ended) {
        all--;
        running.computeIfPresent(ended.receiver(), (receiver, count) -> count == 1 ? null : count - 1);
        for (String receiver : waiting.keySet()) {
            if (mayRun(receiver)) {
                return poll(receiver);
            }
        }
        return null;
    }

    private @Nullable Work poll(String receiver) {
        Queue<Work> queue = waiting.remove(receiver);
        if (queue == null) {
            return null;
        }
        Work next = queue.poll();
        if (!queue.isEmpty()) {
            waiting.put(receiver, queue); // at the end
        }
        count(receiver);
        return next;
    }
}
