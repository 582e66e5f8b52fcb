package io.github.uploadreceipts.host;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.RingKey;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ReceiptIssuer;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.ticket.TicketVerifier;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * This host: its fleet's keys, its store, its own location, and how it delivers.
 *
 * <pre>{@code
 * UploadHost host = UploadHost.builder(KeyRing.watch(keys), LocalUploadStore.at(directory))
 *         .location("http://app1.lan:8080")
 *         .delivery(Delivery.xAccelRedirect("/stored/"))
 *         .build();
 * }</pre>
 *
 * <p>Made once per application, shared by its filters and its fetcher, and closed with it. Safe for use by several threads.
 */
public final class UploadHost implements Closeable {

    private static final Logger LOG = System.getLogger(UploadHost.class.getName());
    static final int THREADS = 32;
    private static final Duration PURGE_INTERVAL = Duration.ofMinutes(10);

    private final KeyRing keyRing;
    private final UploadStore store;
    private final URI base;
    private final Delivery delivery;
    private final Duration timeToLive;
    private final boolean encryptReceipts;
    private final boolean developmentMode;
    private final UploadListener listener;
    private final Clock clock;
    private final ReceiptIssuer issuer;
    private final Executor executor;
    private final Optional<ThreadPoolExecutor> ownExecutor;
    private final ScheduledThreadPoolExecutor scheduler;
    private final List<URI> peers;
    private final Optional<ResumableUploads> resumable;
    private volatile @Nullable PeerRelay relay;

    private UploadHost(Builder builder, URI base, List<URI> peers) {
        this.keyRing = builder.keyRing;
        this.store = builder.store;
        this.base = base;
        this.delivery = builder.delivery;
        this.timeToLive = builder.timeToLive;
        this.encryptReceipts = builder.encryptReceipts;
        this.developmentMode = builder.developmentMode;
        this.listener = builder.listener;
        this.clock = builder.clock;
        this.issuer = ReceiptIssuer.create(keyRing, encryptReceipts);
        this.ownExecutor = builder.executor == null ? Optional.of(newExecutor()) : Optional.empty();
        this.executor = builder.executor == null ? ownExecutor.orElseThrow() : builder.executor;
        this.scheduler = newScheduler();
        this.peers = peers.stream().filter(peer -> !peer.equals(base)).toList();
        this.resumable = store.partials().map(partials -> new ResumableUploads(this, partials));
        var unused =
                scheduler.scheduleWithFixedDelay(this::startPurge, 0, PURGE_INTERVAL.toSeconds(), TimeUnit.SECONDS);
    }

    /** Returns a builder for a host with these keys and this store, which the host closes when it is closed. */
    public static Builder builder(KeyRing keyRing, UploadStore store) {
        return new Builder(keyRing, store);
    }

    /**
     * Returns the host that named settings describe, for containers that are configured by text.
     *
     * @param settings gives a setting's value by its name, or null; see {@link HostSettings}
     * @throws IllegalStateException if a setting is missing or wrong; the message says which and what to change
     */
    public static UploadHost of(Function<String, @Nullable String> settings) {
        return new HostSettings(settings).open();
    }

    /** The settings of an {@link UploadHost}. */
    public static final class Builder {

        private final KeyRing keyRing;
        private final UploadStore store;
        private @Nullable String location;
        private int port = 8080;
        private String contextPath = "";
        private Delivery delivery = Delivery.direct();
        private Duration timeToLive = Duration.ofHours(24);
        private boolean encryptReceipts;
        private boolean developmentMode;
        private UploadListener listener = new UploadListener() {};
        private Clock clock = Clock.systemUTC();
        private @Nullable Executor executor;
        private List<String> peers = List.of();

        private Builder(KeyRing keyRing, UploadStore store) {
            this.keyRing = keyRing;
            this.store = store;
        }

        /**
         * States the fleet's name, as a check that the right key ring is in place.
         *
         * @throws IllegalArgumentException if the key ring is of another fleet
         */
        public Builder fleet(String name) {
            if (!name.equals(keyRing.fleet())) {
                throw new IllegalArgumentException("the key ring is of the fleet " + keyRing.fleet() + ", not " + name
                        + "; give this host the key ring of its fleet");
            }
            return this;
        }

        /**
         * Sets where peers reach this host: {@code http://host:port} and the application's context path. By default it is
         * put together from the machine's canonical host name, {@link #port} and {@link #contextPath}.
         */
        public Builder location(String base) {
            location = base;
            return this;
        }

        /** Sets the port of the default location; 8080 by default. */
        public Builder port(int value) {
            port = value;
            return this;
        }

        /** Sets the context path of the default location; empty by default. */
        public Builder contextPath(String value) {
            contextPath = value;
            return this;
        }

        /**
         * Sets the locations of the fleet's hosts, to which this one passes new uploads on when it has no room for them or is
         * being emptied; none by default. This host's own may be among them. See {@link UploadHost#relayThrough}.
         */
        public Builder peers(String... locations) {
            peers = List.of(locations);
            return this;
        }

        /** Sets how uploads are sent to peers; {@link Delivery#direct} by default. */
        public Builder delivery(Delivery value) {
            delivery = value;
            return this;
        }

        /** Sets how long an upload can be fetched; 24 hours by default, at least a minute and at most a year. */
        public Builder timeToLive(Duration value) {
            timeToLive = value;
            return this;
        }

        /**
         * Encrypts receipts, so that clients see neither digests nor internal host names. All hosts of a fleet must agree.
         */
        public Builder encryptReceipts(boolean value) {
            encryptReceipts = value;
            return this;
        }

        /** Permits a location that only this machine can reach. Never in production. */
        public Builder developmentMode() {
            developmentMode = true;
            return this;
        }

        /** Sets who is told what happens. */
        public Builder listener(UploadListener value) {
            listener = value;
            return this;
        }

        /** Sets the clock. */
        public Builder clock(Clock value) {
            clock = value;
            return this;
        }

        /**
         * Sets where blocking work runs: forcing files to disk, answering when that is done. By default up to 32 threads of
         * the host's own. An executor set here is not shut down by the host.
         */
        public Builder executor(Executor value) {
            executor = value;
            return this;
        }

        /**
         * Returns the host, ready for use.
         *
         * @throws IllegalStateException if a setting cannot work; the message says what to change
         */
        public UploadHost build() {
            requireState(
                    timeToLive.compareTo(Duration.ofMinutes(1)) >= 0 && timeToLive.compareTo(Duration.ofDays(365)) <= 0,
                    "timeToLive must be from 1 minute to 365 days");
            keyRing.current(RingKey.Use.SIGNING, clock.instant());
            keyRing.current(RingKey.Use.ENCRYPTION, clock.instant());
            return new UploadHost(
                    this,
                    checkedLocation(),
                    peers.stream().map(Builder::parsedLocation).toList());
        }

        private URI checkedLocation() {
            String text = location != null ? location : "http://" + canonicalHostName() + ":" + port + contextPath;
            URI base = parsedLocation(text);
            if (!developmentMode) {
                requireReachable(base);
            }
            return base;
        }

        private static URI parsedLocation(String text) {
            try {
                return Location.requireBase(URI.create(text));
            } catch (IllegalArgumentException e) {
                throw new IllegalStateException("location '" + text + "': " + e.getMessage(), e);
            }
        }

        private static String canonicalHostName() {
            try {
                return InetAddress.getLocalHost().getCanonicalHostName();
            } catch (UnknownHostException e) {
                throw new IllegalStateException("this machine's host name does not resolve; set the location", e);
            }
        }

        private static void requireReachable(URI base) {
            String hostName = base.getHost();
            try {
                boolean onlyHere = Arrays.stream(InetAddress.getAllByName(hostName))
                        .allMatch(address -> address.isLoopbackAddress() || address.isAnyLocalAddress());
                requireState(
                        !onlyHere,
                        "location " + base
                                + " is this machine's loopback, which peers cannot reach; set the location to"
                                + " a name or address on the LAN, or ask for development mode");
            } catch (UnknownHostException e) {
                throw new IllegalStateException(
                        "location " + base + " does not resolve; set it to a name that all peers resolve", e);
            }
        }
    }

    static void requireState(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise);
        }
    }

    private static ThreadPoolExecutor newExecutor() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons("upload-receipts-"));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ScheduledThreadPoolExecutor newScheduler() {
        ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, daemons("upload-receipts-timer-"));
        scheduler.setRemoveOnCancelPolicy(true);
        return scheduler;
    }

    private static ThreadFactory daemons(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            thread.setContextClassLoader(UploadHost.class.getClassLoader()); // not that of a request
            return thread;
        };
    }

    /** An executor that is full refuses once; a timer whose task throws never runs it again. */
    private void startPurge() {
        try {
            executor.execute(this::purge);
        } catch (RuntimeException e) {
            if (!scheduler.isShutdown()) {
                LOG.log(Level.WARNING, "purging could not start, and will be tried again: " + e);
            }
        }
    }

    private void purge() {
        try {
            int hours = store.purge(clock.instant());
            if (hours > 0) {
                tell(events -> events.purged(hours));
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.WARNING, "purging failed, and will be tried again: " + e);
        }
    }

    /**
     * Starts to receive a file.
     *
     * @param permit what is allowed
     * @param index the file's place in its request, from 0
     * @param name the client's name for it; made safe
     * @param type the client's media type for it, if it gave one
     * @throws UploadRefusedException if it cannot be taken
     */
    public IncomingUpload receive(UploadPermit permit, int index, String name, @Nullable String type)
            throws UploadRefusedException {
        return new IncomingUpload(this, permit, index, name, type);
    }

    /**
     * Checks that there is room on the disk.
     *
     * @param floor bytes that must be free
     */
    void requireSpace(long floor) throws UploadRefusedException {
        try {
            if (store.freeSpace() < floor) {
                throw new UploadRefusedException(IncomingUpload.noSpace());
            }
        } catch (IOException e) {
            LOG.log(Level.ERROR, "the store does not say how much room it has: " + e);
            throw new UploadRefusedException(Problem.of(ProblemType.STORAGE_FAILED));
        }
    }

    /**
     * Checks that uploads may begin here.
     *
     * @throws UploadRefusedException if an operator wants none, or there is no room
     */
    public void requireOpen(UploadPermit permit) throws UploadRefusedException {
        if (store.isDraining()) {
            throw new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, "The host is being emptied."));
        }
        requireSpace(permit.limits().freeSpaceFloor());
    }

    /** Returns the uploads that come in several requests, if this host's store takes such. */
    public Optional<ResumableUploads> resumable() {
        return resumable;
    }

    /** Returns a permit as JSON, for a peer of this fleet; a ticket is not in it. */
    public static String describe(UploadPermit permit) {
        return PermitClaims.write(permit);
    }

    /** Returns the {@link Builder#peers}. */
    public List<URI> peers() {
        return peers;
    }

    ReceiptIssuer issuer() {
        return issuer;
    }

    /** Returns the verifier for receipts of this fleet. It knows no subject yet. */
    public ReceiptVerifier receipts() {
        return ReceiptVerifier.create(keyRing, clock, encryptReceipts);
    }

    /** Returns the verifier for tickets of this fleet. */
    public TicketVerifier tickets() {
        return TicketVerifier.create(keyRing, clock);
    }

    /** Tells the listener; what it throws is logged. */
    public void tell(Consumer<UploadListener> event) {
        try {
            event.accept(listener);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "the upload listener failed", e);
        }
    }

    /** Returns the fleet's keys. */
    public KeyRing keyRing() {
        return keyRing;
    }

    /** Returns where this host keeps its uploads. */
    public UploadStore store() {
        return store;
    }

    /** Returns where peers reach this host; see {@link Location#base}. */
    public URI base() {
        return base;
    }

    /** Returns whether {@code location} is at this host. */
    public boolean owns(Location location) {
        return location.base().equals(base);
    }

    /** Returns how uploads are sent to peers. */
    public Delivery delivery() {
        return delivery;
    }

    /** Returns how long an upload can be fetched. */
    public Duration timeToLive() {
        return timeToLive;
    }

    /** Returns whether {@link Builder#developmentMode} was asked for. */
    public boolean isDevelopmentMode() {
        return developmentMode;
    }

    /**
     * Sets how requests reach the peer that owns their upload: {@code host.relayThrough(fetcher.relay())}. Without it this
     * host serves its own uploads only.
     */
    public void relayThrough(PeerRelay value) {
        relay = value;
    }

    /** Returns how requests reach peers, if that is set. */
    public Optional<PeerRelay> relay() {
        return Optional.ofNullable(relay);
    }

    /** Returns the clock. */
    public Clock clock() {
        return clock;
    }

    /** Returns where blocking work runs. */
    public Executor executor() {
        return executor;
    }

    /** Returns the timer; what it runs is short and does not block. */
    public ScheduledExecutorService scheduler() {
        return scheduler;
    }

    /** Stops purging, lets running work end for at most ten seconds, and closes the store. */
    @Override
    public void close() throws IOException {
        scheduler.shutdownNow();
        ownExecutor.ifPresent(UploadHost::shutDown);
        resumable.ifPresent(ResumableUploads::close);
        store.close();
    }

    private static void shutDown(ThreadPoolExecutor pool) {
        pool.shutdown();
        try {
            if (!pool.awaitTermination(10, TimeUnit.SECONDS)) {
                pool.shutdownNow();
            }
        } catch (InterruptedException e) {
            pool.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
