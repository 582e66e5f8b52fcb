package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.fetch.internal.connect.Silence;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.Extension;
import io.github.uploadreceipts.internal.engine.UnfinishedException;
import io.github.uploadreceipts.internal.engine.WrongSizeException;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.token.StoredForm;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import java.time.Instant;
import java.util.List;

/** Has uploads kept until later, at each of their locations. */
final class Extending {

    private final Engine engine;
    private final Extension extension;
    private final PeerClient client;
    private final Attempts attempts;

    Extending(Engine engine, PeerClient client, Attempts attempts) {
        this.engine = engine;
        this.extension = new Extension(engine);
        this.client = client;
        this.attempts = attempts;
    }

    /** Returns the tokens of the receipts of uploads that are kept until {@code until}. */
    List<String> tokens(List<UploadReceipt> receipts, Instant until) {
        return receipts.stream()
                .map(receipt ->
                        extension.issue(extension.extended(receipt, until)).token())
                .toList();
    }

    /** Has one upload kept. */
    void keep(UploadReceipt receipt, Instant until, Deadline deadline) throws PeerException {
        for (Location location : receipt.locations()) {
            attempts.atFirstOf(List.of(location), deadline, (at, silence) -> {
                keepAt(at, receipt, until, deadline, silence);
                return at;
            });
        }
    }

    private void keepAt(Location location, UploadReceipt receipt, Instant until, Deadline deadline, Silence silence)
            throws PeerException {
        if (engine.reaches(location)) {
            keepOwn(location, receipt, until);
            return;
        }
        PeerRequest request = PeerRequest.toKeep(location, receipt, until);
        client.send(request, 0, deadline, silence, response -> {
            response.requireDone();
            return location;
        });
    }

    private void keepOwn(Location own, UploadReceipt receipt, Instant until) throws PeerException {
        try {
            extension.keep(own, StoredForm.size(receipt), until);
        } catch (StoreException.Gone | StoreException.Taken | WrongSizeException e) {
            throw PeerException.gone();
        } catch (UnfinishedException e) {
            throw OwnUpload.explaining(e, Remedy.ELSEWHERE, "keeping");
        } catch (UploadRefusedException e) {
            throw PeerException.unable("this host is being drained");
        } catch (StoreException e) {
            throw PeerException.storage(Remedy.ELSEWHERE, "keeping", e);
        }
    }
}
