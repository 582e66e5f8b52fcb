package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.internal.Loggers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks on a limited number of another executor's threads. Further tasks wait. Safe for use by several threads.
 */
public final class BoundedExecutor implements Executor {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    private final int threads;
    private final Executor executor;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int working;

    /**
     * Creates an executor.
     *
     * @param threads how many tasks run at once
     * @param executor whose threads they use
     */
    public BoundedExecutor(int threads, Executor executor) {
        this.threads = threads;
        this.executor = executor;
    }

    @Override
    public void execute(Runnable task) {
        synchronized (this) {
            if (working == threads) {
                waiting.add(task);
                return;
            }
            working++;
        }
        try {
            executor.execute(() -> work(task));
        } catch (RuntimeException | Error e) { // an error if the machine has no thread left
            synchronized (this) {
                working--;
            }
            throw e;
        }
    }

    private void work(Runnable first) {
        for (@Nullable Runnable task = first; task != null; task = next()) {
            try {
                task.run();
            } catch (RuntimeException | Error e) { // the next tasks have to run all the same
                LOG.log(Level.ERROR, "a task failed unexpectedly", e);
            }
        }
    }

    private synchronized @Nullable Runnable next() {
        Runnable task = waiting.poll();
        if (task == null) {
            working--;
        }
        return task;
    }
}
