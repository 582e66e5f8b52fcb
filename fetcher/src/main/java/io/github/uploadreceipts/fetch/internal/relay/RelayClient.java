package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.fetch.internal.connect.CheckedResolver;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.internal.peer.PeerRelay.Response;
import io.github.uploadreceipts.internal.peer.PeerRelay.Request;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.store.Location;
import java.io.Closeable;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.jspecify.annotations.Nullable;

/**
 * Relays requests to peers, any number at once on a few threads, which do not start before the first. Keeps account of how
 * long each waits for its peer.
 *
 * <p>Safe for use by several threads.
 */
final class RelayClient implements Closeable {

    private static final int BUFFER = 64 * 1024;
    private static final int SPARE_BUFFERS = 16;
    private static final long MOST_MILLIS_BETWEEN_LOOKS = 500;

    private final UploadHost host;
    private final PeerPolicy policy;
    private final CheckedResolver resolver;
    private final SSLContext tls;
    private final Duration connectTimeout;
    private final Duration responseTimeout;
    private final ScheduledExecutorService timer;
    private final Set<RelayedRequest> open = ConcurrentHashMap.newKeySet();
    private final Queue<ByteBuffer> spare = new ArrayBlockingQueue<>(SPARE_BUFFERS);
    private @Nullable RelayConnections connections;
    private boolean closed;

    RelayClient(
            UploadHost host,
            PeerPolicy policy,
            DnsResolver names,
            SSLContext tls,
            Duration connectTimeout,
            Duration responseTimeout,
            ScheduledExecutorService timer) {
        this.host = host;
        this.policy = policy;
        this.resolver = new CheckedResolver(host, policy, names);
        this.tls = tls;
        this.connectTimeout = connectTimeout;
        this.responseTimeout = responseTimeout;
        this.timer = timer;
    }

    /** As {@link io.github.uploadreceipts.internal.peer.PeerRelay#send}. Completes on an I/O thread, as a rule. */
    CompletableFuture<Response> send(Request asked) {
        URI base = Location.requireBase(asked.peer());
        RelayedRequest request = new RelayedRequest(this, base, asked);
        open.add(request);
        try {
            policy.requireAllowed(base, host);
            request.start(connections());
        } catch (PeerException e) {
            request.abort(e);
        }
        return request.answer();
    }

    private synchronized RelayConnections connections() throws PeerException {
        if (closed) {
            throw PeerException.closed();
        }
        if (connections == null) {
            connections = new RelayConnections(resolver, tls, connectTimeout);
            long interval = Math.min(
                    MOST_MILLIS_BETWEEN_LOOKS, 1 + Math.min(connectTimeout.toMillis(), responseTimeout.toMillis()) / 4);
            var unused = timer.scheduleWithFixedDelay(this::look, interval, interval, TimeUnit.MILLISECONDS);
        }
        return connections;
    }

    /** Ends what has waited for too long. */
    private void look() {
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

    Duration connectTimeout() {
        return connectTimeout;
    }

    Duration responseTimeout() {
        return responseTimeout;
    }

    /** Returns a buffer with an array, for a body of which bytes have come. */
    ByteBuffer takeBuffer() {
        ByteBuffer buffer = spare.poll();
        return buffer == null ? ByteBuffer.allocate(BUFFER) : buffer.clear();
    }

    void giveBack(ByteBuffer buffer) {
        var unused = spare.offer(buffer);
    }

    void over(RelayedRequest request) {
        open.remove(request);
    }

    /** Fails what is open, and closes all connections. */
    @Override
    public void close() {
        RelayConnections toClose;
        synchronized (this) {
            closed = true;
            toClose = connections;
        }
        open.forEach(request -> request.abort(PeerException.closed()));
        if (toClose != null) {
            toClose.close();
        }
        open.forEach(request -> request.fail(PeerException.closed()));
    }
}
