package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.fetch.BackgroundFetch;
import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Makes albums on one host: fetches the uploads of the receipts, keeps them in that order, and discards the uploads.
 */
final class AlbumMaker {

    private static final Logger LOG = System.getLogger(AlbumMaker.class.getName());

    private final HostPlan plan;
    private final Fleet fleet;
    private final PeerFetcher fetcher;
    private final FetchTimes times;

    AlbumMaker(HostPlan plan, Fleet fleet, PeerFetcher fetcher, FetchTimes times) {
        this.plan = plan;
        this.fleet = fleet;
        this.fetcher = fetcher;
        this.times = times;
    }

    /**
     * Starts to make the album, and waits for nothing. If the same order has made one, or is making it, returns that: a
     * client that lost the response asks again. If the album cannot be made, the uploads are not discarded.
     *
     * @throws UploadRefusedException if this order made another album
     */
    Making make(List<UploadReceipt> receipts, Submission submission) throws UploadRefusedException, IOException {
        if (submission.order().isEmpty()) {
            return start(receipts, submission);
        }
        Making making = fleet.albums().making(submission.order().get(), () -> start(receipts, submission));
        making.requireSame(receipts);
        return making;
    }

    private Making start(List<UploadReceipt> receipts, Submission submission) {
        Optional<Claim> claim = submission.order().map(Claim::of);
        BackgroundFetch fetch = claim.isPresent()
                ? fetcher.fetchInBackground(receipts, claim.get())
                : fetcher.fetchInBackground(receipts);
        return Making.of(receipts, fetch, fetch.result().handle((files, failure) -> {
            try (fetch) {
                return keep(files, failure, submission);
            } finally {
                times.forget(receipts);
            }
        }));
    }

    private MadeAlbum keep(@Nullable FetchedUploads files, @Nullable Throwable failure, Submission submission) {
        if (files == null) {
            throw new CompletionException(failure);
        }
        try (Albums.Draft draft = fleet.albums().draft()) {
            List<MadeAlbum.Item> items = new ArrayList<>();
            for (FetchedUpload file : files) {
                file.moveTo(draft.file(items.size()));
                items.add(item(file, submission.caption(items.size())));
            }
            MadeAlbum album = draft.publish(submission.order().orElse(""), plan.authority(), items);
            discard(files);
            return album;
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private MadeAlbum.Item item(FetchedUpload file, String caption) {
        UploadReceipt receipt = file.receipt();
        return new MadeAlbum.Item(
                receipt.id().toString(),
                receipt.name(),
                receipt.type(),
                receipt.size(),
                receipt.digest().hex(),
                fleet.authority(receipt.owner().base()),
                caption,
                !file.isLocal(),
                times.take(receipt));
    }

    /**
     * Discards the uploads, once the album is made. If an owner cannot discard one now, it purges it when it expires.
     */
    private static void discard(FetchedUploads files) {
        try {
            files.discard();
        } catch (FetchException e) {
            LOG.log(Level.WARNING, "some uploads stay until they expire: {0}", e.getMessage());
        }
    }
}
