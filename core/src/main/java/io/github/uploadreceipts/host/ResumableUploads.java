package io.github.uploadreceipts.host;

import io.github.uploadreceipts.host.RunningHashes.RunningHash;
import io.github.uploadreceipts.host.UploadLocks.Step;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.IssuedReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.PartialStore;
import io.github.uploadreceipts.store.PartialStore.Partial;
import io.github.uploadreceipts.store.PartialStore.Snapshot;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadResource;
import io.github.uploadreceipts.ticket.AcceptedTicket;
import io.github.uploadreceipts.ticket.UploadTicket;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * This host's uploads that come in several requests. What is kept of one lies beside its bytes; here is only who appends
 * now, and how far each was hashed, which a restart loses and the bytes give again.
 *
 * <p>Every method may block on the disk. Safe for use by several threads.
 */
public final class ResumableUploads {

    /** What an upload is to become. */
    public enum Role {
        /** A file. */
        WHOLE,
        /** A piece of one; its receipt is for hosts only. */
        PIECE,
        /** A file made of pieces. */
        JOINED
    }

    /**
     * What is asked for when an upload is created.
     *
     * @param name the client's
     * @param type the client's media type, if it gave one
     * @param length in bytes, if it is known
     * @param metadata to be kept as it is
     * @param role what it is to become
     */
    public record Creation(
            String name, Optional<String> type, Optional<Long> length, Optional<String> metadata, Role role) {}

    /**
     * How far an upload is.
     *
     * @param offset how many bytes are durable
     * @param length in bytes, if it is known
     * @param metadata as it was given
     * @param role what it is to become
     * @param complete whether all bytes are there
     * @param receipt of the complete file; never of a piece
     */
    public record Status(
            long offset,
            Optional<Long> length,
            Optional<String> metadata,
            Role role,
            boolean complete,
            Optional<IssuedReceipt> receipt) {}

    private static final Logger LOG = System.getLogger(ResumableUploads.class.getName());
    private static final int MAX_PIECES = 16;

    private final UploadHost host;
    private final PartialStore store;
    private final Map<UploadId, Append> appending = new ConcurrentHashMap<>();
    private final RunningHashes hashes = new RunningHashes();
    private final Executor reading;
    private final Set<UploadId> hashingAhead = ConcurrentHashMap.newKeySet();
    private final UploadLocks locks;
    private final Joining joining;

    ResumableUploads(UploadHost host, PartialStore store) {
        this.host = host;
        this.store = store;
        this.locks = new UploadLocks(host);
        this.reading = BoundedExecutor.forLongWork(host);
        this.joining = new Joining(host, this);
    }

    /** Reads the permit that a peer wrote by {@link UploadHost#describe}. */
    public static UploadPermit permit(String json) {
        return PermitClaims.read(json);
    }

    /**
     * Creates an upload.
     *
     * @throws UploadRefusedException if it is not permitted, or there is no room
     */
    public UploadResource create(UploadPermit permit, Creation creation) throws UploadRefusedException {
        return create(permit, creation, List.of());
    }

    /**
     * Creates an upload and opens it, before anybody else can.
     *
     * @throws UploadRefusedException if it is not permitted, or there is no room
     */
    public Append begin(UploadPermit permit, Creation creation) throws UploadRefusedException {
        return create(permit, creation, List.of(), resource -> {
            try {
                return openAlone(resource);
            } catch (IOException | UploadRefusedException | RuntimeException e) {
                remove(resource);
                throw e;
            }
        });
    }

    /**
     * Creates an upload that is made of others, and begins to make it; see {@link #join}. Asks the hosts that keep the
     * pieces, and blocks for them.
     *
     * @throws UploadRefusedException if it is not permitted, there is no room, or a piece is not complete or not there
     */
    public UploadResource create(UploadPermit permit, Creation creation, Iterable<UploadResource> pieces)
            throws UploadRefusedException {
        return create(permit, creation, pieces, resource -> resource);
    }

    /** What is done to an upload that was just created, before anybody else can do anything. */
    private interface First<T> {
        T of(UploadResource resource) throws IOException, UploadRefusedException;
    }

    private <T> T create(
            UploadPermit permit, Creation creation, Iterable<UploadResource> pieces, First<? extends T> first)
            throws UploadRefusedException {
        host.requireOpen(permit);
        List<IssuedReceipt> receipts = joining.receipts(permit, pieces);
        Instant expiresAt = permit.terms()
                .map(UploadTicket::uploadsExpireAt)
                .orElseGet(() -> host.clock().instant().plus(host.timeToLive()));
        return creation.role() == Role.PIECE
                ? createPiece(permit, creation, expiresAt, first)
                : createFile(permit, creation, receipts, expiresAt, first);
    }

    private <T> T createFile(
            UploadPermit permit,
            Creation creation,
            List<IssuedReceipt> pieces,
            Instant expiresAt,
            First<? extends T> first)
            throws UploadRefusedException {
        FileTerms terms =
                FileTerms.of(host, permit, 0, creation.name(), creation.type().orElse(null));
        Optional<Long> length = pieces.isEmpty() ? creation.length() : Optional.of(Joining.size(pieces));
        if (length.isPresent()) {
            terms.requireSize(length.get());
            terms.requireExactSize(length.get());
        }
        ResumableState state = ResumableState.begun(terms, permit.limits(), creation, length, pieces);
        UploadResource resource = new UploadResource(host.base(), terms.id(), expiresAt);
        return locks.locked(resource, () -> {
            if (permit.ticket().isEmpty() || !renew(resource, state)) {
                store.create(resource.id(), resource.hour(), state.toJson());
            }
            return first.of(resource);
        });
    }

    /**
     * Whoever has not learnt the URL of what was created may create it again, as long as there is nothing of it, or it is made
     * of the same pieces.
     */
    private boolean renew(UploadResource resource, ResumableState state) throws IOException {
        Optional<Snapshot> found = store.find(resource.id(), resource.hour());
        if (found.isEmpty() && host.store().isTaken(resource.id(), resource.hour())) {
            throw new FileAlreadyExistsException(resource.id().toString());
        }
        if (found.isPresent() && joining.isSame(ResumableState.parse(found.get().state()), state)) {
            return true;
        }
        if (found.isEmpty() || !isUntouched(found.get()) || appending.containsKey(resource.id())) {
            return false;
        }
        try (Partial partial = store.open(resource.id(), resource.hour())
                .orElseThrow(() -> new FileAlreadyExistsException(resource.id().toString()))) {
            if (!isUntouched(partial.snapshot())) {
                return false;
            }
            partial.replaceState(state.toJson());
            return true;
        } catch (NoSuchFileException e) { // a crash came before the bytes had a place
            store.delete(resource.id(), resource.hour());
            return false;
        }
    }

    private static boolean isUntouched(Snapshot snapshot) throws IOException {
        ResumableState state = ResumableState.parse(snapshot.state());
        return snapshot.acknowledged() == 0 && state.done().isEmpty() && state.role() == Role.WHOLE;
    }

    /** A ticket's slot has places for so many pieces, on each host. */
    private <T> T createPiece(UploadPermit permit, Creation creation, Instant expiresAt, First<? extends T> first)
            throws UploadRefusedException {
        Optional<AcceptedTicket> ticket = permit.ticket();
        for (int piece = 0; ; piece++) {
            int place = piece;
            UploadId id = ticket.map(shown -> shown.pieceId(permit.slot(), place, host.base()))
                    .orElseGet(UploadId::random);
            FileTerms terms = FileTerms.ofPiece(host, permit, id);
            if (creation.length().isPresent()) {
                terms.requireSize(creation.length().get());
            }
            ResumableState state = ResumableState.begun(terms, permit.limits(), creation, creation.length(), List.of());
            UploadResource resource = new UploadResource(host.base(), id, expiresAt);
            try {
                return locks.locked(resource, () -> {
                    store.create(id, resource.hour(), state.toJson());
                    return first.of(resource);
                });
            } catch (UploadRefusedException e) {
                boolean taken = e.problem().type() == ProblemType.SLOT_TAKEN;
                if (!taken || place + 1 == MAX_PIECES) {
                    throw e;
                }
            }
        }
    }

    /**
     * Returns how far an upload is, after whoever appends to it has been stopped.
     *
     * @throws UploadRefusedException if it is gone
     */
    public Status status(UploadResource resource) throws UploadRefusedException {
        if (!joining.isRunning(resource)) {
            takeOver(resource.id()); // before looking: what another request ends with counts
        }
        Snapshot snapshot = find(resource);
        ResumableState state = parse(resource, snapshot);
        if (state.role() == Role.JOINED && state.done().isEmpty()) {
            var unused = joining.start(resource);
            return describe(state, 0, Optional.empty());
        }
        boolean known =
                snapshot.acknowledged() == 0 || hashes.has(state.incarnation()) || hashingAhead.contains(resource.id());
        return known && state.done().isEmpty() && !isAllThere(state, snapshot)
                ? describe(state, snapshot.acknowledged(), Optional.empty())
                : alone(resource, () -> settle(resource));
    }

    private static boolean isAllThere(ResumableState state, Snapshot snapshot) {
        return state.length().equals(Optional.of(snapshot.acknowledged()));
    }

    /** Whoever wrote what can be read may have ended, or failed, before it was durable, or before the upload was complete. */
    private Status settle(UploadResource resource) throws IOException, UploadRefusedException {
        Snapshot snapshot = find(resource);
        ResumableState state = parse(resource, snapshot);
        if (state.done().isPresent()) {
            return describe(state, state.done().get().size(), Optional.of(published(resource, state)));
        }
        if (isAllThere(state, snapshot)) {
            try (Append append = openAlone(resource)) {
                return append.complete();
            }
        }
        try (Partial partial = openPartial(resource)) {
            partial.confirm();
        }
        if (hashingAhead.add(resource.id())) {
            startHashingAhead(resource, state);
        }
        return describe(state, snapshot.acknowledged(), Optional.empty());
    }

    /** No piece's receipt is for clients. */
    static Status describe(ResumableState state, long offset, Optional<IssuedReceipt> receipt) {
        return new Status(
                offset,
                state.length(),
                state.metadata(),
                state.role(),
                state.done().isPresent(),
                state.role() == Role.PIECE ? Optional.empty() : receipt);
    }

    /**
     * Returns the receipt of a complete piece, for the host that makes a whole of it.
     *
     * @throws UploadRefusedException if it is gone, or not complete
     */
    public IssuedReceipt pieceReceipt(UploadResource resource) throws UploadRefusedException {
        ResumableState state = parse(resource, find(resource));
        if (state.role() != Role.PIECE || state.done().isEmpty()) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.NOT_FINISHED, "A whole is made of complete pieces."));
        }
        return alone(resource, () -> published(resource, state));
    }

    /** A crash may have come between the decision that the upload is complete and its becoming visible, durably. */
    private IssuedReceipt published(UploadResource resource, ResumableState state)
            throws IOException, UploadRefusedException {
        ResumableState.Done done = state.done().orElseThrow();
        IssuedReceipt issued = state.terms().issue(host, done.at(), done.size(), done.digest());
        ExpiryHour hour = issued.receipt().owner().hour();
        try (Partial partial = openPartial(resource)) {
            publish(resource, partial, state, issued);
        } catch (NoSuchFileException | FileAlreadyExistsException e) { // published or discarded before, or another's
            if (host.store().find(resource.id(), hour).isEmpty()) {
                throw gone();
            }
            if (e instanceof FileAlreadyExistsException) {
                throw e;
            }
        }
        return issued;
    }

    /**
     * Makes an upload visible, durably, whoever it was that asked or appended; nobody has a piece's receipt. An upload whose
     * place is taken goes: who deletes it must not delete what is there.
     */
    void publish(UploadResource resource, Partial partial, ResumableState state, IssuedReceipt issued)
            throws IOException {
        try {
            partial.publish(issued.receipt().owner().hour());
        } catch (FileAlreadyExistsException e) {
            remove(resource);
            throw e;
        }
        if (state.role() != Role.PIECE) {
            host.tell(events -> events.stored(issued.receipt()));
        }
    }

    /**
     * Opens an upload for appending, after whoever else appends to it has been stopped. Where it is not known any more how
     * its bytes hash, they are read.
     *
     * @throws UploadRefusedException if it is gone, complete or made of pieces, or another process appends to it
     */
    public Append open(UploadResource resource) throws UploadRefusedException {
        if (joining.isRunning(resource)) {
            throw ofPieces();
        }
        Append append;
        try {
            append = openAny(resource);
        } catch (UploadRefusedException e) {
            throw parse(resource, find(resource)).role() == Role.JOINED ? ofPieces() : e;
        }
        if (append.role() == Role.JOINED) {
            append.close();
            throw ofPieces();
        }
        return append;
    }

    private static UploadRefusedException ofPieces() {
        return new UploadRefusedException(
                Problem.of(ProblemType.FORBIDDEN, "Nothing can be appended to what is made of other uploads."));
    }

    Append openAny(UploadResource resource) throws UploadRefusedException {
        requireOwn(resource);
        return alone(resource, () -> openAlone(resource));
    }

    /** Stops whoever appends, and sees to it that nobody else does before {@code step} has ended. */
    private <T> T alone(UploadResource resource, Step<T> step) throws UploadRefusedException {
        return locks.locked(resource, () -> {
            takeOver(resource.id());
            return step.run();
        });
    }

    private Partial openPartial(UploadResource resource) throws IOException, UploadRefusedException {
        return store.open(resource.id(), resource.hour())
                .orElseThrow(() -> new UploadRefusedException(Problem.of(ProblemType.TAKEN_OVER)));
    }

    private Append openAlone(UploadResource resource) throws IOException, UploadRefusedException {
        Partial partial = openPartial(resource);
        try {
            Append append = append(resource, partial);
            appending.put(resource.id(), append);
            return append;
        } catch (IOException | UploadRefusedException | RuntimeException e) {
            close(resource, partial);
            throw e;
        }
    }

    private Append append(UploadResource resource, Partial partial) throws IOException, UploadRefusedException {
        Snapshot snapshot = partial.snapshot();
        ResumableState state = ResumableState.parse(snapshot.state());
        if (state.done().isPresent()) {
            throw gone();
        }
        RunningHash known = hashes.of(state.incarnation(), partial, snapshot.acknowledged());
        IncomingUpload upload =
                new IncomingUpload(host, state.terms().whileResumed(), partial, known.hash(), known.size());
        hashes.forget(state.incarnation()); // not before there was room
        return new Append(host, this, resource, state, partial, upload);
    }

    private void startHashingAhead(UploadResource resource, ResumableState state) {
        try {
            reading.execute(() -> hashAhead(resource, state));
        } catch (RejectedExecutionException e) { // whoever appends will read
            hashingAhead.remove(resource.id());
        }
    }

    /** The client that asks how far it is will come back with more in a moment, and must not be stopped if it has. */
    private void hashAhead(UploadResource resource, ResumableState state) {
        try {
            locks.locked(resource, () -> {
                if (!appending.containsKey(resource.id()) && !hashes.has(state.incarnation())) {
                    openAlone(resource).close();
                }
                return resource;
            });
        } catch (UploadRefusedException e) {
            LOG.log(Level.DEBUG, "upload {0} is not hashed ahead: {1}", resource.id(), e.getMessage());
        } finally {
            hashingAhead.remove(resource.id());
        }
    }

    /** Stops whoever appends. */
    private void takeOver(UploadId id) {
        Append other = appending.get(id);
        if (other != null) {
            other.stop();
        }
    }

    /** Called by an append that ends; {@code hash} is null where it is not that of the acknowledged bytes. */
    void ended(Append append, ResumableState state, long size, @Nullable MessageDigest hash) {
        if (hash != null) {
            hashes.keep(state.incarnation(), new RunningHash(size, hash));
        }
        appending.remove(append.resource().id(), append);
    }

    /**
     * Returns what becomes of an upload that is made of pieces: it completes when that is made. Making it goes on if it was
     * interrupted.
     *
     * @throws UploadRefusedException if it is gone
     */
    public CompletableFuture<Status> join(UploadResource resource) throws UploadRefusedException {
        var unused = find(resource);
        return joining.start(resource);
    }

    /**
     * Deletes an upload, complete or not.
     *
     * @throws UploadRefusedException if it is gone
     */
    public void delete(UploadResource resource) throws UploadRefusedException {
        delete(resource, false);
    }

    /**
     * Deletes an upload of which nobody has the URL or the receipt, as if it had never been.
     *
     * @throws UploadRefusedException if it is gone
     */
    public void withdraw(UploadResource resource) throws UploadRefusedException {
        delete(resource, true);
    }

    private void delete(UploadResource resource, boolean unknown) throws UploadRefusedException {
        alone(resource, () -> {
            ResumableState state = parse(resource, find(resource));
            if (state.done().isPresent()) {
                ExpiryHour hour = ExpiryHour.of(
                        state.terms().expiry(host, state.done().get().at()));
                if (unknown || state.role() == Role.PIECE) { // which leaves its place in a ticket's slot to another
                    host.store().withdraw(resource.id(), hour);
                } else {
                    host.store().discard(resource.id(), hour);
                }
            }
            removeAlone(resource);
            return resource;
        });
    }

    /** Nor does another process append to it. */
    private void removeAlone(UploadResource resource) throws IOException, UploadRefusedException {
        Partial partial;
        try {
            partial = openPartial(resource);
        } catch (NoSuchFileException e) { // it was published
            remove(resource);
            return;
        }
        try {
            remove(resource);
        } finally {
            close(resource, partial);
        }
    }

    /** Removes what is kept of an upload that is not published. */
    void remove(UploadResource resource) throws IOException {
        store.delete(resource.id(), resource.hour());
    }

    /** Lets go of what is still being appended to: another host on this store may go on with it at once. */
    void close() {
        appending.values().forEach(Append::stop);
    }

    private void requireOwn(UploadResource resource) {
        if (!resource.owner().equals(host.base())) {
            throw new IllegalArgumentException("another host keeps this upload");
        }
    }

    private Snapshot find(UploadResource resource) throws UploadRefusedException {
        requireOwn(resource);
        try {
            return store.find(resource.id(), resource.hour()).orElseThrow(ResumableUploads::gone);
        } catch (IOException e) {
            throw IncomingUpload.failed(host, resource.id(), e);
        }
    }

    private ResumableState parse(UploadResource resource, Snapshot snapshot) throws UploadRefusedException {
        try {
            return ResumableState.parse(snapshot.state());
        } catch (IOException e) {
            throw IncomingUpload.failed(host, resource.id(), e);
        }
    }

    private static UploadRefusedException gone() {
        return new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE));
    }

    private static void close(UploadResource resource, Partial partial) {
        try {
            partial.close();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "upload " + resource.id() + " could not be closed: " + e);
        }
    }
}
