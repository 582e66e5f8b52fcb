package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.store.StoreException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The threads that send parts of uploads, and the memory that these may take. */
final class Senders {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final int UNIT = 1024;
    private static final int TRIES = 8;
    private static final int MOST_WAITING = 10_000;
    private static final long CLOSE_SECONDS = 10;

    private final ScheduledThreadPoolExecutor threads;
    private final Semaphore units;
    private final long buffers;
    private final long patienceMillis;

    /** A task that can be tried again. */
    interface Cleaning {
        void run() throws StoreException;
    }

    /**
     * @param buffers how many bytes all buffers together may have
     * @param patienceMillis how long a writer waits for a part before it, or for memory
     */
    Senders(int count, long buffers, long patienceMillis) {
        AtomicInteger number = new AtomicInteger();
        this.threads = new ScheduledThreadPoolExecutor(count, task -> {
            Thread thread = new Thread(task, "upload-receipts-object-storage-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        this.buffers = buffers;
        this.units = new Semaphore(Math.toIntExact(buffers / UNIT), true);
        this.patienceMillis = patienceMillis;
    }

    /** Returns how many bytes all buffers together may have. */
    long buffers() {
        return buffers;
    }

    /** Refuses new uploads before those that are arriving get no more memory. */
    void requireRoom() throws StoreException {
        requireOpen();
        if (units.availablePermits() < buffers / UNIT / 4) {
            throw noBuffers();
        }
    }

    void requireOpen() throws StoreException {
        if (threads.isShutdown()) {
            throw closed(null);
        }
    }

    boolean tryReserve(int bytes) {
        return units.tryAcquire(unitsOf(bytes));
    }

    void reserve(int bytes) throws StoreException {
        try {
            if (!units.tryAcquire(unitsOf(bytes), patienceMillis, TimeUnit.MILLISECONDS)) {
                throw noBuffers();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    void release(int bytes) {
        units.release(unitsOf(bytes));
    }

    private static int unitsOf(int bytes) {
        return (bytes + UNIT - 1) / UNIT;
    }

    private StoreException noBuffers() {
        return new StoreException.Unavailable(
                "uploads arrive faster than the object store takes them, and all " + (buffers >> 20)
                        + " MiB of buffers are in use: raise ObjectUploadStore.Builder.buffers, or let fewer uploads in",
                null);
    }

    Future<?> send(Callable<?> part) throws StoreException {
        try {
            return threads.submit(part);
        } catch (RejectedExecutionException e) {
            throw closed(e);
        }
    }

    /** Waits for a part that another part must not overtake. */
    void await(Future<?> part) throws StoreException {
        try {
            var unused = part.get(patienceMillis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new StoreException.Unavailable(
                    "the object store has not taken a part of an upload in " + patienceMillis / 1000
                            + " seconds: see whether it is slow, or its network",
                    e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (CancellationException e) {
            throw closed(e);
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    /** Waits until a part that was begun earlier has been sent or has failed. */
    void awaitEnd(Future<?> part) throws StoreException {
        try {
            await(part);
        } catch (StoreException e) {
            if (!part.isDone()) {
                throw e;
            }
        }
    }

    private static StoreException failure(ExecutionException e) {
        return e.getCause() instanceof StoreException cause
                ? cause
                : new StoreException.Failed("a part could not be sent: " + e.getCause(), e);
    }

    private static StoreException closed(@Nullable Exception e) {
        return new StoreException.Unavailable("the store is closed", e);
    }

    private static StoreException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new StoreException.Failed("interrupted while waiting for the object store", e);
    }

    /** Runs all tasks, and fails as one of them did. */
    void all(Collection<? extends Callable<Boolean>> tasks) throws StoreException {
        try {
            for (Future<Boolean> done : threads.invokeAll(tasks)) {
                var unused = done.get();
            }
        } catch (RejectedExecutionException e) {
            throw closed(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    private boolean isBusy() {
        return threads.getQueue().size() >= MOST_WAITING;
    }

    /** Runs a task that others run again if it fails, or if too many wait. */
    void tryOnce(Callable<?> task) {
        if (!isBusy()) {
            try {
                var unused = threads.submit(task);
            } catch (RejectedExecutionException e) {
                // the store is closed
            }
        }
    }

    /** Runs a task on one of the threads, and again after a while if the object store is not there. */
    void clean(String what, Cleaning task) {
        if (!isBusy()) { // what is left is purged with its hour
            clean(what, task, 1);
        }
    }

    private void clean(String what, Cleaning task, int attempt) {
        try {
            long delay = attempt == 1 ? 0 : 1L << attempt;
            var unused = threads.schedule(() -> tryOnce(what, task, attempt), delay, TimeUnit.SECONDS);
        } catch (RejectedExecutionException e) {
            left(what, "the store is closed");
        }
    }

    private void tryOnce(String what, Cleaning task, int attempt) {
        try {
            task.run();
        } catch (StoreException e) {
            if (attempt < TRIES) {
                clean(what, task, attempt + 1);
            } else {
                left(what, e.toString());
            }
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, what + " could not be deleted", e);
        }
    }

    private static void left(String what, String why) {
        LOG.log(Level.WARNING, "{0} could not be deleted, and is left to the purge of its hour: {1}", what, why);
    }

    /** Lets tasks that have begun end, for a while. */
    void close() {
        close(CLOSE_SECONDS);
    }

    /** Lets tasks that have begun, or are to begin soon, end for so long. */
    void close(long seconds) {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(seconds, TimeUnit.SECONDS)) {
                threads.shutdownNow().forEach(task -> ((Future<?>) task).cancel(false));
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
