package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.fetch.internal.connect.FetcherAccess;
import io.github.uploadreceipts.fetch.internal.connect.Transport;
import io.github.uploadreceipts.fetch.internal.pull.BackgroundProbe;
import io.github.uploadreceipts.fetch.internal.pull.FetchDirectory;
import io.github.uploadreceipts.fetch.internal.pull.FetchResources;
import io.github.uploadreceipts.fetch.internal.pull.FetchRun;
import io.github.uploadreceipts.fetch.internal.pull.FetchSettings;
import io.github.uploadreceipts.fetch.internal.pull.FetchedSet;
import io.github.uploadreceipts.fetch.internal.pull.FetchedStream;
import io.github.uploadreceipts.fetch.internal.pull.MinRate;
import io.github.uploadreceipts.fetch.internal.pull.Probe;
import io.github.uploadreceipts.fetch.internal.relay.FetcherRelay;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.peer.TraceContext;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.impl.InMemoryDnsResolver;
import org.jspecify.annotations.Nullable;

/**
 * Fetches uploads from the hosts that hold them, proves each against its receipt, and hands them over in the order of the
 * receipts. While it is open, it also relays requests from its host to the host's peers, and sends its host's webhooks.
 *
 * <pre>{@code
 * PeerFetcher fetcher = PeerFetcher.create(host);
 *
 * try (FetchedUploads photos = fetcher.fetch(receipts, Claim.of(order.id()))) {
 *     for (FetchedUpload photo : photos) {
 *         photo.copyTo(printer);
 *     }
 *     photos.discard();
 * }
 * }</pre>
 *
 * <p>The receipts must come from a {@link io.github.uploadreceipts.receipt.ReceiptVerifier}: the fetcher does not
 * verify them again.
 *
 * <p>An application creates one fetcher, and closes it when it stops. Closing also ends the fetches that are still
 * open; after that, calls throw {@link IllegalStateException}. Safe for use by several threads. All fetches share the fetcher's threads and connections; each uses a few at a
 * time.
 */
public final class PeerFetcher implements Closeable {

    private final FetchResources resources;
    private final FetcherParts parts;
    private final FetcherRelay relay;
    private final Supplier<Optional<String>> traceparent;
    private final Set<FetchRun> open;

    private PeerFetcher(Builder builder) {
        this.traceparent = builder.traceparent;
        this.open = ConcurrentHashMap.newKeySet();
        this.parts = FetcherParts.of(HostAccess.engine(builder.host), builder);
        this.resources = parts.resources();
        this.relay = new FetcherRelay(parts.relaying(), this::stream);
    }

    private PeerFetcher(PeerFetcher other, FetchResources resources) {
        this.traceparent = other.traceparent;
        this.parts = other.parts;
        this.resources = resources;
        this.relay = other.relay;
        this.open = other.open;
    }

    /** Returns a fetcher for {@code host} that connects to its peers, by default in private networks. */
    public static PeerFetcher create(UploadHost host) {
        return builder(host).build();
    }

    /** Returns a builder for a fetcher for {@code host}. The host stays open when the fetcher is closed. */
    public static Builder builder(UploadHost host) {
        return new Builder(host);
    }

    /** The settings of a {@link PeerFetcher}. */
    public static final class Builder {

        static {
            FetcherAccess.install(new FetcherAccess() {
                @Override
                protected Builder set(Builder builder, Transport transport) {
                    builder.transport = transport;
                    builder.names = new InMemoryDnsResolver(); // knows no name, so nothing is relayed either
                    return builder;
                }
            });
        }

        private static final int MAX_PARALLEL = 1024;

        final UploadHost host;

        @Nullable
        PeerPolicy policy;

        @Nullable
        SSLContext sslContext;

        Duration connectTimeout = Duration.ofSeconds(3);
        Duration responseTimeout = Duration.ofSeconds(15);
        private Duration patience = Duration.ofSeconds(4);
        private Duration deadline = Duration.ofMinutes(10);
        private long minBytesPerSecond = 1024;
        private Duration minRateAfter = Duration.ofSeconds(10);
        int parallel = 4;
        private int attempts = 4;
        private Path workDirectory = Path.of(System.getProperty("java.io.tmpdir"));
        private int readAheadUploads = 8;
        private long readAheadBytes = 256L << 20;
        private FetchProgress progress = (receipt, bytes) -> {};
        private Supplier<Optional<String>> traceparent = TraceContext::current;

        @Nullable
        Transport transport;

        DnsResolver names = SystemDefaultDnsResolver.INSTANCE;

        private Builder(UploadHost host) {
            this.host = host;
        }

        /**
         * Sets which hosts the fetcher may connect to. By default they are those of the host's
         * {@link UploadHost.Builder#peerAddresses} and {@link UploadHost.Builder#peerPorts}.
         */
        public Builder policy(PeerPolicy value) {
            policy = value;
            return this;
        }

        /**
         * Sets which certificates of peers are trusted for {@code https}, and which certificate this host presents to
         * peers that request one. By default, the JVM's default context decides both.
         */
        public Builder sslContext(SSLContext value) {
            sslContext = value;
            return this;
        }

        /** Sets how long connecting to a peer may take, and how long the TLS handshake after it; 3 s by default. */
        public Builder connectTimeout(Duration value) {
            connectTimeout = FetchSettings.positive(value);
            return this;
        }

        /** Sets how long a peer may be silent within a response, or while a request is relayed; 15 s by default. */
        public Builder responseTimeout(Duration value) {
            responseTimeout = FetchSettings.positive(value);
            return this;
        }

        /**
         * Sets how long an upload is waited for whose peers give no sign: no connection, or no beginning of a response;
         * 4 s by default, over all attempts, and shared by the locations of the upload. All peers are asked at once.
         * For 30 s after that, other fetches and relayed requests fail at once where they need such a peer; then one
         * of them tries again.
         */
        public Builder patience(Duration value) {
            patience = FetchSettings.positive(value);
            return this;
        }

        /**
         * Sets the minimum average rate of a response, which applies after its first 10 s; 1,024 bytes per second by
         * default, 0 for no minimum. If a location sends more slowly, the fetcher tries the next one.
         */
        public Builder minBytesPerSecond(long value) {
            if (value < 0) {
                throw new IllegalArgumentException("minBytesPerSecond must not be negative");
            }
            minBytesPerSecond = value;
            return this;
        }

        /**
         * Sets how long a whole fetch, or a discard, may take; 10 minutes by default. When streaming, the deadline
         * applies to all claims together, and then to each upload separately.
         */
        public Builder deadline(Duration value) {
            deadline = FetchSettings.positive(value);
            return this;
        }

        /**
         * Sets how many requests to peers one fetch runs at once; 4 by default, or one for each host that keeps uploads
         * of the fetch if those are more. Up to 16 busy fetches have this many
         * threads each, so that a fetch whose peers are stuck does not delay the others. Beyond 16, fetches take turns.
         * Each thread has a buffer of 128 KiB.
         *
         * @throws IllegalArgumentException if {@code value} is not from 1 to 1024
         */
        public Builder parallel(int value) {
            if (value > MAX_PARALLEL) {
                throw new IllegalArgumentException("a fetch can have at most " + MAX_PARALLEL + " requests at once");
            }
            parallel = FetchSettings.positive(value);
            return this;
        }

        /**
         * Sets how many times one location is tried, if trying again may help; 4 by default. If none of these attempts
         * gets a connection, the same fetch or discard does not try that peer for its other uploads.
         */
        public Builder attempts(int perLocation) {
            attempts = FetchSettings.positive(perLocation);
            return this;
        }

        /**
         * Sets where fetches create their directories; {@code java.io.tmpdir} by default. Within one file system,
         * {@link FetchedUpload#moveTo} moves a pulled copy without copying its bytes, unless it is sealed.
         */
        public Builder workDirectory(Path value) {
            workDirectory = value;
            return this;
        }

        /**
         * Sets how much a stream fetches ahead of its reader, beyond the upload that the reader is using; 8 uploads and
         * 256 MiB by default. One upload of any size is always allowed.
         */
        public Builder readAhead(int uploads, long bytes) {
            readAheadUploads = FetchSettings.positive(uploads);
            readAheadBytes = bytes;
            return this;
        }

        /** Sets the listener for the progress of fetches. */
        public Builder progress(FetchProgress value) {
            progress = value;
            return this;
        }

        /**
         * Sets the trace to which a fetch belongs: the value of W3C's {@code traceparent}, version 00, for its requests to
         * peers; anything else is left out. It is asked on the thread that calls the fetcher. By default it is that of the
         * request, on the thread on which {@code ReceiptsFilter} calls the application.
         */
        public Builder traceparent(Supplier<Optional<String>> value) {
            traceparent = value;
            return this;
        }

        Builder minRateAfter(Duration value) {
            minRateAfter = value;
            return this;
        }

        Builder names(DnsResolver value) {
            names = value;
            return this;
        }

        /**
         * Returns the fetcher. The host relays requests through it from now on: those about resumable uploads of other
         * hosts, and new uploads that this host has no room for. If a host has several fetchers, it relays through the last
         * one that was built, until that is closed. Building also deletes what fetches of dead JVMs left in the work
         * directory.
         *
         * @throws IllegalStateException if the work directory cannot be written
         */
        public PeerFetcher build() {
            try {
                FetchDirectory.deleteOrphans(workDirectory);
            } catch (IOException e) {
                throw new IllegalStateException(
                        "workDirectory " + workDirectory + " must be a directory that this process can write", e);
            }
            PeerFetcher fetcher = new PeerFetcher(this);
            fetcher.parts.attach(fetcher.relay);
            return fetcher;
        }

        FetchSettings settings() {
            return new FetchSettings(
                    deadline,
                    patience,
                    parallel,
                    attempts,
                    new MinRate(minBytesPerSecond, minRateAfter),
                    workDirectory,
                    readAheadUploads,
                    readAheadBytes,
                    progress);
        }
    }

    /**
     * Returns this fetcher for uses that accept uploads before the application is done with them, or after it has refused
     * them, such as checking them. It is closed together with this one.
     */
    public PeerFetcher acceptUnfinished() {
        return new PeerFetcher(this, resources.acceptingUnfinished());
    }

    /**
     * Fetches all the uploads, or none.
     *
     * @return the uploads in the order of the receipts; the caller closes them
     * @throws FetchException if any upload cannot be fetched; the copies of the others are deleted, and every failure
     *     is named
     */
    public FetchedUploads fetch(List<UploadReceipt> receipts) throws FetchException {
        return FetchedSet.of(newRun(receipts, Optional.empty()));
    }

    /**
     * Fetches all the uploads, or none, for one use. First every upload's owner is asked whether it has the upload and
     * whether another claim uses it: if anything is in the way, every failure is named, and nothing is claimed. Then
     * every owner records the claim, before any byte is sent. From then on the same claim can fetch the uploads again,
     * and any other claim is refused. If something fails between the question and the end of claiming, the uploads
     * claimed so far stay claimed. Of two calls with the same receipts and different claims, at most one succeeds.
     *
     * @return the uploads in the order of the receipts; the caller closes them
     * @throws FetchException as for {@link #fetch(List)}, or with {@link FetchException.Kind#CLAIMED} if an upload is
     *     used under another claim
     */
    public FetchedUploads fetch(List<UploadReceipt> receipts, Claim claim) throws FetchException {
        return FetchedSet.of(newRun(receipts, Optional.of(claim)));
    }

    /**
     * Fetches the uploads while they are read, so that the disk never holds all of them at once. Each upload is
     * complete and proved when the iterator returns it; whether the later ones can be fetched is not known then.
     *
     * @return the uploads in the order of the receipts, to be iterated once and closed
     */
    public FetchedUploads stream(List<UploadReceipt> receipts) throws FetchException {
        return FetchedStream.of(newRun(receipts, Optional.empty()));
    }

    /**
     * Fetches as {@link #stream(List)} does, for one use. All the uploads are claimed before this returns.
     *
     * @throws FetchException if not every upload can be claimed
     */
    public FetchedUploads stream(List<UploadReceipt> receipts, Claim claim) throws FetchException {
        return FetchedStream.of(newRun(receipts, Optional.of(claim)));
    }

    /**
     * Fetches all the uploads, or none, while no thread of the caller waits. Any number of these may run, and wait for
     * peers without a thread for each; they share the fetcher's threads with all fetches, and take turns where there are
     * not enough. So a caller who starts many at once waits longer for each, within its deadline.
     *
     * @return the fetch, which the caller closes
     */
    public BackgroundFetch fetchInBackground(List<UploadReceipt> receipts) {
        return new BackgroundFetch(newRun(receipts, Optional.empty()));
    }

    /** Fetches for one use, as {@link #fetch(List, Claim)} does, and as {@link #fetchInBackground(List)} does. */
    public BackgroundFetch fetchInBackground(List<UploadReceipt> receipts, Claim claim) {
        return new BackgroundFetch(newRun(receipts, Optional.of(claim)));
    }

    /**
     * Has the owners keep uploads until later. The bytes are not copied. What is kept is another upload, with an id and a
     * receipt of its own; it has the claim that the first one has now. The first receipt stays valid until it expires,
     * and its upload can be claimed, discarded and purged apart from the other.
     *
     * @param until when the new receipts expire: later than the present ones, and at most 365 days from now. The keys of
     *     the fleet must be accepted for as long.
     * @return the tokens of the new receipts, for the client, in the order of {@code receipts}
     * @throws FetchException if any upload cannot be kept; those that were kept until then are purged in their time
     * @throws IllegalArgumentException if {@code until} is not such a time
     */
    public List<String> extend(List<UploadReceipt> receipts, Instant until) throws FetchException {
        try (FetchRun run = newRun(receipts, Optional.empty())) {
            return run.extend(until);
        }
    }

    private FetchRun newRun(List<UploadReceipt> receipts, Optional<Claim> claim) {
        requireOpen();
        Optional<String> trace = traceparent.get().flatMap(TraceContext::valid);
        FetchRun run = new FetchRun(resources.in(trace), receipts, claim, open::remove);
        open.add(run);
        return run;
    }

    private void requireOpen() {
        if (resources.timer().isShutdown()) {
            throw new IllegalStateException("the fetcher is closed");
        }
    }

    /**
     * Checks that peers can fetch from this host: stores a tiny upload, fetches it over the network from this host's
     * own internal URL, and withdraws it. Also compares this host's clock with those of the host's {@code peers}, and
     * warns of those that differ by more than a minute. This is for health checks, once the server listens.
     *
     * @throws FetchException if the upload cannot be fetched, or most peers have another time; the message says what to change
     * @throws IOException if the upload cannot be stored, such as on a disk that is read-only or not mounted, or this
     *     host's clock differs from the disk's by more than an hour; the message says what to change, if that is known
     */
    public void probe() throws IOException {
        requireOpen();
        new Probe(resources).run();
    }

    /**
     * Runs {@link #probe} once, after this time, on a thread of its own. If it fails, it is tried again ten seconds
     * later, and if that fails too, the log says at WARNING what to change. Call this when the application starts;
     * {@link FetcherListener} and the Spring Boot starter do.
     *
     * @param after time for the server to start to listen
     */
    public void probeInBackground(Duration after) {
        requireOpen();
        new BackgroundProbe(resources).start(after);
    }

    /**
     * Ends all fetches, even those that other threads still read, and deletes their copies. The host no longer relays
     * through this fetcher, and requests that are being relayed fail.
     */
    @Override
    public void close() {
        parts.close(relay, () -> open.forEach(FetchRun::close));
    }
}
