package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
     * Makes the album, or returns the one that the same order already made: a client that lost the response asks again.
     *
     * @throws FetchException if the album cannot be made; the uploads are not discarded
     * @throws UploadRefusedException if this order made another album
     */
    MadeAlbum make(List<UploadReceipt> receipts, Submission submission) throws UploadRefusedException, IOException {
        if (submission.order().isEmpty()) {
            return makeNew(receipts, submission);
        }
        String order = submission.order().get();
        synchronized (fleet.albums().lock(order)) {
            Optional<MadeAlbum> before = fleet.albums().ofOrder(order);
            if (before.isEmpty()) {
                return makeNew(receipts, submission);
            }
            requireSame(before.get(), receipts);
            return before.get();
        }
    }

    private static void requireSame(MadeAlbum before, List<UploadReceipt> receipts) throws UploadRefusedException {
        List<String> uploads =
                before.items().stream().map(MadeAlbum.Item::upload).toList();
        if (!uploads.equals(
                receipts.stream().map(receipt -> receipt.id().toString()).toList())) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.ALREADY_CLAIMED, "This order made another album before."));
        }
    }

    private MadeAlbum makeNew(List<UploadReceipt> receipts, Submission submission) throws IOException {
        try (FetchedUploads files = fetch(receipts, submission.order());
                Albums.Draft draft = fleet.albums().draft()) {
            List<MadeAlbum.Item> items = new ArrayList<>();
            for (FetchedUpload file : files) {
                file.moveTo(draft.file(items.size()));
                items.add(item(file, submission.caption(items.size())));
            }
            MadeAlbum album = draft.publish(submission.order().orElse(""), plan.authority(), items);
            discard(files);
            return album;
        } finally {
            times.forget(receipts);
        }
    }

    private FetchedUploads fetch(List<UploadReceipt> receipts, Optional<String> order) throws IOException {
        return order.isPresent() ? fetcher.fetch(receipts, Claim.of(order.get())) : fetcher.fetch(receipts);
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
