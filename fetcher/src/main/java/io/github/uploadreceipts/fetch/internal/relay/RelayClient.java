package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.internal.connect.AllowedPeers;
import io.github.uploadreceipts.fetch.internal.connect.CheckedResolver;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.Timeouts;
import io.github.uploadreceipts.internal.peer.PeerRelay.Request;
import io.github.uploadreceipts.internal.peer.PeerRelay.Response;
import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.internal.peer.SilentPeers;
import java.io.Closeable;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.http.HttpHost;
import org.jspecify.annotations.Nullable;

/**
 * Relays requests to peers: any number at once, on a few threads that start with the first request. A timer regularly
 * cancels the requests that have waited too long for their peers.
 *
 * <p>Safe for use by several threads.
 */
public final class RelayClient implements Closeable {

    private static final Duration LONGEST_INTERVAL = Duration.ofMillis(500);

    private final AllowedPeers allowed;
    private final CheckedResolver resolver;
    private final SSLContext tls;
    private final Timeouts timeouts;
    private final ScheduledExecutorService timer;
    private final SilentPeers silentPeers;
    private final SpareBuffers buffers = new SpareBuffers();
    private final Set<RelayedRequest> open = ConcurrentHashMap.newKeySet();
    private @Nullable RelayConnections connections;
    private boolean closed;

    /**
     * Creates a client, which opens no connection yet.
     *
     * @param timer runs the checks; the client does not close it
     * @param silentPeers the peers to which requests fail at once
     */
    public RelayClient(
            AllowedPeers allowed,
            CheckedResolver resolver,
            SSLContext tls,
            Timeouts timeouts,
            ScheduledExecutorService timer,
            SilentPeers silentPeers) {
        this.allowed = allowed;
        this.resolver = resolver;
        this.tls = tls;
        this.timeouts = timeouts;
        this.timer = timer;
        this.silentPeers = silentPeers;
    }

    /**
     * Relays a request, as {@link io.github.uploadreceipts.internal.peer.PeerRelay#send} describes. The future usually
     * completes on an I/O thread.
     */
    public CompletableFuture<Response> send(Request asked) {
        RelayMessage message = new RelayMessage(asked);
        RelayedRequest request =
                new RelayedRequest(message, new Patience(timeouts), buffers, silentPeers, open::remove);
        open.add(request); // before the check for closed, because close() fails the requests in this set
        try {
            HttpHost target = allowed.target(message.base());
            silentPeers.requireHope(message.base());
            request.start(target, connections());
        } catch (PeerException | UnreachableException e) {
            request.cancel(e);
        }
        return request.response();
    }

    private synchronized RelayConnections connections() throws PeerException {
        if (closed) {
            throw PeerException.closed();
        }
        if (connections == null) {
            connections = new RelayConnections(resolver, tls, timeouts.connect());
            long interval = checkInterval().toMillis();
            var unused = timer.scheduleWithFixedDelay(this::check, interval, interval, TimeUnit.MILLISECONDS);
        }
        return connections;
    }

    private Duration checkInterval() {
        long shortest =
                Math.min(timeouts.connect().toMillis(), timeouts.response().toMillis());
        return Duration.ofMillis(Math.min(LONGEST_INTERVAL.toMillis(), 1 + shortest / 4));
    }

    /** Cancels the requests that have waited too long, and closes idle connections. */
    private void check() {
        RelayConnections toTidy;
        synchronized (this) {
            toTidy = connections;
        }
        long now = System.nanoTime();
        open.forEach(request -> request.requirePatience(now));
        if (toTidy != null) {
            toTidy.closeIdle();
        }
    }

    /** Fails the requests that are under way, and closes all connections. */
    @Override
    public void close() {
        RelayConnections toClose;
        synchronized (this) {
            closed = true;
            toClose = connections;
        }
        open.forEach(request -> request.cancel(PeerException.closed()));
        if (toClose != null) {
            toClose.close();
        }
        open.forEach(request -> request.fail(PeerException.closed()));
    }
}
