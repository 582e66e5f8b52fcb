package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.FileTerms;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.PartialStore.Partial;
import io.github.uploadreceipts.internal.resume.PartialStore.Snapshot;
import io.github.uploadreceipts.internal.resume.RunningHashes.RunningHash;
import io.github.uploadreceipts.internal.resume.UploadLocks.Step;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.MessageDigest;
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
 * This host's resumable uploads. What is kept of one lies beside its bytes; here is only who appends now, and how far each
 * was hashed, which is lost on restart and recomputed from the bytes.
 *
 * <p>Every method may block on the disk. Safe for use by several threads.
 */
public final class ResumableUploads {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    private final Engine engine;
    private final PartialStore store;
    private final Map<UploadId, Append> appending = new ConcurrentHashMap<>();
    private final RunningHashes hashes = new RunningHashes();
    private final Executor reading;
    private final Set<UploadId> hashingAhead = ConcurrentHashMap.newKeySet();
    private final UploadLocks locks;
    private final HeldUploads held;
    private final Concatenation concatenation;
    private final ResumableCreation creating;

    /** Resumes uploads that are kept in {@code store}. */
    public ResumableUploads(Engine engine, PartialStore store) {
        this.engine = engine;
        this.store = store;
        this.locks = new UploadLocks(engine);
        this.held = new HeldUploads(engine);
        this.reading = engine.newLongWorkExecutor();
        this.concatenation = new Concatenation(engine, this);
        this.creating = new ResumableCreation(engine, store, locks, concatenation, appending::containsKey);
    }

    /**
     * Creates an upload.
     *
     * @throws UploadRefusedException if it is not permitted, or there is no room
     */
    public UploadResource create(Admission admission, Creation creation) throws UploadRefusedException {
        return creating.create(admission, creation, List.of(), resource -> resource);
    }

    /**
     * Creates an upload and opens it, before anybody else can.
     *
     * @throws UploadRefusedException if it is not permitted, or there is no room
     */
    public Append begin(Admission admission, Creation creation) throws UploadRefusedException {
        return creating.create(admission, creation, List.of(), resource -> {
            try {
                return openAlone(resource);
            } catch (StoreException | UploadRefusedException | RuntimeException e) {
                remove(resource);
                throw e;
            }
        });
    }

    /**
     * Creates an upload that is a concatenation of others, and begins to make it; see {@link #concatenate}. Asks the hosts
     * that keep the partial uploads, and blocks for them.
     *
     * @throws UploadRefusedException if it is not permitted, there is no room, or a partial upload is not complete or gone
     */
    public UploadResource create(Admission admission, Creation creation, Iterable<UploadResource> partials)
            throws UploadRefusedException {
        return creating.create(admission, creation, partials, resource -> resource);
    }

    /**
     * Returns how far an upload is, after whoever appends to it has been stopped.
     *
     * @throws UploadRefusedException if it is gone
     */
    public Status status(UploadResource resource) throws UploadRefusedException {
        if (!concatenation.isRunning(resource)) {
            takeOver(resource.id()); // before looking: what another request ends with counts
        }
        Snapshot snapshot = find(resource);
        ResumableState state = parse(resource, snapshot);
        if (state.role() == Role.FINAL && state.done().isEmpty()) {
            var unused = concatenation.start(resource);
            return Status.of(state, 0, Optional.empty());
        }
        boolean known =
                snapshot.acknowledged() == 0 || hashes.has(state.incarnation()) || hashingAhead.contains(resource.id());
        return known && state.done().isEmpty() && !isAllThere(state, snapshot)
                ? Status.of(state, snapshot.acknowledged(), Optional.empty())
                : alone(resource, () -> settle(resource));
    }

    private static boolean isAllThere(ResumableState state, Snapshot snapshot) {
        return state.length().equals(Optional.of(snapshot.acknowledged()));
    }

    /** Whoever wrote what can be read may have ended, or failed, before it was durable, or before the upload was complete. */
    private Status settle(UploadResource resource) throws StoreException, UploadRefusedException {
        Snapshot snapshot = find(resource);
        ResumableState state = parse(resource, snapshot);
        if (state.done().isPresent()) {
            return Status.of(state, state.done().get().size(), Optional.of(published(resource, state)));
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
        return Status.of(state, snapshot.acknowledged(), Optional.empty());
    }

    /**
     * Returns the receipt of a complete partial upload, for the host that concatenates.
     *
     * @throws UploadRefusedException if it is gone, or not complete
     */
    public IssuedReceipt partialReceipt(UploadResource resource) throws UploadRefusedException {
        ResumableState state = parse(resource, find(resource));
        if (state.role() != Role.PARTIAL || state.done().isEmpty()) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.NOT_FINISHED, "Only complete partial uploads can be concatenated."));
        }
        return alone(resource, () -> published(resource, state));
    }

    /** A crash may have come between the decision that the upload is complete and its becoming visible, durably. */
    private IssuedReceipt published(UploadResource resource, ResumableState state)
            throws StoreException, UploadRefusedException {
        IssuedReceipt issued = issue(state.terms(), state.done().orElseThrow());
        Location location = issued.receipt().owner();
        try (Partial partial = openPartial(resource)) {
            publish(resource, partial, state, issued);
        } catch (StoreException.Gone | StoreException.Taken e) { // published or discarded before, or another's
            if (!engine.isStored(location)) {
                throw gone();
            }
            if (e instanceof StoreException.Taken) {
                throw e;
            }
        }
        return issued;
    }

    /** Issues the same receipt each time. */
    IssuedReceipt issue(FileTerms terms, ResumableState.Done done) throws UploadRefusedException {
        return engine.issue(terms, done.at(), engine.expiry(terms, done.at()), done.size(), done.digest());
    }

    /**
     * Makes an upload visible, durably, whoever it was that asked or appended; nobody has the receipt of a partial upload. An upload whose
     * place is taken goes: who deletes it must not delete what is there.
     */
    void publish(UploadResource resource, Partial partial, ResumableState state, IssuedReceipt issued)
            throws StoreException {
        try {
            partial.publish(issued.receipt().owner().hour());
        } catch (StoreException.Taken e) {
            remove(resource);
            throw e;
        }
        if (state.role() != Role.PARTIAL) {
            held.stored(issued.receipt());
        }
    }

    /**
     * Has the listener not told that a new upload is stored before it is certain that somebody gets its URL or its receipt.
     * To be followed by {@link #keep} or {@link #withdraw}.
     */
    public void hold(UploadResource resource) {
        held.hold(resource.id());
    }

    /** The upload stays: somebody has its URL or its receipt. Does nothing the second time. */
    public void keep(UploadResource resource) {
        held.keep(resource.id());
    }

    /**
     * Opens an upload for appending, after whoever else appends to it has been stopped. Where it is not known any more how
     * its bytes hash, they are read.
     *
     * @throws UploadRefusedException if it is gone, complete or a concatenation, or another process appends to it
     */
    public Append open(UploadResource resource) throws UploadRefusedException {
        if (concatenation.isRunning(resource)) {
            throw ofConcatenation();
        }
        Append append;
        try {
            append = openAny(resource);
        } catch (UploadRefusedException e) {
            throw parse(resource, find(resource)).role() == Role.FINAL ? ofConcatenation() : e;
        }
        if (append.role() == Role.FINAL) {
            append.close();
            throw ofConcatenation();
        }
        return append;
    }

    private static UploadRefusedException ofConcatenation() {
        return new UploadRefusedException(
                Problem.of(ProblemType.FORBIDDEN, "Nothing can be appended to a concatenation."));
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

    private Partial openPartial(UploadResource resource) throws StoreException, UploadRefusedException {
        return store.open(resource.id(), resource.hour())
                .orElseThrow(() -> new UploadRefusedException(Problem.of(ProblemType.TAKEN_OVER)));
    }

    private Append openAlone(UploadResource resource) throws StoreException, UploadRefusedException {
        Partial partial = openPartial(resource);
        try {
            Append append = append(resource, partial);
            appending.put(resource.id(), append);
            return append;
        } catch (StoreException | UploadRefusedException | RuntimeException e) {
            close(resource, partial);
            throw e;
        }
    }

    private Append append(UploadResource resource, Partial partial) throws StoreException, UploadRefusedException {
        Snapshot snapshot = partial.snapshot();
        ResumableState state = ResumableState.parse(snapshot.state());
        if (state.done().isPresent()) {
            throw gone();
        }
        RunningHash known = hashes.of(state.incarnation(), partial, snapshot.acknowledged());
        IncomingUpload upload =
                IncomingUpload.resume(engine, state.terms().whileResumed(), partial, known.hash(), known.size());
        hashes.forget(state.incarnation()); // not before there was room
        return new Append(engine, this, resource, state, partial, upload);
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
     * Returns what becomes of a concatenation: completes when it is made. Making it resumes if it was interrupted.
     *
     * @throws UploadRefusedException if it is gone
     */
    public CompletableFuture<Status> concatenate(UploadResource resource) throws UploadRefusedException {
        var unused = find(resource);
        return concatenation.start(resource);
    }

    /**
     * Terminates an upload, complete or not: whoever has its URL wants it no more.
     *
     * @throws UploadRefusedException if it is gone
     */
    public void terminate(UploadResource resource) throws UploadRefusedException {
        delete(resource, false);
    }

    /**
     * Withdraws an upload of which nobody has the URL or the receipt, as if it had never been.
     *
     * @throws UploadRefusedException if it is gone
     */
    public void withdraw(UploadResource resource) throws UploadRefusedException {
        try {
            delete(resource, true);
        } finally {
            held.forget(resource.id()); // only now: nobody completes it any more
        }
    }

    private void delete(UploadResource resource, boolean unknown) throws UploadRefusedException {
        alone(resource, () -> {
            ResumableState state = parse(resource, find(resource));
            if (state.done().isPresent()) {
                Location location = location(state);
                if (unknown || state.role() == Role.PARTIAL) { // which leaves its place in a ticket's slot to another
                    engine.withdraw(location);
                } else {
                    engine.discard(location);
                }
            }
            removeAlone(resource);
            return resource;
        });
    }

    /** Returns where a complete upload is stored. */
    private Location location(ResumableState state) {
        FileTerms terms = state.terms();
        ExpiryHour hour =
                ExpiryHour.of(engine.expiry(terms, state.done().orElseThrow().at()));
        return new Location(engine.internalUrl(), hour, terms.id());
    }

    /** Nor does another process append to it. */
    private void removeAlone(UploadResource resource) throws StoreException, UploadRefusedException {
        Partial partial;
        try {
            partial = openPartial(resource);
        } catch (StoreException.Gone e) { // it was published
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
    void remove(UploadResource resource) throws StoreException {
        store.delete(resource.id(), resource.hour());
    }

    /** Lets go of what is still being appended to: another host on this store may go on with it at once. */
    public void close() {
        appending.values().forEach(Append::stop);
    }

    private void requireOwn(UploadResource resource) {
        if (!resource.owner().equals(engine.internalUrl())) {
            throw new IllegalArgumentException("another host keeps this upload");
        }
    }

    private Snapshot find(UploadResource resource) throws UploadRefusedException {
        requireOwn(resource);
        try {
            return store.find(resource.id(), resource.hour()).orElseThrow(ResumableUploads::gone);
        } catch (StoreException e) {
            throw engine.refusal(resource.id(), e);
        }
    }

    private ResumableState parse(UploadResource resource, Snapshot snapshot) throws UploadRefusedException {
        try {
            return ResumableState.parse(snapshot.state());
        } catch (StoreException e) {
            throw engine.refusal(resource.id(), e);
        }
    }

    private static UploadRefusedException gone() {
        return new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE));
    }

    private static void close(UploadResource resource, Partial partial) {
        try {
            partial.close();
        } catch (StoreException e) {
            LOG.log(Level.WARNING, "upload " + resource.id() + " could not be closed: " + e);
        }
    }
}
