package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The uploads of a fetch that gets all of them before it returns. */
public final class FetchedSet implements FetchedUploads {

    private final FetchRun run;
    private final List<HeldUpload> uploads;
    private volatile boolean closed;

    private FetchedSet(FetchRun run, List<HeldUpload> uploads) {
        this.run = run;
        this.uploads = List.copyOf(uploads);
    }

    /**
     * Claims and gets all the uploads. Closing the set closes {@code run}.
     *
     * @throws FetchException if any upload cannot be claimed or fetched; {@code run} is then closed
     */
    public static FetchedSet of(FetchRun run) throws FetchException {
        return new FetchedSet(run, run.fetch());
    }

    /**
     * Claims and gets all the uploads, while no thread waits. The returned future fails with the same exception as
     * {@link #of}, as itself.
     */
    public static CompletableFuture<FetchedUploads> inBackground(FetchRun run) {
        CompletableFuture<FetchedUploads> result = new CompletableFuture<>();
        var unused = run.fetchInBackground().handle((uploads, failure) -> {
            if (failure != null) {
                Throwable cause = failure.getCause();
                return result.completeExceptionally(
                        failure instanceof CompletionException && cause != null ? cause : failure);
            }
            FetchedSet set = new FetchedSet(run, uploads);
            if (!result.complete(set)) { // the caller has completed it, and so does not want it
                set.close();
            }
            return true;
        });
        return result;
    }

    @Override
    public Iterator<FetchedUpload> iterator() {
        return list().iterator();
    }

    @Override
    public List<FetchedUpload> list() {
        if (closed) {
            throw new IllegalStateException("the fetched uploads are closed");
        }
        return List.copyOf(uploads);
    }

    @Override
    public void discard() throws FetchException {
        run.discard(uploads.size());
    }

    @Override
    public void close() {
        closed = true;
        uploads.forEach(HeldUpload::release);
        run.close();
    }
}
