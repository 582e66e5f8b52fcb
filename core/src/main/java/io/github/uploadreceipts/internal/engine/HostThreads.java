package io.github.uploadreceipts.internal.engine;

import java.io.Closeable;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A host's threads: one timer, an executor for blocking work on the disk, and threads that wait for peers. The latter
 * are separate, so that uploads are forced and published whatever peers do.
 */
final class HostThreads implements Closeable {

    private static final int THREADS = 32;
    private static final int LONG_WORK_THREADS = THREADS / 4;

    private final Executor executor;
    private final Optional<ThreadPoolExecutor> own;
    private final ThreadPoolExecutor waiting;
    private final ScheduledThreadPoolExecutor timer;

    /** @param given the application's executor; if empty, the host has its own */
    HostThreads(Optional<Executor> given) {
        this.own = given.isPresent() ? Optional.empty() : Optional.of(newExecutor());
        this.executor = given.isPresent() ? given.get() : own.orElseThrow();
        this.waiting = newWaiting();
        this.timer = new ScheduledThreadPoolExecutor(1, daemons("upload-receipts-timer-"));
        timer.setRemoveOnCancelPolicy(true);
    }

    private static ThreadPoolExecutor newExecutor() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons("upload-receipts-"));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ThreadPoolExecutor newWaiting() {
        return new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), daemons("upload-receipts-peer-"));
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

    /** Returns an executor for work that waits for peers. It shares no thread with other work. */
    Executor newWaitingExecutor(int threads) {
        return new BoundedExecutor(threads, waiting);
    }

    /**
     * Runs a task on the executor again and again, one run at a time: a disk that hangs must not take up one thread after
     * the other. A run for which the executor has no room is left out.
     *
     * @param delay seconds before the first run
     * @param interval seconds between two runs, at least
     */
    void repeat(long delay, long interval, Runnable task) {
        AtomicBoolean running = new AtomicBoolean();
        var unused = timer.scheduleWithFixedDelay(() -> runOnce(running, task), delay, interval, TimeUnit.SECONDS);
    }

    private void runOnce(AtomicBoolean running, Runnable task) {
        if (!running.compareAndSet(false, true)) {
            return;
        }
        try {
            executor.execute(() -> {
                try {
                    task.run();
                } finally {
                    running.set(false);
                }
            });
        } catch (RuntimeException | Error e) { // the timer would never again run a task that has thrown
            running.set(false);
        }
    }

    ScheduledExecutorService timer() {
        return timer;
    }

    /** Stops the timer, and waits up to ten seconds for work on the host's own threads. */
    @Override
    public void close() {
        timer.shutdownNow();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        shutDown(waiting, end); // first, because what has come from a peer has to be published
        own.ifPresent(pool -> shutDown(pool, end));
    }

    private static void shutDown(ThreadPoolExecutor pool, long end) {
        pool.shutdown();
        try {
            if (!pool.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                pool.shutdownNow();
            }
        } catch (InterruptedException e) {
            pool.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
