package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.handover.HandOver;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** A part of the application in this process. It is told on a thread that may block, and sees no token. */
final class InProcessParty implements Party {

    private final HandOver handOver;
    private final Executor executor;

    InProcessParty(HandOver handOver, Executor executor) {
        this.handOver = handOver;
        this.executor = executor;
    }

    @Override
    public CompletableFuture<Outcome> tell(Told told) {
        try {
            return CompletableFuture.supplyAsync(() -> call(told), executor);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.completedFuture(new Outcome.Failed("the host is stopping", Optional.empty()));
        }
    }

    /** Whatever the application throws, also an error, is no reason to lose the upload. */
    private Outcome call(Told told) {
        try {
            return new Outcome.Said(
                    Objects.requireNonNull(handOver.stored(told.issued().receipt()), "it returned no verdict"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome.Failed("it was interrupted", Optional.empty());
        } catch (Exception | Error e) {
            return new Outcome.Failed(String.valueOf(e), Optional.empty());
        }
    }
}
