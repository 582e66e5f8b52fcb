package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.fetch.BackgroundFetch;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * An album that is being made, or was. Several requests of one order may wait for it.
 *
 * @param uploads the ids of its uploads, in order
 * @param fetch the fetch of its uploads, unless it was made before
 * @param album completes with the album, or with the reason why there is none
 */
record Making(List<String> uploads, Optional<BackgroundFetch> fetch, CompletionStage<MadeAlbum> album) {

    /** Copies the list. */
    Making {
        uploads = List.copyOf(uploads);
    }

    static Making of(List<UploadReceipt> receipts, BackgroundFetch fetch, CompletionStage<MadeAlbum> album) {
        return new Making(uploads(receipts), Optional.of(fetch), album);
    }

    static Making made(MadeAlbum album) {
        List<String> uploads =
                album.items().stream().map(MadeAlbum.Item::upload).toList();
        return new Making(uploads, Optional.empty(), CompletableFuture.completedFuture(album));
    }

    private static List<String> uploads(List<UploadReceipt> receipts) {
        return receipts.stream().map(receipt -> receipt.id().toString()).toList();
    }

    /** @throws UploadRefusedException if the order's album is one of other uploads */
    void requireSame(List<UploadReceipt> receipts) throws UploadRefusedException {
        if (!uploads.equals(uploads(receipts))) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.ALREADY_CLAIMED, "This order made another album before."));
        }
    }
}
