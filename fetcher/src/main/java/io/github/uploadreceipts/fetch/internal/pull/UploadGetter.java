package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchProgress;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Location;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Gets uploads, proved: this host's own in place, others by pulling them from a peer. */
final class UploadGetter {

    private final UploadHost host;
    private final PeerClient client;
    private final Attempts attempts;
    private final MinRate minRate;
    private final FetchProgress progress;
    private final Optional<Claim> claim;

    UploadGetter(
            UploadHost host,
            PeerClient client,
            Attempts attempts,
            MinRate minRate,
            FetchProgress progress,
            Optional<Claim> claim) {
        this.host = host;
        this.client = client;
        this.attempts = attempts;
        this.minRate = minRate;
        this.progress = progress;
        this.claim = claim;
    }

    /** Returns whether the upload lies here too, so that getting it should take no room. */
    boolean isOwn(UploadReceipt receipt) {
        return receipt.locations().stream().anyMatch(host::owns);
    }

    /**
     * Gets an upload.
     *
     * @param index the receipt's place in its set, which names the file
     */
    FetchedUpload get(int index, UploadReceipt receipt, FetchDirectory directory, Deadline deadline)
            throws PeerException {
        long start = System.nanoTime();
        Progress shown = new Progress(progress, receipt);
        FetchedUpload upload;
        try (Pull pull = new Pull(client, receipt, claim, minRate, deadline, shown, () -> directory.newFile(index))) {
            upload = attempts.atFirstOf(
                    ownFirst(receipt),
                    deadline,
                    location -> host.owns(location)
                            ? OwnUpload.prove(host.store(), receipt, location, deadline)
                            : pull.from(location));
        }
        shown.proved();
        Duration duration = Duration.ofNanos(System.nanoTime() - start);
        host.tell(events -> events.fetched(receipt, !upload.isLocal(), duration));
        return upload;
    }

    private List<Location> ownFirst(UploadReceipt receipt) {
        List<Location> all = receipt.locations();
        return Stream.concat(all.stream().filter(host::owns), all.stream().filter(location -> !host.owns(location)))
                .toList();
    }
}
