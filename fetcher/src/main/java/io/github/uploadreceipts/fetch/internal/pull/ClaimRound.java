package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Has the owner of every upload record the claim, before any byte is fetched. The upload with the smallest id is
 * claimed first, and alone. So if two requests bring the same receipts under different claims, one of them fails at
 * this upload, before it can claim anything that the other needs.
 */
final class ClaimRound {

    private final Engine engine;
    private final PeerClient client;
    private final Attempts attempts;
    private final Claim claim;

    ClaimRound(Engine engine, PeerClient client, Attempts attempts, Claim claim) {
        this.engine = engine;
        this.client = client;
        this.attempts = attempts;
        this.claim = claim;
    }

    /** Returns the indices of {@code receipts} in the order of their ids. */
    static List<Integer> order(List<UploadReceipt> receipts) {
        return IntStream.range(0, receipts.size())
                .boxed()
                .sorted(Comparator.comparing(index -> receipts.get(index).id().toString()))
                .toList();
    }

    /**
     * Claims one upload at its owner. A replica cannot record a claim: the owner may already have recorded another one.
     */
    void claim(UploadReceipt receipt, Deadline deadline) throws PeerException {
        attempts.atFirstOf(List.of(receipt.owner()), deadline, owner -> {
            if (engine.reaches(owner)) {
                claimOwn(owner);
            } else {
                claimAt(owner, receipt, deadline);
            }
            return owner;
        });
    }

    private void claimOwn(Location own) throws PeerException {
        try {
            if (!engine.claim(own, claim)) {
                throw PeerException.claimed();
            }
        } catch (StoreException.Gone e) {
            throw PeerException.gone();
        } catch (StoreException e) {
            throw PeerException.storage(Remedy.NONE, "recording the claim", e);
        }
    }

    private void claimAt(Location owner, UploadReceipt receipt, Deadline deadline) throws PeerException {
        PeerRequest request =
                new PeerRequest("HEAD", owner, receipt.size(), receipt.digest(), receipt.type(), Optional.of(claim));
        client.send(request, 0, deadline, response -> {
            response.requireHead(receipt.size());
            return owner;
        });
    }
}
