package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Location;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Deletes uploads at every one of their locations. */
final class Discarding {

    private final UploadHost host;
    private final PeerClient client;
    private final Optional<Claim> claim;

    Discarding(UploadHost host, PeerClient client, Optional<Claim> claim) {
        this.host = host;
        this.client = client;
        this.claim = claim;
    }

    /** Deletes one upload wherever it lies, as far as that succeeds; then says where it did not. */
    void discard(UploadReceipt receipt, Attempts attempts, Deadline deadline) throws PeerException {
        List<PeerException> failures = new ArrayList<>();
        for (Location location : receipt.locations()) {
            try {
                attempts.atFirstOf(List.of(location), deadline, at -> {
                    discardAt(at, receipt, deadline);
                    return at;
                });
            } catch (PeerException e) {
                failures.add(new PeerException(e.kind(), Remedy.ELSEWHERE, e.text()));
            }
        }
        if (!failures.isEmpty()) {
            throw PeerException.of(failures);
        }
    }

    private void discardAt(Location location, UploadReceipt receipt, Deadline deadline) throws PeerException {
        if (host.owns(location)) {
            discardOwn(location);
            return;
        }
        PeerRequest request =
                new PeerRequest("DELETE", location, receipt.size(), receipt.digest(), receipt.type(), claim);
        client.send(request, 0, deadline, answer -> {
            answer.requireDeleted();
            return location;
        });
    }

    private void discardOwn(Location own) throws PeerException {
        try {
            if (host.store().discard(own.id(), own.hour())) {
                host.tell(events -> events.discarded(own.id()));
            }
        } catch (IOException e) {
            throw PeerException.storage(Remedy.ELSEWHERE, "deleting", e);
        }
    }
}
