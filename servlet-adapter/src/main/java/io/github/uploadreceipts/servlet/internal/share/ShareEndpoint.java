package io.github.uploadreceipts.servlet.internal.share;

import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.PeerDownloads;
import io.github.uploadreceipts.internal.share.LinkGate;
import io.github.uploadreceipts.internal.share.UploadRequestTerms;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.servlet.internal.container.RefusedBodies;
import io.github.uploadreceipts.servlet.internal.container.Watchdog;
import io.github.uploadreceipts.servlet.internal.receive.InFlight;
import io.github.uploadreceipts.servlet.internal.receive.SmallBody;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Executor;

/** Serves share links and upload-request links: what all its requests use. */
public final class ShareEndpoint {

    /** The path segment, below that of links, to which pages send files. */
    public static final String UPLOADS = "-";

    /** How many downloads go on at once after they have waited for a peer's bytes. That does not take long. */
    private static final int PEER_WRITERS = 16;

    final Engine engine;
    final LinkGate gate;
    final ShareSettings settings;
    final PeerDownloads peers;
    final InFlight inFlight = new InFlight();
    final Watchdog watchdog;
    final RefusedBodies refusedBodies;
    final Executor ownWriters;
    final Executor peerWriters;

    /**
     * Creates an endpoint.
     *
     * @param gate decides who may use a link
     */
    public ShareEndpoint(Engine engine, LinkGate gate, ShareSettings settings, RefusedBodies refusedBodies) {
        this.engine = engine;
        this.gate = gate;
        this.settings = settings;
        this.peers = new PeerDownloads(engine);
        this.watchdog = new Watchdog(engine);
        this.refusedBodies = refusedBodies;
        this.ownWriters = engine.newLongWorkExecutor();
        this.peerWriters = engine.newWaitingExecutor(PEER_WRITERS);
    }

    /** Stops the watch for clients that do not read. */
    public void stop() {
        watchdog.stop();
    }

    /**
     * Reads a body that is short enough to be kept.
     *
     * @return the body; empty if a filter in front has made the container read it
     * @throws RefusedException if it is too long or too slow
     */
    byte[] readSmall(HttpServletRequest request, int maxBytes) throws IOException, RefusedException {
        return SmallBody.read(request, engine, inFlight, watchdog, maxBytes, true);
    }

    /** Serves a request, on this thread or asynchronously. */
    public void serve(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Optional<UploadRequestTerms> uploadRequest;
        ShareCall call = new ShareCall(this, request, response);
        try {
            uploadRequest = gate.uploadRequests().find(new ShareRequest(request).token());
        } catch (RefusedException e) {
            call.refuse(e);
            return;
        }
        if (uploadRequest.isPresent()) {
            new UploadRequestCall(this, request, response, uploadRequest.get()).serve();
        } else {
            call.serve();
        }
    }
}
