package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.internal.connect.AllowedPeers;
import io.github.uploadreceipts.fetch.internal.connect.CheckedResolver;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.Timeouts;
import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.internal.http.ByteRange;
import io.github.uploadreceipts.internal.peer.PeerRelay.Request;
import io.github.uploadreceipts.internal.peer.PeerRelay.Response;
import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.internal.peer.SilentPeers;
import java.io.Closeable;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.http.HttpHost;
import org.jspecify.annotations.Nullable;

/**
 * Relays requests to peers, and downloads uploads from them: any number at once, on a few threads that start with the
 * first request. A timer regularly cancels the requests that have waited too long for their peers.
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
    private final PeerTokens tokens;
    private final Duration patience;
    private final SpareBuffers buffers = new SpareBuffers();
    private final Set<OpenRequest> open = ConcurrentHashMap.newKeySet();
    private @Nullable RelayConnections connections;
    private boolean closed;

    /**
     * Creates a client, which opens no connection yet.
     *
     * @param timer runs the checks; the client does not close it
     * @param silentPeers the peers to which requests fail at once
     * @param tokens mints the tokens of downloads
     * @param patience how long the locations of a download may give no sign, all together
     */
    public RelayClient(
            AllowedPeers allowed,
            CheckedResolver resolver,
            SSLContext tls,
            Timeouts timeouts,
            ScheduledExecutorService timer,
            SilentPeers silentPeers,
            PeerTokens tokens,
            Duration patience) {
        this.allowed = allowed;
        this.resolver = resolver;
        this.tls = tls;
        this.timeouts = timeouts;
        this.timer = timer;
        this.silentPeers = silentPeers;
        this.tokens = tokens;
        this.patience = patience;
    }

    /**
     * Relays a request, as {@link io.github.uploadreceipts.internal.peer.PeerRelay#send} describes. The future usually
     * completes on an I/O thread.
     */
    public CompletableFuture<Response> send(Request asked) {
        RelayMessage message = new RelayMessage(asked);
        RelayedRequest request = new RelayedRequest(
                message, new Patience(timeouts.atLeast(asked.patience())), buffers, silentPeers, open::remove);
        start(request);
        return request.response();
    }

    private void start(OpenRequest request) {
        open.add(request); // before the check for closed, because close() fails the requests in this set
        try {
            HttpHost target = allowed.target(request.base());
            silentPeers.requireHope(request.base());
            request.start(target, connections());
        } catch (PeerException | UnreachableException e) {
            request.cancel(e);
        }
    }

    /**
     * Downloads a range of an upload, as {@link io.github.uploadreceipts.internal.peer.PeerRelay#download} describes.
     *
     * @throws IllegalArgumentException if there is no location, or the range is not within the upload
     */
    public CompletableFuture<Download> download(List<PeerRequest> places, long from, long length) {
        ByteRange range = range(places.stream().findFirst().orElseThrow(IllegalArgumentException::new), from, length);
        Duration silence = patience.dividedBy(places.size());
        return new DownloadSearch(places, new DownloadSearch.Requests() {
                    @Override
                    public OpenRequest of(PeerRequest place, DownloadRequest.Listener listener) {
                        return new DownloadRequest(
                                place,
                                range,
                                RelayMessage.of(place, range, tokens),
                                new Patience(timeouts),
                                silence,
                                buffers,
                                silentPeers,
                                open::remove,
                                listener);
                    }

                    @Override
                    public void send(OpenRequest request) {
                        start(request);
                    }
                })
                .start();
    }

    private static ByteRange range(PeerRequest place, long from, long length) {
        if (from < 0 || length < 0 || from > place.size() - length || (length == 0 && place.size() > 0)) {
            throw new IllegalArgumentException(length + " bytes from " + from + " are not a range of " + place.size());
        }
        return new ByteRange(from, length, place.size());
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
        long shortest = Math.min(
                patience.toMillis(),
                Math.min(timeouts.connect().toMillis(), timeouts.response().toMillis()));
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

    /** Returns the buffers that all requests share. */
    SpareBuffers buffers() {
        return buffers;
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
