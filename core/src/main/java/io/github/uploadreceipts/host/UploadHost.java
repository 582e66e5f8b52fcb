package io.github.uploadreceipts.host;

import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.handover.HandOver;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.direct.DirectUploads;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.MemoryBudget;
import io.github.uploadreceipts.internal.handover.HandOvers;
import io.github.uploadreceipts.internal.handover.WebhookUrls;
import io.github.uploadreceipts.internal.key.RingKeys;
import io.github.uploadreceipts.internal.peer.AddressRanges;
import io.github.uploadreceipts.internal.peer.OwnUrls;
import io.github.uploadreceipts.internal.peer.PeerRules;
import io.github.uploadreceipts.internal.resume.PartialStores;
import io.github.uploadreceipts.internal.resume.ResumableUploads;
import io.github.uploadreceipts.internal.share.LinkGate;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadStore;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * This host: its fleet's keys, its store, its internal URL, and how it delivers uploads to peers.
 *
 * <pre>{@code
 * UploadHost host = UploadHost.builder(KeyRing.watch(keys), LocalUploadStore.at(directory))
 *         .internalUrl("http://app1.lan:8080")
 *         .delivery(Delivery.xAccelRedirect("/stored/"))
 *         .build();
 * }</pre>
 *
 * <p>An application has one host, which its filters and its fetcher share, and closes it when it ends. Safe for use by
 * several threads.
 */
public final class UploadHost implements Closeable {

    static {
        HostAccess.install(new HostAccess() {
            @Override
            protected Parts read(UploadHost host) {
                return new Parts(host.engine, host.resumable, host.direct, host.links, host.handOvers);
            }
        });
    }

    private final Engine engine;
    private final Optional<ResumableUploads> resumable;
    private final Optional<DirectUploads> direct;
    private final LinkGate links;
    private final HandOvers handOvers;

    private UploadHost(Engine engine, Map<String, HandOver> parties, WebhookUrls webhooks) {
        this.engine = engine;
        this.handOvers = new HandOvers(engine, parties, webhooks);
        engine.attach(handOvers);
        this.links = new LinkGate(engine);
        this.resumable = PartialStores.of(engine.store()).map(partials -> new ResumableUploads(engine, partials));
        this.direct = DirectUploads.of(engine);
    }

    /** Returns a builder for a host with these keys and this store. Closing the host closes the store. */
    public static Builder builder(KeyRing keyRing, UploadStore store) {
        return new Builder(keyRing, store);
    }

    /** The settings of an {@link UploadHost}. */
    public static final class Builder {

        private final KeyRing keyRing;
        private final UploadStore store;
        private @Nullable String internalUrl;
        private List<String> formerInternalUrls = List.of();
        private int port = 8080;
        private String contextPath = "";
        private Delivery delivery = Delivery.direct();
        private Duration timeToLive = Duration.ofHours(24);
        private boolean encryptReceipts;
        private boolean developmentMode;
        private UploadListener listener = event -> {};
        private final Map<String, HandOver> parties = new LinkedHashMap<>();
        private Clock clock = Clock.systemUTC();
        private @Nullable Executor executor;
        private long maxBytesInMemory = MemoryBudget.defaultMax();
        private List<String> peers = List.of();
        private Optional<AddressRanges> peerAddresses = Optional.empty();
        private Set<Integer> peerPorts = Set.of();
        private WebhookUrls webhooks = WebhookUrls.NONE;

        private Builder(KeyRing keyRing, UploadStore store) {
            this.keyRing = keyRing;
            this.store = store;
        }

        /**
         * Checks that the key ring is the one of the fleet {@code name}.
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
         * Sets the URL at which peers reach this host: {@code http://host:port}, with the application's context path.
         * The default is made of the machine's canonical host name, {@link #port} and {@link #contextPath}.
         */
        public Builder internalUrl(String url) {
            internalUrl = url;
            return this;
        }

        /**
         * Sets the internal URLs that this host had before; none by default. What it stored or began then names them: a
         * host whose internal URL changes without this loses its uploads, also for itself. They are needed until the
         * last of these uploads has expired, and peers still ask at the old URL, which must lead here until then.
         */
        public Builder formerInternalUrls(String... urls) {
            formerInternalUrls = List.of(urls);
            return this;
        }

        /** Sets the port of the default internal URL; 8080 by default. */
        public Builder port(int value) {
            port = value;
            return this;
        }

        /** Sets the context path of the default internal URL; empty by default. */
        public Builder contextPath(String value) {
            contextPath = value;
            return this;
        }

        /**
         * Sets the internal URLs of the fleet's hosts; none by default. This host's own may be among them. When this
         * host has no room for new uploads or is being drained, it relays them to the others, through the fetcher made
         * for it. Short share links need the others here, too, on every host.
         */
        public Builder peers(String... internalUrls) {
            peers = List.of(internalUrls);
            return this;
        }

        /**
         * Sets the addresses of the fleet's hosts. Only from these does this host accept requests between hosts, and
         * only to these does its fetcher connect. By default they are the private addresses, and loopback for what a
         * front server on this machine passes on.
         *
         * @param cidrs blocks such as {@code 10.1.0.0/16} or {@code fd00:1::/32}
         * @throws IllegalArgumentException if one is not a block of addresses
         */
        public Builder peerAddresses(String... cidrs) {
            peerAddresses = Optional.of(AddressRanges.of(cidrs));
            return this;
        }

        /**
         * Sets the ports of the fleet's internal URLs, the only ones to which this host's fetcher connects. By default
         * they are those of this host's own internal URL and its former ones.
         */
        public Builder peerPorts(int... ports) {
            peerPorts = Arrays.stream(ports).boxed().collect(Collectors.toUnmodifiableSet());
            return this;
        }

        /** Sets how uploads are sent to peers; {@link Delivery#direct} by default. */
        public Builder delivery(Delivery value) {
            delivery = value;
            return this;
        }

        /** Sets how long an upload can be fetched: from 1 minute to 365 days; 24 hours by default. */
        public Builder timeToLive(Duration value) {
            timeToLive = value;
            return this;
        }

        /**
         * Sets whether receipts are encrypted, so that clients see neither digests nor internal host names. The setting
         * must be the same on all hosts of a fleet.
         */
        public Builder encryptReceipts(boolean value) {
            encryptReceipts = value;
            return this;
        }

        /** Permits an internal URL that only this machine can reach. Do not use it in production. */
        public Builder developmentMode() {
            developmentMode = true;
            return this;
        }

        /** Sets the listener for what happens on this host. */
        public Builder listener(UploadListener value) {
            listener = value;
            return this;
        }

        /**
         * Adds a part of the application that is told of each stored upload before the upload can be used. Those added
         * before are told first, and the next one only once they are done.
         *
         * @param name of 1 to 32 characters {@code [a-z0-9-]}, not {@code webhook}; it stands in records on the disk
         */
        public Builder handOver(String name, HandOver party) {
            HandOvers.add(parties, name, party);
            return this;
        }

        /**
         * Sets the receivers of webhooks: origins such as {@code https://shop.example/}, or URLs whose path is a directory
         * for them. A ticket that names another receiver is refused. By default there are none.
         *
         * @throws IllegalArgumentException if one is not an http or https URL
         */
        public Builder handOverUrls(String... urls) {
            webhooks = WebhookUrls.of(urls);
            return this;
        }

        /** Sets the clock. */
        public Builder clock(Clock value) {
            clock = value;
            return this;
        }

        /**
         * Sets how many bytes of requests in flight may be held in memory: the bodies of final requests, and the fields of
         * forms. By default a sixteenth of the heap. Requests beyond that get 503.
         */
        public Builder maxBytesInMemory(long bytes) {
            maxBytesInMemory = bytes;
            return this;
        }

        /**
         * Sets the executor for blocking work, such as forcing files to disk and responding after that. By default the
         * host has up to 32 threads of its own. What waits for peers never uses it. The host does not shut down an
         * executor that is set here.
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
                    "timeToLive is " + timeToLive + ", but must be from 1 minute to 365 days");
            requireState(maxBytesInMemory > 0, "maxBytesInMemory is " + maxBytesInMemory + ", but must be positive");
            RingKeys.requireEachUse(keyRing, clock.instant());
            requireState(encryptReceipts || !store.isSealed(), "a sealed store needs encryptReceipts(true)");
            HandOvers.requirePossible(store, parties);
            URI ownUrl = InternalUrl.own(internalUrl, port, contextPath, developmentMode);
            return new UploadHost(
                    new Engine(new Engine.Settings(
                            keyRing,
                            store,
                            new OwnUrls(ownUrl, InternalUrl.parse(formerInternalUrls)),
                            InternalUrl.parse(peers),
                            new PeerRules(peerAddresses, peerPorts),
                            delivery,
                            timeToLive,
                            encryptReceipts,
                            developmentMode,
                            listener,
                            clock,
                            new MemoryBudget(maxBytesInMemory),
                            Optional.ofNullable(executor))),
                    parties,
                    webhooks);
        }

        private static void requireState(boolean condition, String otherwise) {
            if (!condition) {
                throw new IllegalStateException(otherwise);
            }
        }
    }

    /** Returns the verifier for receipts of this fleet. It knows no subject yet. */
    public ReceiptVerifier receipts() {
        return engine.receipts();
    }

    /** Returns where peers reach this host; see {@link Location#base}. */
    public URI internalUrl() {
        return engine.internalUrl();
    }

    /** Returns the fleet's keys. */
    public KeyRing keyRing() {
        return engine.keyRing();
    }

    /**
     * Finishes the hand-over of an upload to a part of the application that has responded with {@link Verdict#waiting}.
     * Works on any host, and twice.
     *
     * @param party its name
     * @param verdict {@link Verdict#done} or {@link Verdict#refused}
     * @throws IOException if that part has said otherwise before, or waits no more, or the upload is gone, or its owner
     *     cannot be asked
     */
    public void finish(UploadReceipt receipt, String party, Verdict verdict) throws IOException {
        handOvers.finishNow(receipt.owner(), party, verdict);
    }

    /**
     * Starts or stops to drain this host until the process ends, as the file {@code drain} in a local store does: new
     * uploads are refused, or relayed to its {@link Builder#peers}, and what it keeps is served.
     */
    public void drain(boolean on) {
        engine.draining().set(on);
    }

    /** Returns whether this host is being drained, by {@link #drain} or by the file. */
    public boolean isDraining() {
        return engine.draining().isOn();
    }

    /**
     * Returns when the last upload that this host keeps or receives expires, rounded up to the hour; empty if none is left. A host
     * that is being drained can be taken away then. Lists directories, so it may take a while.
     *
     * @throws IOException if the store cannot be read
     */
    public Optional<Instant> keepsUploadsUntil() throws IOException {
        return engine.draining().keepsUntil();
    }

    /**
     * Ends what only waits, such as browsers' streams of events, and lets nothing begin to wait. Call this before the
     * container lets requests end, as the Spring Boot starter does before its graceful shutdown. There is no way back.
     */
    public void prepareToStop() {
        engine.stopping().begin();
    }

    /** Stops purging, waits up to ten seconds for running work, and closes the store. */
    @Override
    public void close() throws IOException {
        engine.close();
        resumable.ifPresent(ResumableUploads::close);
        engine.store().close();
    }
}
