package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Work for one receipt of a fetch, on a worker thread. It ends at most a second after its deadline: some workers cannot
 * be stopped, for example while they resolve a name; then it ends without them.
 */
final class UploadTask<T> implements Deadline.Abortable {

    /** The work itself. */
    interface Work<T> {
        T run() throws PeerException;
    }

    /** Why a task failed whose waiting thread was interrupted. */
    static final String INTERRUPTED = "the waiting thread was interrupted";

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
        deadline.register(task);
        lane.execute(() -> task.run(work));
        return task;
    }

    private void run(Work<T> work) {
        if (!begun.compareAndSet(false, true)) {
            return;
        }
        try {
            deadline.requireTime();
            end(work.run());
        } catch (PeerException e) {
            if (e.remedy() == Remedy.NONE) {
                deadline.cancel();
            }
            fail(e);
        } catch (RuntimeException | Error e) {
            deadline.cancel();
            fail(e);
        }
    }

    private void end(T value) {
        deadline.unregister(this);
        result.complete(value);
    }

    private void fail(Throwable cause) {
        deadline.unregister(this);
        result.completeExceptionally(cause);
    }

    /** Ends a task that has not begun. Gives one that runs a moment to release its resources. */
    @Override
    public void abort() {
        if (begun.compareAndSet(false, true)) {
            fail(deadline.reason());
        } else {
            var unused = result.orTimeout(deadline.grace().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    /** Completes when the task has ended, whether or not it failed. */
    CompletableFuture<Boolean> ended() {
        return result.handle((value, failure) -> true);
    }

    /** Waits for the result. */
    T await() throws PeerException {
        try {
            return result.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            deadline.cancel();
            throw new PeerException(Kind.TIMEOUT, Remedy.NONE, INTERRUPTED);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof PeerException cause) {
                throw cause;
            }
            if (e.getCause() instanceof TimeoutException) {
                throw deadline.reason();
            }
            throw new IllegalStateException("fetching failed by a fault of the fetcher itself", e.getCause());
        }
    }

    Failure failure(PeerException e) {
        return new Failure(index, receipt.id(), e.kind(), e.text());
    }

    /** Waits until a cancelled task has released its resources, or does not in time. */
    void settle() {
        ended().join();
    }
}
