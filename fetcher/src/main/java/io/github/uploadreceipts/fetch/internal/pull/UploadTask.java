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

/** Work for one receipt of a fetch, on a worker thread. Waiting for it ends at most a second after its deadline. */
final class UploadTask<T> {

    /** The work itself. */
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
     * Waits for the result until the deadline and the grace after it. Some workers cannot be stopped, for example while
     * they resolve a name; this does not wait for them any longer.
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

    /** Waits up to the grace for a cancelled task to release its resources. A task that has not begun never will. */
    void settle() {
        if (begun.compareAndSet(false, true)) {
            return;
        }
        try {
            var unused = await(deadline.grace());
        } catch (PeerException | TimeoutException | IllegalStateException e) {
            // the task failed; or it still runs, and can no longer create a file
        }
    }
}
