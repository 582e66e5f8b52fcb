package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** A tiny upload that is stored here and fetched back through the network, as a peer would. */
final class Probe {

    private static final String CONTENT = "A host is healthy once it has fetched this from its own location.\n";

    private final UploadHost host;
    private final PeerClient client;
    private final FetchSettings settings;

    Probe(UploadHost host, PeerClient client, FetchSettings settings) {
        this.host = host;
        this.client = client;
        this.settings = settings;
    }

    void run(Workers.Lane lane, Deadline deadline) throws IOException {
        UploadReceipt receipt = store();
        UploadTask<PulledUpload> task = UploadTask.start(lane, 0, receipt, deadline, () -> fetch(receipt, deadline));
        try {
            var unused = task.await();
        } catch (PeerException e) {
            deadline.cancel();
            task.settle();
            throw new FetchException(
                    List.of(new Failure(0, receipt.id(), e.kind(), e.text() + "; " + advice(e.kind(), host))));
        } finally {
            Location own = receipt.owner();
            host.store().discard(own.id(), own.hour());
        }
    }

    private UploadReceipt store() throws IOException {
        UploadLimits limits =
                UploadLimits.builder().freeSpaceFloor(0).build(); // the store's own floor is not known here
        UploadPermit permit = UploadPermit.anyone(limits);
        try (IncomingUpload probe = host.receive(permit, 0, "probe.txt", "text/plain")) {
            probe.write(ByteBuffer.wrap(CONTENT.getBytes(StandardCharsets.UTF_8)));
            return probe.publish().receipt();
        } catch (UploadRefusedException e) {
            throw new IOException("this host's store takes no upload, see the log: " + e.getMessage(), e);
        }
    }

    private PulledUpload fetch(UploadReceipt receipt, Deadline deadline) throws PeerException {
        Progress silent = new Progress((of, bytes) -> {}, receipt);
        try (FetchDirectory directory = new FetchDirectory(settings.workDirectory());
                Pull pull = new Pull(
                        client,
                        receipt,
                        Optional.empty(),
                        settings.minRate(),
                        deadline,
                        silent,
                        () -> directory.newFile(0))) {
            return new Attempts(settings.attempts()).atFirstOf(receipt.locations(), deadline, pull::from);
        }
    }

    private static String advice(Kind kind, UploadHost host) {
        String location = "this host's location, " + host.base() + ",";
        return switch (kind) {
            case UNREACHABLE, TIMEOUT ->
                location + " must lead to this host: set it to a name and port that peers reach";
            case GONE ->
                location + " answers, but not with our upload: it must lead to this host, with the context path,"
                        + " and the delivery filter must be mapped to " + Location.PATH + "*";
            case REFUSED, CLAIMED ->
                location + " must lead to the delivery filter, with the Authorization field and"
                        + " without redirect or content coding; and all hosts must have the same key ring and time";
            case NOT_ALLOWED -> "the address of " + location + " must be private, or be allowed by the PeerPolicy";
            case WRONG_BYTES -> "a server in front of this host must send files as they are, from this host's store";
            case STORAGE -> "the fetcher's work directory must be writable";
        };
    }
}
