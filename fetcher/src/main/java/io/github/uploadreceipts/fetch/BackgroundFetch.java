package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.fetch.internal.pull.FetchRun;
import io.github.uploadreceipts.fetch.internal.pull.FetchedSet;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.Closeable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A fetch for which no thread waits, from {@link PeerFetcher#fetchInBackground}. It is for final requests that may take
 * longer than a front server waits for a response: the application sends the client {@link #progress} meanwhile.
 *
 * <pre>{@code
 * BackgroundFetch fetch = fetcher.fetchInBackground(receipts, Claim.of(order.id()));
 * fetch.result().whenComplete((photos, failure) -> {
 *     try (fetch) {
 *         // print the photos, or tell the client why there are none
 *     }
 * });
 * }</pre>
 *
 * <p>Safe for use by several threads.
 */
public final class BackgroundFetch implements Closeable {

    private final FetchRun run;
    private final long size;
    private final CompletableFuture<FetchedUploads> result;

    BackgroundFetch(FetchRun run) {
        this.run = run;
        this.size = run.receipts().stream().mapToLong(UploadReceipt::size).sum();
        this.result = FetchedSet.inBackground(run);
    }

    /**
     * How much of a fetch has arrived. The numbers only grow, until those that have arrived are the total.
     *
     * @param bytes how many bytes have arrived
     * @param totalBytes how many bytes all the uploads have, as the receipts say
     * @param uploads how many uploads are complete and proved
     * @param totalUploads how many uploads there are
     */
    public record Progress(long bytes, long totalBytes, int uploads, int totalUploads) {}

    /** Returns how much has arrived by now. This takes no time, so it can be called as often as needed. */
    public Progress progress() {
        return new Progress(
                run.arrived().bytes(),
                size,
                run.arrived().uploads(),
                run.receipts().size());
    }

    /**
     * Returns the result: what {@link PeerFetcher#fetch} would return, or the exception that it would throw, as itself. It
     * completes on one of 16 threads of the fetcher, where what depends on it may read, move and discard the uploads.
     * If all of these are busy with other results, it completes when one of them is free.
     */
    public CompletionStage<FetchedUploads> result() {
        return result;
    }

    /**
     * Ends the fetch if it still runs: its result is then a {@link FetchException} of {@link FetchException.Kind#TIMEOUT}.
     * Otherwise closes the fetched uploads. Either way no copy is left. Uploads that were claimed stay claimed, so the same
     * claim can fetch them again. Closing again does nothing.
     */
    @Override
    public void close() {
        run.close();
        var unused = result.thenAccept(FetchedUploads::close);
    }
}
