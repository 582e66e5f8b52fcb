package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.fetch.internal.connect.ConnectionPool;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.fetch.internal.pull.FetchDirectory;
import io.github.uploadreceipts.fetch.internal.pull.FetchRun;
import io.github.uploadreceipts.fetch.internal.pull.FetchSettings;
import io.github.uploadreceipts.fetch.internal.pull.MinRate;
import io.github.uploadreceipts.fetch.internal.pull.Probe;
import io.github.uploadreceipts.fetch.internal.pull.Workers;
import io.github.uploadreceipts.fetch.internal.relay.FetcherRelay;
import io.github.uploadreceipts.fetch.internal.relay.RelayClient;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.jspecify.annotations.Nullable;

/**
 * Fetches uploads from the hosts that hold them, proves each against its receipt, and hands them over in the order of the
 * receipts.
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
 * <p>The receipts are those that a {@link io.github.uploadreceipts.receipt.ReceiptVerifier} gave: they are believed.
 *
 * <p>Made once per application and closed with it, which also ends what was not closed before. Safe for use by several
 * threads; all fetches share the same threads and connections, of which each has a few at a time.
 */
public final class PeerFetcher implements Closeable {

    private final UploadHost host;
    private final FetchSettings settings;
    private final PeerClient client;
    private final RelayClient relaying;
    private final Workers workers;
    private final ScheduledThreadPoolExecutor timer;
    private final Set<FetchRun> open = ConcurrentHashMap.newKeySet();

    private PeerFetcher(Builder builder) {
        this.host = builder.host;
        this.settings = new FetchSettings(
                builder.deadline,
                builder.attempts,
                new MinRate(builder.minBytesPerSecond, builder.minRateAfter),
                builder.workDirectory,
                builder.readAheadUploads,
                builder.readAheadBytes,
                builder.progress);
        SSLContext tls = builder.sslContext == null ? defaultSslContext() : builder.sslContext;
        this.client = new PeerClient(
                host,
                builder.policy,
                builder.names,
                tls,
                Workers.most(builder.parallel),
                builder.connectTimeout,
                builder.responseTimeout);
        this.workers = new Workers(builder.parallel);
        this.timer = newTimer();
        this.relaying = new RelayClient(
                host, builder.policy, builder.names, tls, builder.connectTimeout, builder.responseTimeout, timer);
        long idle = ConnectionPool.IDLE.toSeconds();
        var unused = timer.scheduleWithFixedDelay(client::closeIdle, idle, idle, TimeUnit.SECONDS);
    }

    private static SSLContext defaultSslContext() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JVM's default SSLContext cannot be made; set sslContext", e);
        }
    }

    private static ScheduledThreadPoolExecutor newTimer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "upload-receipts-fetch-timer");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    /**
     * Returns a fetcher for {@code host} that asks peers in private networks.
     *
     * @throws IllegalStateException as for {@link Builder#build}
     */
    public static PeerFetcher create(UploadHost host) {
        return builder(host).build();
    }

    /** Returns a builder for a fetcher for {@code host}, which stays open when the fetcher is closed. */
    public static Builder builder(UploadHost host) {
        return new Builder(host);
    }

    /** The settings of a {@link PeerFetcher}. */
    public static final class Builder {

        private static final int MAX_PARALLEL = 1024;

        private final UploadHost host;
        private PeerPolicy policy = PeerPolicy.privateNetwork();
        private @Nullable SSLContext sslContext;
        private Duration connectTimeout = Duration.ofSeconds(3);
        private Duration responseTimeout = Duration.ofSeconds(15);
        private Duration deadline = Duration.ofMinutes(10);
        private long minBytesPerSecond = 1024;
        private Duration minRateAfter = Duration.ofSeconds(10);
        private int parallel = 4;
        private int attempts = 4;
        private Path workDirectory = Path.of(System.getProperty("java.io.tmpdir"));
        private int readAheadUploads = 8;
        private long readAheadBytes = 256L << 20;
        private FetchProgress progress = (receipt, bytes) -> {};
        private DnsResolver names = SystemDefaultDnsResolver.INSTANCE;

        private Builder(UploadHost host) {
            this.host = host;
        }

        /** Sets which hosts may be asked; {@link PeerPolicy#privateNetwork} by default. */
        public Builder policy(PeerPolicy value) {
            policy = value;
            return this;
        }

        /**
         * Sets whom {@code https} locations are trusted by, and this host's own certificate where peers ask for one. By
         * default the JVM's.
         */
        public Builder sslContext(SSLContext value) {
            sslContext = value;
            return this;
        }

        /** Sets how long connecting to a peer may take, and then its TLS handshake; 3 s by default. */
        public Builder connectTimeout(Duration value) {
            connectTimeout = positive(value);
            return this;
        }

        /** Sets how long a peer may be silent; 15 s by default. */
        public Builder responseTimeout(Duration value) {
            responseTimeout = positive(value);
            return this;
        }

        /**
         * Sets how fast an upload must come, on average, after its first 10 s; 1,024 by default, 0 for any. A location
         * that sends more slowly is left for the next.
         */
        public Builder minBytesPerSecond(long value) {
            if (value < 0) {
                throw new IllegalArgumentException("minBytesPerSecond must not be negative");
            }
            minBytesPerSecond = value;
            return this;
        }

        /**
         * Sets how long a whole fetch, or discarding, may take; 10 minutes by default. When streaming, it holds for the
         * claims together, and then for each upload.
         */
        public Builder deadline(Duration value) {
            deadline = positive(value);
            return this;
        }

        /**
         * Sets how many requests to peers run at once for one fetch; 4 by default. Each fetch has its own, so that one
         * whose peers are stuck does not hold up the others: up to 16 times as many run for all together, each with
         * 128 KiB. Fetches beyond that take turns.
         *
         * @throws IllegalArgumentException if that is not from 1 to 1024
         */
        public Builder parallel(int value) {
            if (value > MAX_PARALLEL) {
                throw new IllegalArgumentException("a fetch can have at most " + MAX_PARALLEL + " requests at once");
            }
            parallel = positive(value);
            return this;
        }

        /**
         * Sets how often one location is asked, if it seems that this may help; 4 by default. If none of these attempts
         * got a connection, the same fetch, or discarding, does not connect there for its other uploads.
         */
        public Builder attempts(int perLocation) {
            attempts = positive(perLocation);
            return this;
        }

        /**
         * Sets where fetches make their directories; {@code java.io.tmpdir} by default. Moving a copy to its place costs
         * nothing if that is on the same file system.
         */
        public Builder workDirectory(Path value) {
            workDirectory = value;
            return this;
        }

        /**
         * Sets how much a stream may have here, or on its way, beyond the upload that its reader has; 8 uploads and 256 MiB
         * by default. One upload is always allowed.
         */
        public Builder readAhead(int uploads, long bytes) {
            readAheadUploads = positive(uploads);
            readAheadBytes = bytes;
            return this;
        }

        /** Sets who is told how fetches go on. */
        public Builder progress(FetchProgress value) {
            progress = value;
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

        private static Duration positive(Duration value) {
            if (value.isZero() || value.isNegative() || value.compareTo(Duration.ofDays(365)) > 0) {
                throw new IllegalArgumentException("a duration must be positive, and at most a year");
            }
            return value;
        }

        private static int positive(int value) {
            if (value <= 0) {
                throw new IllegalArgumentException("a number must be positive");
            }
            return value;
        }

        /**
         * Returns the fetcher. What fetches of a JVM that is gone left in the work directory is deleted.
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
            return new PeerFetcher(this);
        }
    }

    /**
     * Fetches all the uploads, or none.
     *
     * @return the uploads in the order of the receipts; to be closed
     * @throws FetchException if any cannot be had; nothing is left of the others. Every failure is named.
     * @throws IllegalStateException if this is closed
     */
    public FetchedUploads fetch(List<UploadReceipt> receipts) throws FetchException {
        return newRun(receipts, Optional.empty()).fetch();
    }

    /**
     * Fetches all the uploads, or none, for one use: before any byte is handed over, every owner has recorded the claim.
     * The same claim may fetch them again; under another they are refused from then on. If claiming fails in the middle,
     * the uploads claimed by then stay so. Of two calls with the same receipts and different claims at most one succeeds.
     *
     * @return the uploads in the order of the receipts; to be closed
     * @throws FetchException as above, or with {@link FetchException.Kind#CLAIMED} if one is used under another claim
     * @throws IllegalStateException if this is closed
     */
    public FetchedUploads fetch(List<UploadReceipt> receipts, Claim claim) throws FetchException {
        return newRun(receipts, Optional.of(claim)).fetch();
    }

    /**
     * Fetches the uploads while they are read, so that they never lie here all at once. Each is complete and proved when
     * it is handed over; that the later ones can be had is not known by then.
     *
     * @return the uploads in the order of the receipts, to be iterated once and closed
     * @throws IllegalStateException if this is closed
     */
    public FetchedUploads stream(List<UploadReceipt> receipts) throws FetchException {
        return newRun(receipts, Optional.empty()).stream();
    }

    /**
     * Fetches the uploads while they are read, for one use. All are claimed before this returns.
     *
     * @return the uploads in the order of the receipts, to be iterated once and closed
     * @throws FetchException if not every upload can be claimed
     * @throws IllegalStateException if this is closed
     */
    public FetchedUploads stream(List<UploadReceipt> receipts, Claim claim) throws FetchException {
        return newRun(receipts, Optional.of(claim)).stream();
    }

    private FetchRun newRun(List<UploadReceipt> receipts, Optional<Claim> claim) {
        requireOpen();
        FetchRun run = new FetchRun(host, client, workers, timer, settings, receipts, claim, open::remove);
        open.add(run);
        return run;
    }

    private void requireOpen() {
        if (timer.isShutdown()) {
            throw new IllegalStateException("the fetcher is closed");
        }
    }

    /**
     * Proves that this host works as peers need it: stores a tiny upload, fetches it from this host's own location through
     * the network, and discards it. For health checks, once the server listens.
     *
     * @throws FetchException if it cannot be fetched; the message says what to change
     * @throws IOException if it cannot be stored
     * @throws IllegalStateException if this is closed
     */
    public void probe() throws IOException {
        requireOpen();
        try (Deadline deadline = new Deadline(timer, settings.deadline(), ended -> {})) {
            new Probe(host, client, settings).run(workers.newLane(), deadline);
        }
    }

    /**
     * Returns what lets this host serve, and create, uploads at its peers:
     * {@code host.relayThrough(fetcher.relay())}. It goes by this fetcher's settings, and is closed with it. Two threads
     * serve all requests that it passes on, from the first on. A client may be slow for as long as whoever reads from it
     * allows; a peer may be silent for the {@linkplain Builder#responseTimeout response time-out} whenever it is the
     * peer's turn.
     */
    public PeerRelay relay() {
        return new FetcherRelay(this, relaying);
    }

    /** Ends all fetches, also those that others still read, and deletes their copies. What is relayed fails. */
    @Override
    public void close() {
        timer.shutdownNow();
        open.forEach(FetchRun::close);
        client.close();
        relaying.close();
        workers.close();
    }
}
