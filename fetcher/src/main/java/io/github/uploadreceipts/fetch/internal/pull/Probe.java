package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.internal.engine.PeerClocks;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.SilentPeers;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** A tiny upload that is stored on this host, and fetched over the network as a peer would fetch it. */
public final class Probe {

    private static final String CONTENT = "A host is healthy once it has fetched this from its own internal URL.\n";

    private final FetchResources resources;
    private final Engine engine;
    private final FetchSettings settings;

    /** Creates a probe, which does nothing until {@link #run}. */
    public Probe(FetchResources resources) {
        this.resources = resources;
        this.engine = resources.engine();
        this.settings = resources.settings();
    }

    /**
     * Stores the upload, fetches it and withdraws it, and compares this host's clock with those of its peers.
     *
     * @throws FetchException if the upload cannot be fetched, or most peers have another time; the message says what to change
     * @throws IOException if the upload cannot be stored, or the clock is not that of the store's disk; the message says
     *     what to change, if that is known
     */
    public void run() throws IOException {
        engine.store().requireWritable();
        Optional<String> clock = engine.clockFault();
        if (clock.isPresent()) {
            throw new IOException(clock.get());
        }
        try (Deadline deadline = new Deadline(resources.timer(), settings.deadline(), ended -> {})) {
            UploadReceipt receipt = store();
            try {
                fetch(receipt, deadline);
                requireSameTime(receipt);
            } finally {
                engine.withdraw(receipt.owner()); // nobody else has the receipt
            }
        }
    }

    private void fetch(UploadReceipt receipt, Deadline deadline) throws FetchException {
        UploadTask<PulledUpload> task =
                UploadTask.start(resources.workers().newLane(), 0, receipt, deadline, () -> pull(receipt, deadline));
        try {
            var unused = task.await();
        } catch (PeerException e) {
            deadline.cancel();
            task.settle();
            throw new FetchException(List.of(task.failure(e)));
        }
    }

    private void requireSameTime(UploadReceipt receipt) throws FetchException {
        Optional<String> fault = new PeerClocks(engine.peers(), engine.clock(), engine.vitals()).fault();
        if (fault.isPresent()) {
            throw new FetchException(List.of(new Failure(0, receipt.id(), Kind.REFUSED, fault.get())));
        }
    }

    private UploadReceipt store() throws IOException {
        UploadLimits limits = UploadLimits.builder().freeSpaceFloor(0).build(); // the store applies its own floor
        Admission anyone = Admission.of(UploadPermit.anyone(limits));
        try (IncomingUpload probe = engine.receive(anyone, 0, "probe.txt", "text/plain")) {
            byte[] content = CONTENT.getBytes(StandardCharsets.UTF_8);
            probe.expect(content.length);
            probe.write(ByteBuffer.wrap(content));
            return probe.publishUnannounced().receipt();
        } catch (UploadRefusedException e) {
            throw new IOException("this host's store takes no upload, see the log: " + e.getMessage(), e);
        }
    }

    private PulledUpload pull(UploadReceipt receipt, Deadline deadline) throws PeerException {
        Progress silent = new Progress((of, bytes) -> {}, receipt, new Arrived());
        try (FetchDirectory directory = new FetchDirectory(settings.workDirectory());
                Pull pull = new Pull(
                        resources.client(),
                        (location, of) -> PeerRequest.of("GET", location, of, Optional.empty()),
                        receipt,
                        settings.minRate(),
                        deadline,
                        silent,
                        () -> directory.newFile(0))) {
            return new Attempts(settings.attempts(), settings.patience(), new SilentPeers())
                    .atFirstOf(receipt.locations(), deadline, pull::from);
        } catch (PeerException e) {
            String advice =
                    new ProbeAdvice(engine, resources.client(), receipt, settings.patience(), deadline).on(e.kind());
            throw new PeerException(e.kind(), e.remedy(), e.text() + "; " + advice);
        }
    }
}
