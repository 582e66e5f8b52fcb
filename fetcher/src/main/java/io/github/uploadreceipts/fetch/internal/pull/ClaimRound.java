package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.fetch.internal.connect.PeerResponse;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.StoredUploads;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.token.StoredForm;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Has the owner of every upload record the claim, before any byte is fetched. First every owner is asked whether it
 * could, which records nothing, so that all obstacles are known before anything is claimed. Then the upload with the
 * smallest id is claimed, alone. So if two requests bring the same receipts under different claims, one of them fails
 * at this upload, before it can claim anything that the other needs.
 */
final class ClaimRound {

    private final Engine engine;
    private final boolean acceptUnfinished;
    private final PeerClient client;
    private final Attempts attempts;
    private final Claim claim;

    ClaimRound(FetchResources resources, Attempts attempts, Claim claim) {
        this.engine = resources.engine();
        this.acceptUnfinished = resources.acceptUnfinished();
        this.client = resources.client();
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
     * Checks that the owner has an upload and could record the claim. A replica cannot: the owner may already have
     * recorded another one.
     *
     * @throws PeerException if not; unlike a failure of {@link #claim}, this does not end the checks of other uploads
     */
    void check(UploadReceipt receipt, Deadline deadline) throws PeerException {
        try {
            atOwner(
                    receipt,
                    "HEAD",
                    deadline,
                    this::checkOwn,
                    response -> response.requireHead(StoredForm.size(receipt)));
        } catch (PeerException e) {
            throw e.ofThisUpload();
        }
    }

    /** Claims one upload at its owner. */
    void claim(UploadReceipt receipt, Deadline deadline) throws PeerException {
        atOwner(receipt, "POST", deadline, this::claimOwn, PeerResponse::requireDone);
    }

    private interface OwnStep {
        boolean isDone(UploadReceipt own) throws IOException;
    }

    private interface Check {
        void of(PeerResponse response) throws PeerException;
    }

    private void atOwner(UploadReceipt receipt, String method, Deadline deadline, OwnStep here, Check there)
            throws PeerException {
        attempts.atFirstOf(List.of(receipt.owner()), deadline, (owner, silence) -> {
            if (engine.reaches(owner)) {
                here(receipt, here);
            } else {
                PeerRequest request = PeerRequest.of(method, owner, receipt, Optional.of(claim))
                        .acceptUnfinished(acceptUnfinished);
                client.send(request, 0, deadline, silence, response -> {
                    there.of(response);
                    return owner;
                });
            }
            return owner;
        });
    }

    private static void here(UploadReceipt receipt, OwnStep step) throws PeerException {
        try {
            if (!step.isDone(receipt)) {
                throw PeerException.claimed();
            }
        } catch (IOException e) {
            throw OwnUpload.explaining(e, Remedy.NONE, "claiming");
        }
    }

    private boolean checkOwn(UploadReceipt receipt) throws IOException {
        StoredUploads uploads = engine.uploads(acceptUnfinished);
        if (!uploads.isFreeFor(receipt.owner(), claim)) {
            return false;
        }
        var unused = uploads.open(receipt, receipt.owner());
        return true;
    }

    private boolean claimOwn(UploadReceipt receipt) throws IOException {
        return engine.uploads(acceptUnfinished).claim(receipt.owner(), claim);
    }
}
