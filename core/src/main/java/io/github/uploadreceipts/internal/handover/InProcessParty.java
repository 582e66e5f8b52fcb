package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.handover.HandOver;
import io.github.uploadreceipts.handover.HandedOver;
import io.github.uploadreceipts.internal.engine.StoredUploads;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** A part of the application in this process. It is told on a thread that may block, and sees no token. */
final class InProcessParty implements Party {

    private final HandOver handOver;
    private final StoredUploads uploads;
    private final Executor executor;

    /** @param uploads those of this host, also unfinished ones */
    InProcessParty(HandOver handOver, StoredUploads uploads, Executor executor) {
        this.handOver = handOver;
        this.uploads = uploads;
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

    private record OwnUpload(UploadReceipt receipt, StoredUploads uploads) implements HandedOver {

        @Override
        public InputStream open() throws IOException {
            return uploads.open(receipt, receipt.owner()).open();
        }
    }

    /** Whatever the application throws, also an error, is no reason to lose the upload. */
    private Outcome call(Told told) {
        try {
            HandedOver upload = new OwnUpload(told.issued().receipt(), uploads);
            return new Outcome.Said(Objects.requireNonNull(handOver.stored(upload), "it returned no verdict"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome.Failed("it was interrupted", Optional.empty());
        } catch (Exception | Error e) {
            return new Outcome.Failed(String.valueOf(e), Optional.empty());
        }
    }
}
