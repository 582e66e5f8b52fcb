package io.github.uploadreceipts.fetch.internal.pull;

import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The fetcher's threads. Each fetch has a lane, which a few threads serve. So a fetch that is stuck does not delay the
 * others. If more than 16 lanes are busy, they take turns, task by task. Each thread has one buffer,
 * so memory does not grow with the number of uploads.
 *
 * <p>Safe for use by several threads.
 */
public final class Workers implements Closeable {

    /** How many lanes can be busy at once without taking turns. */
    static final int MAX_LANES = 16;

    private static final int BUFFER = 128 * 1024;
    private static final String AFTERWARDS = "upload-receipts-fetched";
    private static final long IDLE_SECONDS = 10;

    private final int perLane;
    private final ThreadPoolExecutor pool;
    private final ThreadPoolExecutor afterwards;
    private int wanted; // how many threads the busy lanes want

    /**
     * Creates the workers. Their threads start with the first task.
     *
     * @param perLane how many tasks of one lane run at once
     */
    public Workers(int perLane) {
        AtomicInteger count = new AtomicInteger();
        this.perLane = perLane;
        this.pool = new ThreadPoolExecutor(
                perLane,
                most(perLane),
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> new Worker(task, "upload-receipts-fetch-" + count.incrementAndGet()));
        pool.allowCoreThreadTimeOut(true);
        this.afterwards = new ThreadPoolExecutor(
                MAX_LANES,
                MAX_LANES,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> daemon(task, AFTERWARDS));
        afterwards.allowCoreThreadTimeOut(true);
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Returns the maximum number of threads. */
    public static int most(int perLane) {
        return perLane * MAX_LANES;
    }

    private static final class Worker extends Thread {

        private final byte[] buffer = new byte[BUFFER];

        Worker(Runnable task, String name) {
            super(task, name);
            setDaemon(true);
        }
    }

    /** Returns the buffer of the calling worker thread; on any other thread, a new buffer. */
    static byte[] buffer() {
        return Thread.currentThread() instanceof Worker worker ? worker.buffer : new byte[BUFFER];
    }

    /**
     * Returns what runs the application's work with the result of a fetch that nobody waited for. That work may wait for
     * tasks of a lane, so a worker must not do it.
     */
    Executor afterwards() {
        return task -> {
            try {
                afterwards.execute(task);
            } catch (RejectedExecutionException e) { // the fetcher is closed, and whoever waits has to be told
                daemon(task, AFTERWARDS).start();
            }
        };
    }

    /** Returns a lane that runs as many tasks at once as the settings say. */
    Lane newLane() {
        return newLane(perLane);
    }

    /**
     * Returns a lane.
     *
     * @param width how many of its tasks run at once, as long as there are so many threads
     */
    Lane newLane(int width) {
        return new Lane(width);
    }

    /** The tasks of one fetch, in order. The pool never holds more of them than may run at once. */
    final class Lane {

        private final Queue<Runnable> waiting = new ArrayDeque<>();
        private final int width;
        private int inPool;

        private Lane(int width) {
            this.width = Math.min(width, most(perLane));
        }

        /**
         * Runs {@code task} as soon as a worker is free.
         *
         * @throws IllegalStateException if the workers are closed
         */
        void execute(Runnable task) {
            synchronized (Workers.this) {
                if (pool.isShutdown()) {
                    throw new IllegalStateException("the fetcher is closed");
                }
                if (inPool == width) {
                    waiting.add(task);
                    return;
                }
                if (inPool++ == 0) {
                    grow(width);
                }
                pool.execute(() -> run(task));
            }
        }

        private void run(Runnable first) {
            @Nullable Runnable task = first;
            while (task != null) {
                try {
                    task.run();
                } finally {
                    task = next();
                }
            }
        }

        /**
         * Queues the next task behind those of other lanes. If the pool is closed, returns the task, which was
         * cancelled and ends at once.
         */
        private @Nullable Runnable next() {
            synchronized (Workers.this) {
                Runnable next = waiting.poll();
                if (next == null) {
                    if (--inPool == 0) {
                        grow(-width);
                    }
                    return null;
                }
                try {
                    pool.execute(() -> run(next));
                    return null;
                } catch (RejectedExecutionException e) {
                    return next;
                }
            }
        }
    }

    /** Returns a new timer, whose tasks must be short. Who asks for it shuts it down. */
    public static ScheduledExecutorService newTimer() {
        ScheduledThreadPoolExecutor timer =
                new ScheduledThreadPoolExecutor(1, task -> daemon(task, "upload-receipts-fetch-timer"));
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    private void grow(int threads) {
        wanted += threads;
        pool.setCorePoolSize(Math.max(perLane, Math.min(wanted, most(perLane))));
    }

    /** Accepts no more tasks. The tasks that still run were cancelled before. */
    @Override
    public synchronized void close() {
        pool.shutdown();
        afterwards.shutdown();
    }
}
