package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.fetch.FetchProgress;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Location;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Gets uploads and proves them. This host's own uploads are read in place; others are pulled from a peer. */
final class UploadGetter {

    private final Engine engine;
    private final PeerClient client;
    private final Attempts attempts;
    private final MinRate minRate;
    private final FetchProgress progress;
    private final Optional<Claim> claim;
    private final Arrived arrived;
    private final boolean acceptUnfinished;

    UploadGetter(FetchResources resources, Attempts attempts, Optional<Claim> claim, Arrived arrived) {
        this.engine = resources.engine();
        this.client = resources.client();
        this.attempts = attempts;
        this.minRate = resources.settings().minRate();
        this.progress = resources.settings().progress();
        this.claim = claim;
        this.arrived = arrived;
        this.acceptUnfinished = resources.acceptUnfinished();
    }

    /** Returns whether one of the locations is in this host's store. Getting such an upload needs no disk space. */
    boolean isOwn(UploadReceipt receipt) {
        return receipt.locations().stream().anyMatch(engine::reaches);
    }

    /**
     * Gets an upload.
     *
     * @param index the receipt's index in its list, which names the file
     */
    HeldUpload get(int index, UploadReceipt receipt, FetchDirectory directory, Deadline deadline) throws PeerException {
        long start = System.nanoTime();
        Progress shown = new Progress(progress, receipt, arrived);
        HeldUpload upload;
        try (Pull pull =
                new Pull(client, this::request, receipt, minRate, deadline, shown, () -> directory.newFile(index))) {
            upload = attempts.atFirstOf(
                    ownFirst(receipt),
                    deadline,
                    (location, silence) -> engine.reaches(location)
                            ? OwnUpload.prove(engine.uploads(acceptUnfinished), index, receipt, location, deadline)
                            : pull.from(location, silence));
        } catch (PeerException e) {
            throw e.ofThisUpload();
        }
        shown.proved();
        Duration duration = Duration.ofNanos(System.nanoTime() - start);
        Optional<URI> peer = upload.isLocal()
                ? Optional.empty()
                : Optional.of(upload.location().base());
        engine.tell(new UploadEvent.Fetched(receipt, peer, duration));
        return upload;
    }

    private PeerRequest request(Location location, UploadReceipt receipt) {
        return PeerRequest.of("GET", location, receipt, claim).acceptUnfinished(acceptUnfinished);
    }

    private List<Location> ownFirst(UploadReceipt receipt) {
        List<Location> all = receipt.locations();
        return Stream.concat(
                        all.stream().filter(engine::reaches),
                        all.stream().filter(location -> !engine.reaches(location)))
                .toList();
    }
}
