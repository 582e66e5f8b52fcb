package io.github.uploadreceipts.internal.engine;

import java.io.Closeable;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A host's threads: one timer, and an executor for blocking work. */
final class HostThreads implements Closeable {

    private static final int THREADS = 32;
    private static final int LONG_WORK_THREADS = THREADS / 4;

    private final Executor executor;
    private final Optional<ThreadPoolExecutor> own;
    private final ScheduledThreadPoolExecutor timer;

    /** @param given the application's executor; if empty, the host has its own */
    HostThreads(Optional<Executor> given) {
        this.own = given.isPresent() ? Optional.empty() : Optional.of(newExecutor());
        this.executor = given.isPresent() ? given.get() : own.orElseThrow();
        this.timer = new ScheduledThreadPoolExecutor(1, daemons("upload-receipts-timer-"));
        timer.setRemoveOnCancelPolicy(true);
    }

    private static ThreadPoolExecutor newExecutor() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons("upload-receipts-"));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ThreadFactory daemons(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            thread.setContextClassLoader(HostThreads.class.getClassLoader()); // not the one of the creating request
            return thread;
        };
    }

    Executor executor() {
        return executor;
    }

    /** Returns an executor for work that takes long. It leaves most of the threads to work that does not. */
    Executor newLongWorkExecutor() {
        return new BoundedExecutor(LONG_WORK_THREADS, executor);
    }

    ScheduledExecutorService timer() {
        return timer;
    }

    /** Stops the timer, and waits up to ten seconds for work on the host's own threads. */
    @Override
    public void close() {
        timer.shutdownNow();
        own.ifPresent(HostThreads::shutDown);
    }

    private static void shutDown(ThreadPoolExecutor pool) {
        pool.shutdown();
        try {
            if (!pool.awaitTermination(10, TimeUnit.SECONDS)) {
                pool.shutdownNow();
            }
        } catch (InterruptedException e) {
            pool.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
