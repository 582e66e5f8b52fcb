package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.StoreFailures;
import io.github.uploadreceipts.internal.peer.PeerQuestions;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Runs what blocks on the disk off the threads of its callers. */
record Background(Executor executor) {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    /** What is done with an upload's links. */
    interface Step<T> {
        T run() throws StoreException, RefusedException;
    }

    /** Returns what the step returns. The future fails with a {@link RefusedException} if it throws one, or fails. */
    <T> CompletableFuture<T> run(UploadId id, Step<T> step) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            executor.execute(() -> {
                try {
                    result.complete(step.run());
                } catch (StoreException e) {
                    result.completeExceptionally(StoreFailures.refusal(id, e));
                } catch (RefusedException e) {
                    result.completeExceptionally(e);
                } catch (RuntimeException | Error e) {
                    result.completeExceptionally(fault("a share link of upload " + id + " failed", e));
                }
            });
        } catch (RuntimeException e) { // the host is stopping, or its executor is full
            result.completeExceptionally(new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE)));
        }
        return result;
    }

    /** Logs a fault of this host, and returns the refusal, which says nothing about it. */
    static UploadRefusedException fault(String what, Throwable cause) {
        LOG.log(Level.ERROR, what + " unexpectedly", cause);
        return new UploadRefusedException(Problem.of(ProblemType.STORAGE_FAILED));
    }

    /** Returns a future that fails with what {@code future} failed with, which other futures wrap. */
    static <T> CompletableFuture<T> unwrapped(CompletableFuture<T> future) {
        CompletableFuture<T> result = new CompletableFuture<>();
        var unused = future.whenComplete((value, failure) -> {
            if (failure == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(PeerQuestions.cause(failure));
            }
        });
        return result;
    }
}
