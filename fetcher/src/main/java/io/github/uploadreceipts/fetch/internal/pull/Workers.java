package io.github.uploadreceipts.fetch.internal.pull;

import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The fetcher's threads. Each fetch has a lane, which a few of them serve, so that one that is stuck does not hold up the
 * others. Lanes beyond a bound take turns with the rest, task by task. Each thread has one buffer, so that memory does not
 * grow with uploads.
 *
 * <p>Safe for use by several threads.
 */
final class Workers implements Closeable {

    /** How many lanes are busy at once without having to take turns. */
    static final int MAX_LANES = 16;

    private static final int BUFFER = 128 * 1024;
    private static final long IDLE_SECONDS = 10;

    private final int perLane;
    private final ThreadPoolExecutor pool;
    private int busyLanes;

    Workers(int perLane) {
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
    }

    /** Returns how many threads there can be. */
    static int most(int perLane) {
        return perLane * MAX_LANES;
    }

    private static final class Worker extends Thread {

        private final byte[] buffer = new byte[BUFFER];

        Worker(Runnable task, String name) {
            super(task, name);
            setDaemon(true);
        }
    }

    /** Returns the buffer of the worker that asks. */
    static byte[] buffer() {
        return Thread.currentThread() instanceof Worker worker ? worker.buffer : new byte[BUFFER];
    }

    Lane newLane() {
        return new Lane();
    }

    /** What one fetch has to do, in the order in which it came. Never more of it is in the pool than a lane's threads. */
    final class Lane {

        private final Queue<Runnable> waiting = new ArrayDeque<>();
        private int inPool;

        private Lane() {}

        /**
         * Has {@code task} run when a worker is free.
         *
         * @throws IllegalStateException if the workers are closed
         */
        void execute(Runnable task) {
            synchronized (Workers.this) {
                if (pool.isShutdown()) {
                    throw new IllegalStateException("the fetcher is closed");
                }
                if (inPool == perLane) {
                    waiting.add(task);
                    return;
                }
                if (inPool++ == 0) {
                    grow(1);
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

        /** Lines the next task up behind those of other lanes. If nothing can be any more, returns it: it was called off. */
        private @Nullable Runnable next() {
            synchronized (Workers.this) {
                Runnable next = waiting.poll();
                if (next == null) {
                    if (--inPool == 0) {
                        grow(-1);
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

    private void grow(int lanes) {
        busyLanes += lanes;
        pool.setCorePoolSize(perLane * Math.max(1, Math.min(busyLanes, MAX_LANES)));
    }

    /** Takes no more tasks. Those that run were called off before. */
    @Override
    public synchronized void close() {
        pool.shutdown();
    }
}
