package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.seal.SealBrokenException;
import io.github.uploadreceipts.internal.seal.SealedFile;
import io.github.uploadreceipts.internal.seal.StoredRange;
import io.github.uploadreceipts.internal.token.StoredForm;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Uploads of peers that pass through this host on their way to its clients. They are stored nowhere here. */
public final class PeerDownloads {

    private final Engine engine;

    /** Downloads for the clients of a host. */
    public PeerDownloads(Engine engine) {
        this.engine = engine;
    }

    /** Asks as {@link #start(UploadReceipt, long, long, boolean)} does, for an upload with which the application is done. */
    public CompletableFuture<Download> start(UploadReceipt receipt, long first, long length) {
        return start(receipt, first, length, false);
    }

    /**
     * Asks the peers that store an upload for a range of its bytes, one after the other. Does not wait. If the upload is
     * sealed, it is opened on the way.
     *
     * @param first the offset of the first byte, as the client sent them
     * @param length how many bytes, within the upload's size; at least 1, unless the upload is empty
     * @param acceptUnfinished whether also while its application is not done with it, or has refused it
     * @return the download, which the caller closes; the future fails as that of {@link PeerRelay#download} does, with
     *     {@link UnreachableException} also if no peer stores the upload
     */
    public CompletableFuture<Download> start(UploadReceipt receipt, long first, long length, boolean acceptUnfinished) {
        List<PeerRequest> places = receipt.locations().stream()
                .filter(location -> !engine.reaches(location))
                .map(location -> PeerRequest.of("GET", location, receipt, Optional.empty())
                        .acceptUnfinished(acceptUnfinished))
                .toList();
        Optional<PeerRelay> relay = engine.peers().relay();
        if (relay.isEmpty() || places.isEmpty()) {
            String missing = relay.isEmpty() ? "no fetcher is attached to this host" : "no peer stores the upload";
            return CompletableFuture.failedFuture(new UnreachableException(missing));
        }
        try {
            Optional<SealedFile> sealed = StoredForm.sealed(receipt, StoredForm.size(receipt));
            return sealed.isEmpty()
                    ? relay.get().download(places, first, length)
                    : opened(
                            sealed.get(),
                            first,
                            length,
                            range -> relay.get().download(places, range.first(), range.length()));
        } catch (SealBrokenException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static CompletableFuture<Download> opened(
            SealedFile sealed, long first, long length, Function<StoredRange, CompletableFuture<Download>> asking) {
        CompletableFuture<Download> stored = asking.apply(sealed.stored(first, length));
        CompletableFuture<Download> plain = new CompletableFuture<>();
        var unused = stored.whenComplete((bytes, failure) -> {
            if (bytes == null) {
                plain.completeExceptionally(failure);
            } else if (!plain.complete(sealed.download(first, length, bytes))) {
                bytes.close();
            }
        });
        var ignored = plain.whenComplete((bytes, failure) -> {
            if (plain.isCancelled()) {
                stored.cancel(false);
            }
        });
        return plain;
    }
}
