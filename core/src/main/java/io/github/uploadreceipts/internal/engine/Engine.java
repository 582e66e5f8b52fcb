package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadListener;
import io.github.uploadreceipts.internal.peer.OwnUrls;
import io.github.uploadreceipts.internal.peer.PeerRules;
import io.github.uploadreceipts.internal.peer.Peers;
import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.internal.seal.WarmUp;
import io.github.uploadreceipts.internal.token.AcceptedTicket;
import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.internal.token.TicketTokens;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadStore;
import java.io.Closeable;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * What a host does, behind the {@link io.github.uploadreceipts.host.UploadHost} that its application sees. Every
 * decision about an upload is made here, in one place: how it is received, when its receipt is issued, and how it is
 * opened, claimed, discarded and withdrawn.
 *
 * <p>Safe for use by several threads.
 */
public final class Engine implements Closeable {

    private final Settings settings;
    private final UploadStore store;
    private final StoreSpace space;
    private final Clock clock;
    private final ReceiptTokens receiptTokens;
    private final TicketTokens ticketTokens;
    private final ReceiptVerifier verifier;
    private final Stopping stopping = new Stopping();
    private final HostThreads threads;
    private final Peers peers;
    private final Purging purging;
    private final Draining draining;
    private final Listeners listeners;
    private final Vitals vitals;
    private volatile HandOverGate handOvers = HandOverGate.OPEN;

    /**
     * What a host is made of.
     *
     * @param own where peers reach this host, and where they did before
     * @param peers the internal URLs of other hosts, to which new uploads are relayed when there is no room here
     * @param rules where peers are
     * @param memory what may be held for requests in flight
     * @param executor for blocking work; if empty, the host has threads of its own
     */
    public record Settings(
            KeyRing keyRing,
            UploadStore store,
            OwnUrls own,
            List<URI> peers,
            PeerRules rules,
            Delivery delivery,
            Duration timeToLive,
            boolean encryptReceipts,
            boolean developmentMode,
            UploadListener listener,
            Clock clock,
            MemoryBudget memory,
            Optional<Executor> executor) {}

    /** Starts the engine, which purges expired uploads from now on. */
    public Engine(Settings settings) {
        this.settings = settings;
        this.store = settings.store();
        this.space = StoreSpace.of(store);
        this.clock = settings.clock();
        this.receiptTokens = new ReceiptTokens(settings.keyRing(), settings.encryptReceipts());
        this.ticketTokens = new TicketTokens(settings.keyRing());
        this.verifier = ReceiptVerifier.create(settings.keyRing(), clock, settings.encryptReceipts());
        this.threads = new HostThreads(settings.executor());
        this.peers = new Peers(settings.keyRing(), clock, settings.own(), settings.peers(), settings.rules());
        this.listeners = new Listeners(settings.listener());
        this.vitals = new Vitals(store, threads);
        PeerClocks clocks = new PeerClocks(peers, clock, vitals);
        this.purging = new Purging(store, clock, clocks, threads, this::purged, System::nanoTime);
        purging.start();
        if (store.isSealed()) {
            threads.newWaitingExecutor(1).execute(WarmUp::run); // on a thread that nothing waits for
        }
        this.draining = new Draining(store, clock, vitals, settings.timeToLive());
        draining.start(threads);
    }

    private void purged(int hours) {
        vitals.purged();
        if (hours > 0) {
            tell(new UploadEvent.Purged(hours));
        }
    }

    /**
     * Starts to receive a file.
     *
     * @param admission what the request may upload
     * @param index the file's place in its request, from 0
     * @param name the client's name for the file; the receipt has a safe form of it
     * @param type the client's media type for the file, if it gave one
     * @throws UploadRefusedException if the file cannot be received
     */
    public IncomingUpload receive(Admission admission, int index, String name, @Nullable String type)
            throws UploadRefusedException {
        FileTerms terms = FileTerms.of(admission, index, name, type, internalUrl());
        handOvers.requirePossible(terms);
        Optional<SealKey> sealKey = newSealKey(admission);
        requireRoomInReceipt(terms, sealKey);
        return IncomingUpload.begin(this, terms, sealKey, admission.ticket().isPresent());
    }

    /**
     * Returns the key of a new upload, if the store keeps new uploads sealed, or a ticket asks for it.
     *
     * @throws UploadRefusedException if a ticket asks for it, and receipts, which must have the key, are not encrypted
     */
    public Optional<SealKey> newSealKey(Admission admission) throws UploadRefusedException {
        if (!store.isSealed() && !admission.isSealed()) {
            return Optional.empty();
        }
        if (!settings.encryptReceipts()) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.TICKET_INVALID,
                    "The ticket is for sealed uploads, which this fleet cannot keep: its receipts are not encrypted."));
        }
        return Optional.of(SealKey.random());
    }

    /**
     * Checks, before any bytes are received, that name, path, the application's context and the key fit into one receipt.
     *
     * @throws UploadRefusedException if they do not
     */
    public void requireRoomInReceipt(FileTerms terms, Optional<SealKey> sealKey) throws UploadRefusedException {
        UploadReceipt longest = terms.receipt(
                internalUrl(), sealKey, now(), expiry(terms, now()), Long.MAX_VALUE, ContentDigest.of(new byte[32]));
        if (!receiptTokens.fits(longest)) {
            throw terms.tooLongForReceipt();
        }
    }

    /**
     * Issues the receipt of a file that was measured. All receipts are issued here.
     *
     * @param sealKey the key under which the file is sealed, if it is
     * @param expiresAt see {@link #expiry}
     * @throws UploadRefusedException if the receipt would expire no later than it is issued
     */
    public IssuedReceipt issue(
            FileTerms terms,
            Optional<SealKey> sealKey,
            Instant issuedAt,
            Instant expiresAt,
            long size,
            ContentDigest measured)
            throws UploadRefusedException {
        return issue(terms.receipt(internalUrl(), sealKey, issuedAt, expiresAt, size, measured));
    }

    IssuedReceipt issue(UploadReceipt receipt) {
        return new IssuedReceipt(receipt, receiptTokens.issue(receipt));
    }

    /** Returns when an upload expires if its life begins at {@code time}. */
    public Instant expiry(FileTerms terms, Instant time) {
        return terms.until().orElseGet(() -> time.plus(settings.timeToLive()));
    }

    /** Returns the current time in whole seconds, as it is in tokens. */
    public Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    /**
     * Returns the uploads in this host's store, as they may be used.
     *
     * @param acceptUnfinished whether also those with which the application is not done, or which it has refused
     */
    public StoredUploads uploads(boolean acceptUnfinished) {
        return new StoredUploads(store, acceptUnfinished ? HandOverGate.OPEN : handOvers, listeners);
    }

    /** Returns whether an upload is stored, whatever its size. */
    public boolean isStored(Location location) throws StoreException {
        return store.find(location.id(), location.hour()).isPresent();
    }

    /** Returns whether an internal URL is, or was, this host's. */
    public boolean isOwn(URI internalUrl) {
        return settings.own().contain(internalUrl);
    }

    /** Returns the internal URLs of this host, former ones too. */
    public OwnUrls own() {
        return settings.own();
    }

    /** Returns whether this host's store can serve the upload at {@code location}. */
    public boolean reaches(Location location) {
        return isOwn(location.base()) || store.reaches(location);
    }

    /** Deletes an upload after use, tells the listener, and returns whether the upload was there. */
    public boolean discard(Location location) throws StoreException {
        boolean discarded = store.discard(location.id(), location.hour());
        handOvers.gone(location);
        if (discarded) {
            tell(new UploadEvent.Discarded(location.id()));
        }
        return discarded;
    }

    /** Deletes an upload whose receipt nobody got. The store does not remember it. */
    public void withdraw(Location location) throws StoreException {
        store.withdraw(location.id(), location.hour());
        handOvers.gone(location);
    }

    /**
     * Checks that a new upload may begin here.
     *
     * @param bytes how large it will be, as far as is known
     * @throws UploadRefusedException if an operator is draining this host, its store is not there or cannot be written,
     *     or there is no room
     */
    public void requireOpen(UploadLimits limits, long bytes) throws UploadRefusedException {
        draining.requireOff();
        StoreSpace.requireWritable(store);
        space.require(bytes, limits.freeSpaceFloor());
    }

    /** Returns whether this host is being drained. */
    public Draining draining() {
        return draining;
    }

    /** Returns the space of the store, in which uploads reserve what they will write. */
    StoreSpace space() {
        return space;
    }

    /**
     * Reserves space for a resumable upload, and keeps it until its client can send its next request.
     *
     * @param stored how many bytes will be stored
     * @throws UploadRefusedException if there is no room
     */
    public void keepSpace(FileTerms terms, long stored) throws UploadRefusedException {
        space.keep(terms.id(), stored, terms.freeSpaceFloor());
    }

    /** Returns the verifier for receipts of this fleet. It knows no subject yet. */
    public ReceiptVerifier receipts() {
        return verifier;
    }

    /**
     * Verifies a receipt that another host of the fleet sent, whatever its subject, and returns it.
     *
     * @throws TokenRefusedException if it is not a receipt of this fleet, or has expired
     */
    public UploadReceipt receiptOfPeer(String token) throws TokenRefusedException {
        return receiptTokens.verify(token, clock.instant(), TokenCodec.LEEWAY);
    }

    /**
     * Verifies {@code token} and returns its ticket.
     *
     * @throws TokenRefusedException if it is not a ticket of this fleet, or has expired
     */
    public AcceptedTicket ticket(String token) throws TokenRefusedException {
        return ticketTokens.verify(token, clock.instant());
    }

    /**
     * Returns the id of the ticket in {@code token}, even if the ticket has expired.
     *
     * @throws TokenRefusedException if it is not a ticket of this fleet
     */
    public String ticketId(String token) throws TokenRefusedException {
        return ticketTokens.id(token, clock.instant());
    }

    /** Sets who is asked about hand-overs. The host calls this once, before it has any upload. */
    public void attach(HandOverGate gate) {
        handOvers = gate;
    }

    /** Publishes an upload once it is recorded that it is to be handed over. */
    public void publish(FileTerms terms, IssuedReceipt issued, HandOverGate.Publishing step) throws StoreException {
        handOvers.publish(terms, issued, step);
    }

    /** Tells the listeners that an upload is stored, which nobody withdraws any more, and hands it over. */
    public void stored(IssuedReceipt issued) {
        tell(new UploadEvent.Stored(issued.receipt()));
        handOvers.stored(issued);
    }

    /** Returns who is asked about hand-overs. */
    public HandOverGate handOvers() {
        return handOvers;
    }

    /** Tells the listeners what happened. Whatever they throw has no effect. */
    public void tell(UploadEvent event) {
        listeners.tell(event);
    }

    /** Adds a listener to the application's. */
    public void listen(UploadListener listener) {
        listeners.add(listener);
    }

    /** Returns what monitoring reads of this host. */
    public Vitals vitals() {
        return vitals;
    }

    /** Returns this host's peers. */
    public Peers peers() {
        return peers;
    }

    /** Returns where peers reach this host; see {@link Location#base}. */
    public URI internalUrl() {
        return settings.own().current();
    }

    /** Returns the fleet's keys. */
    public KeyRing keyRing() {
        return settings.keyRing();
    }

    /** Returns where this host keeps its uploads. */
    public UploadStore store() {
        return store;
    }

    /** Returns how uploads are sent to peers. */
    public Delivery delivery() {
        return settings.delivery();
    }

    /** Returns how long an upload can be fetched. */
    public Duration timeToLive() {
        return settings.timeToLive();
    }

    /** Returns whether the internal URL may be one that only this machine can reach. */
    public boolean isDevelopmentMode() {
        return settings.developmentMode();
    }

    /** Returns what to change if this host's clock is not that of its disk, which also keeps it from purging. */
    public Optional<String> clockFault() {
        return purging.clockFault();
    }

    /** Returns the clock. */
    public Clock clock() {
        return clock;
    }

    /** Returns what may be held in memory for requests in flight. */
    public MemoryBudget memory() {
        return settings.memory();
    }

    /** Returns where blocking work runs. */
    public Executor executor() {
        return threads.executor();
    }

    /** Returns a new executor for work that takes long. It leaves most of the threads to work that does not. */
    public Executor newLongWorkExecutor() {
        return threads.newLongWorkExecutor();
    }

    /**
     * Returns a new executor for work that waits for peers. It shares no thread with other work.
     *
     * @param most how many of its tasks run at once; the others wait
     */
    public Executor newWaitingExecutor(int most) {
        return threads.newWaitingExecutor(most);
    }

    /** Returns what is done before the container stops. */
    public Stopping stopping() {
        return stopping;
    }

    /** Returns the timer. Its tasks must be short and must not block. */
    public ScheduledExecutorService timer() {
        return threads.timer();
    }

    /** Stops purging, and waits up to ten seconds for running work. The store stays open. */
    @Override
    public void close() {
        threads.close();
    }
}
