package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Work for one receipt of a set, on a worker. Whoever waits for it waits at most a second longer than its deadline. */
final class UploadTask<T> {

    /** What is done. */
    interface Work<T> {
        T run() throws PeerException;
    }

    private final int index;
    private final UploadReceipt receipt;
    private final Deadline deadline;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CompletableFuture<T> result = new CompletableFuture<>();

    private UploadTask(int index, UploadReceipt receipt, Deadline deadline) {
        this.index = index;
        this.receipt = receipt;
        this.deadline = deadline;
    }

    static <T> UploadTask<T> start(
            Workers.Lane lane, int index, UploadReceipt receipt, Deadline deadline, Work<T> work) {
        UploadTask<T> task = new UploadTask<>(index, receipt, deadline);
        lane.execute(() -> task.run(work));
        return task;
    }

    private void run(Work<T> work) {
        if (!begun.compareAndSet(false, true)) {
            return;
        }
        try {
            deadline.requireTime();
            result.complete(work.run());
        } catch (PeerException e) {
            if (e.remedy() == Remedy.NONE) {
                deadline.cancel();
            }
            result.completeExceptionally(e);
        } catch (RuntimeException | Error e) {
            deadline.cancel();
            result.completeExceptionally(e);
        }
    }

    /**
     * Waits for the result until the deadline. It does not wait longer for a worker that cannot be stopped, because it
     * resolves a name, for example.
     */
    T await() throws PeerException {
        try {
            return await(deadline.remaining());
        } catch (TimeoutException e) {
            return awaitNoMore();
        }
    }

    private T awaitNoMore() throws PeerException {
        try {
            return await(begun.compareAndSet(false, true) ? Duration.ZERO : deadline.grace());
        } catch (TimeoutException e) {
            throw deadline.reason();
        }
    }

    private T await(Duration duration) throws PeerException, TimeoutException {
        try {
            return result.get(duration.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            deadline.cancel();
            throw new PeerException(Kind.TIMEOUT, Remedy.NONE, "the waiting thread was interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof PeerException cause) {
                throw cause;
            }
            throw new IllegalStateException("fetching failed by a fault of the fetcher itself", e.getCause());
        }
    }

    Failure failure(PeerException e) {
        return new Failure(index, receipt.id(), e.kind(), e.text());
    }

    /** Waits a moment until a cancelled task has released what it holds. If it has not begun, it never will. */
    void settle() {
        if (begun.compareAndSet(false, true)) {
            return;
        }
        try {
            var unused = await(deadline.grace());
        } catch (PeerException | TimeoutException | IllegalStateException e) {
            // it failed; or it ends later, and then it can create no file any more
        }
    }
}
