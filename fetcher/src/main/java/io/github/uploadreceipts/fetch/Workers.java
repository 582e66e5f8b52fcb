package io.github.uploadreceipts.fetch;

import java.io.Closeable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The fetcher's threads, which all its fetches share. Each has one buffer, so that memory does not grow with uploads. */
final class Workers implements Closeable {

    private static final int BUFFER = 128 * 1024;
    private static final long IDLE_SECONDS = 10;

    private final ThreadPoolExecutor pool;

    Workers(int threads) {
        AtomicInteger count = new AtomicInteger();
        this.pool = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> new Worker(task, "upload-receipts-fetch-" + count.incrementAndGet()));
        pool.allowCoreThreadTimeOut(true);
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

    /**
     * Has {@code task} run when a worker is free.
     *
     * @throws IllegalStateException if this is closed
     */
    void execute(Runnable task) {
        try {
            pool.execute(task);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("the fetcher is closed", e);
        }
    }

    /** Takes no more tasks. Those that run were called off before. */
    @Override
    public void close() {
        pool.shutdown();
    }
}
