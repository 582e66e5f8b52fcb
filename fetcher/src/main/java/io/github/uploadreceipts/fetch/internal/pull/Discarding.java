package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.fetch.internal.connect.Silence;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Discards uploads at each of their locations. */
final class Discarding {

    private final Engine engine;
    private final PeerClient client;
    private final Optional<Claim> claim;

    Discarding(Engine engine, PeerClient client, Optional<Claim> claim) {
        this.engine = engine;
        this.client = client;
        this.claim = claim;
    }

    /**
     * Discards one upload at each of its locations.
     *
     * @throws PeerException if it could not be discarded at some location, after all were tried; names each failure
     */
    void discard(UploadReceipt receipt, Attempts attempts, Deadline deadline) throws PeerException {
        List<PeerException> failures = new ArrayList<>();
        for (Location location : receipt.locations()) {
            try {
                attempts.atFirstOf(List.of(location), deadline, (at, silence) -> {
                    discardAt(at, receipt, deadline, silence);
                    return at;
                });
            } catch (PeerException e) {
                failures.add(e.with(Remedy.ELSEWHERE));
            }
        }
        if (!failures.isEmpty()) {
            throw PeerException.of(failures);
        }
    }

    private void discardAt(Location location, UploadReceipt receipt, Deadline deadline, Silence silence)
            throws PeerException {
        if (engine.reaches(location)) {
            discardOwn(location);
            return;
        }
        PeerRequest request = PeerRequest.of("DELETE", location, receipt, claim);
        client.send(request, 0, deadline, silence, response -> {
            response.requireDeleted();
            return location;
        });
    }

    private void discardOwn(Location own) throws PeerException {
        try {
            var unused = engine.discard(own);
        } catch (StoreException e) {
            throw PeerException.storage(Remedy.ELSEWHERE, "deleting", e);
        }
    }
}
