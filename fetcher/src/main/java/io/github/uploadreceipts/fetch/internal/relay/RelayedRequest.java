package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.internal.peer.PeerRelay.Body;
import io.github.uploadreceipts.internal.peer.PeerRelay.Response;
import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.internal.peer.SilentPeers;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.reactor.IOSession;

/**
 * A relayed request. The body is read, and the response is completed, on the I/O thread of the connection. Other threads
 * only start and cancel the request.
 */
final class RelayedRequest extends OpenRequest implements RelayExchange.Owner {

    private final RelayMessage message;
    private final Patience patience;
    private final SpareBuffers buffers;
    private final CompletableFuture<Response> response = new CompletableFuture<>();

    /**
     * @param silentPeers is told whether the peer gave a sign
     * @param whenOver is called once, before the response completes
     */
    RelayedRequest(
            RelayMessage message,
            Patience patience,
            SpareBuffers buffers,
            SilentPeers silentPeers,
            Consumer<OpenRequest> whenOver) {
        super(message.base(), patience, silentPeers, whenOver);
        this.message = message;
        this.patience = patience;
        this.buffers = buffers;
    }

    /** Returns the response, or the failure, to come. */
    CompletableFuture<Response> response() {
        return response;
    }

    @Override
    void start(HttpHost target, RelayConnections connections) {
        Body body = message.body();
        if (body != null) {
            body.onReadable(this::wake);
        }
        super.start(target, connections);
    }

    /** Is called when more of the body may be readable. */
    private void wake() {
        if (exchange() instanceof RelayExchange running) {
            running.wake();
        }
    }

    @Override
    Exchange newExchange(HttpHost target, IOSession session) {
        return new RelayExchange(this, message, target, session, patience, buffers);
    }

    @Override
    public void responded(Response complete) {
        if (end()) {
            answered();
            response.complete(complete);
        }
    }

    @Override
    void lost(Exception cause) {
        response.completeExceptionally(shown(cause));
    }

    private IOException shown(Exception cause) {
        if (cause instanceof BodyException ofBody) {
            return ofBody.thrown();
        }
        if (cause instanceof UnreachableException silent) {
            return new UnreachableException(base().getRawAuthority() + ": " + silent.getMessage());
        }
        String text = base().getRawAuthority() + ": " + explained(cause).text();
        Exchange last = exchange();
        return last != null && last.isTouched() ? new IOException(text) : new UnreachableException(text);
    }
}
