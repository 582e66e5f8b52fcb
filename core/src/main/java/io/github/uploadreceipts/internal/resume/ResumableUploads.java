package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.PartialStore.Snapshot;
import io.github.uploadreceipts.internal.resume.RunningHashes.RunningHash;
import io.github.uploadreceipts.internal.resume.UploadLocks.Step;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.MessageDigest;
import java.time.Duration;
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
 * This host's resumable uploads. The store keeps the bytes and the state of each. This class keeps only who appends
 * now, and the running hashes, which are lost on restart and recomputed from the bytes.
 *
 * <p>Every method may block on the disk. Safe for use by several threads.
 */
public final class ResumableUploads {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    private final Engine engine;
    private final UnfinishedUploads unfinished;
    final PartialAccess access;
    private final Map<UploadId, Append> appending = new ConcurrentHashMap<>();
    private final RunningHashes hashes = new RunningHashes();
    private final Executor hashingExecutor;
    private final Set<UploadId> hashingAhead = ConcurrentHashMap.newKeySet();
    private final UploadLocks locks = new UploadLocks();
    private final HeldUploads held;
    private final Concatenation concatenation;
    private final ResumableCreation creation;

    /** Resumes the uploads that {@code store} keeps. */
    public ResumableUploads(Engine engine, PartialStore store) {
        this.engine = engine;
        this.unfinished = new UnfinishedUploads(engine.clock());
        this.access = new PartialAccess(engine, store, unfinished);
        this.held = new HeldUploads(engine);
        this.hashingExecutor = engine.newLongWorkExecutor();
        this.concatenation = new Concatenation(engine, this);
        this.creation = new ResumableCreation(
                engine, store, unfinished, locks, id -> appending.containsKey(id) || concatenation.isRunning(id));
    }

    /**
     * Creates an upload.
     *
     * @throws UploadRefusedException if the upload is not permitted, or there is no room
     */
    public UploadResource create(Admission admission, Creation asked) throws UploadRefusedException {
        return creation.create(admission, asked, List.of(), resource -> resource);
    }

    /**
     * Creates an upload, and opens it for appending before another request can.
     *
     * @throws UploadRefusedException if the upload is not permitted, or there is no room
     */
    public Append begin(Admission admission, Creation asked) throws UploadRefusedException {
        return creation.create(admission, asked, List.of(), resource -> {
            try {
                return openAlone(resource);
            } catch (StoreException | UploadRefusedException | RuntimeException | Error e) {
                access.remove(resource);
                throw e;
            }
        });
    }

    /**
     * Asks for the receipts of partial uploads that are to be concatenated. Does not wait for the hosts that keep them.
     *
     * @return the receipts in the order of the partial uploads. The future fails with {@link UploadRefusedException} if
     *     one is gone or not complete, or its host cannot be reached. It is completed on a thread that must not be
     *     blocked.
     * @throws UploadRefusedException if there are too many, or one of this host's is gone or not complete
     */
    public CompletableFuture<List<IssuedReceipt>> receipts(Admission admission, List<UploadResource> partials)
            throws UploadRefusedException {
        return concatenation.receipts(admission, partials);
    }

    /**
     * Creates a final upload, a concatenation of partial uploads. {@link #concatenate} then makes it.
     *
     * @param parts the {@linkplain #receipts receipts} of the partial uploads
     * @throws UploadRefusedException if the upload is not permitted, or there is no room
     */
    public UploadResource create(Admission admission, Creation asked, List<IssuedReceipt> parts)
            throws UploadRefusedException {
        return creation.create(admission, asked, parts, resource -> resource);
    }

    /**
     * Checks that an upload was not created under another ticket than the one that a request shows. A client that has
     * found the URL of an earlier upload of the same file then creates a new one, under the ticket that it shows.
     *
     * @param ticket the id of the ticket that the request shows
     * @throws UploadRefusedException if the upload is another ticket's, or gone
     */
    public void requireTicket(UploadResource resource, String ticket) throws UploadRefusedException {
        access.requireTicket(resource, ticket);
    }

    /** Returns the status of an upload where no client asks. */
    Status status(UploadResource resource) throws UploadRefusedException {
        return status(resource, Way.RESUMABLE);
    }

    /**
     * Returns the status of an upload. Stops a request that appends to it.
     *
     * @param way the way of the client that asks; the bytes may complete the upload only now
     * @throws UploadRefusedException if the upload is gone
     */
    public Status status(UploadResource resource, Way way) throws UploadRefusedException {
        boolean running = concatenation.isRunning(resource.id());
        if (!running) {
            takeOver(resource); // first, because the other request acknowledges bytes when it is stopped
        }
        Snapshot snapshot = access.find(resource);
        ResumableState state = access.parse(resource, snapshot);
        if (state.role() == Role.FINAL && state.done().isEmpty()) {
            if (!running) {
                var unused = concatenation.resume(resource, state);
            }
            return Status.of(state, 0, Optional.empty());
        }
        boolean known =
                snapshot.acknowledged() == 0 || hashes.has(state.incarnation()) || hashingAhead.contains(resource.id());
        return known && state.done().isEmpty() && !state.isCompletedBy(snapshot.acknowledged())
                ? Status.of(state, snapshot.acknowledged(), Optional.empty())
                : alone(resource, () -> settle(resource, way));
    }

    /**
     * Makes the status of an upload durable, publishes the upload if all bytes are there and complete it, and returns
     * the status. The last request may have ended or failed before it did so. Nobody appends meanwhile.
     */
    private Status settle(UploadResource resource, Way way) throws StoreException, UploadRefusedException {
        Snapshot snapshot = access.find(resource);
        ResumableState state = access.parse(resource, snapshot);
        if (state.done().isPresent()) {
            return Status.of(state, state.done().get().size(), Optional.of(published(resource, state)));
        }
        if (state.isCompletedBy(snapshot.acknowledged())) {
            try (Append append = openAlone(resource)) {
                append.by(way);
                return append.complete();
            }
        }
        try (OpenPartial partial = access.open(resource)) {
            partial.confirm();
        }
        if (hashingAhead.add(resource.id())) {
            startHashingAhead(resource, state);
        }
        return Status.of(state, snapshot.acknowledged(), Optional.empty());
    }

    /**
     * Returns the receipt of a complete partial upload, for the host that concatenates it.
     *
     * @throws UploadRefusedException if the upload is gone, or not complete
     */
    public IssuedReceipt partialReceipt(UploadResource resource) throws UploadRefusedException {
        ResumableState state = access.state(resource);
        if (state.role() != Role.PARTIAL || state.done().isEmpty()) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.NOT_FINISHED, "Only complete partial uploads can be concatenated."));
        }
        return alone(resource, () -> published(resource, state));
    }

    /**
     * Returns the receipt of a complete upload. Publishes the upload first if a crash prevented that after its state
     * said that it is complete.
     */
    private IssuedReceipt published(UploadResource resource, ResumableState state)
            throws StoreException, UploadRefusedException {
        IssuedReceipt issued = issue(resource, state);
        Location location = issued.receipt().owner();
        try (OpenPartial partial = access.open(resource)) {
            publish(resource, partial, state, issued);
        } catch (StoreException.Gone | StoreException.Taken e) { // published or discarded before, or not this upload
            if (!engine.isStored(location)) {
                throw PartialAccess.gone();
            }
            if (e instanceof StoreException.Taken) {
                throw e;
            }
        }
        return issued;
    }

    /** Issues the receipt of a complete upload, the same each time. */
    IssuedReceipt issue(UploadResource resource, ResumableState state) throws UploadRefusedException {
        ResumableState.Done done = state.done().orElseThrow();
        Instant expiry = engine.expiry(state.terms(), done.at());
        return engine.issue(state.terms(), resource.sealKey(), done.at(), expiry, done.size(), done.digest());
    }

    /**
     * Makes an upload visible, durably, and tells the engine, except of a partial upload, whose receipt no client gets. If another upload has taken its id, this one is removed, so that terminating it cannot delete the other.
     */
    void publish(UploadResource resource, OpenPartial partial, ResumableState state, IssuedReceipt issued)
            throws StoreException {
        try {
            partial.publish(engine, state, issued);
        } catch (StoreException.Taken e) {
            access.remove(resource);
            throw e;
        }
        unfinished.leave(resource);
        if (state.role() != Role.PARTIAL) {
            held.stored(issued);
        }
    }

    /** Returns how long ago an unfinished upload was created, unless that was before this process began. */
    Optional<Duration> age(UploadResource resource) {
        return unfinished.age(resource);
    }

    /**
     * Keeps the listener from being told that a new upload is stored until {@link #keep}, when it is certain that
     * somebody gets its URL or its receipt, or {@link #withdraw}.
     */
    public void hold(UploadResource resource) {
        held.hold(resource.id());
    }

    /** Keeps an upload whose URL or receipt somebody got. Does nothing the second time. */
    public void keep(UploadResource resource) {
        held.keep(resource.id());
    }

    /**
     * Opens an upload for appending. Stops another request that appends to it. Reads the bytes if their running hash is
     * not known any more.
     *
     * @throws UploadRefusedException if the upload is gone, complete or a concatenation, or another process appends to
     *     it
     */
    public Append open(UploadResource resource) throws UploadRefusedException {
        if (concatenation.isRunning(resource.id())) {
            throw refusedAsFinal();
        }
        Append append;
        try {
            append = openAny(resource);
        } catch (UploadRefusedException e) {
            throw access.state(resource).role() == Role.FINAL ? refusedAsFinal() : e;
        }
        if (append.role() == Role.FINAL) {
            append.close();
            throw refusedAsFinal();
        }
        return append;
    }

    private static UploadRefusedException refusedAsFinal() {
        return new UploadRefusedException(
                Problem.of(ProblemType.FORBIDDEN, "Nothing can be appended to a concatenation."));
    }

    /** Opens an upload of any role, for a client or for the concatenation. */
    Append openAny(UploadResource resource) throws UploadRefusedException {
        return alone(resource, () -> openAlone(resource));
    }

    /** Stops a request that appends, and runs {@code step} while no other can begin to. */
    private <T> T alone(UploadResource resource, Step<T> step) throws UploadRefusedException {
        return locks.locked(resource, () -> {
            takeOver(resource);
            return step.run();
        });
    }

    private Append openAlone(UploadResource resource) throws StoreException, UploadRefusedException {
        OpenPartial partial = access.open(resource);
        try {
            Append append = append(resource, partial);
            appending.put(resource.id(), append);
            return append;
        } catch (StoreException | UploadRefusedException | RuntimeException | Error e) {
            PartialAccess.close(resource, partial);
            throw e;
        }
    }

    private Append append(UploadResource resource, OpenPartial partial) throws StoreException, UploadRefusedException {
        Snapshot snapshot = partial.snapshot();
        ResumableState state = access.parse(resource, snapshot);
        if (state.done().isPresent()) {
            throw PartialAccess.gone();
        }
        RunningHash known = hashes.of(state.incarnation(), partial, snapshot.acknowledged());
        IncomingUpload upload = IncomingUpload.resume(
                engine,
                known.size() > 0 ? state.terms().whileResumed() : state.terms(),
                resource.sealKey(),
                partial,
                known.hash(),
                known.size(),
                state.length());
        hashes.forget(state.incarnation()); // only after resume, which fails if there is no room
        return new Append(engine, this, resource, state, partial, upload);
    }

    private void startHashingAhead(UploadResource resource, ResumableState state) {
        try {
            hashingExecutor.execute(() -> hashAhead(resource, state));
        } catch (RejectedExecutionException e) { // the next append hashes the bytes
            hashingAhead.remove(resource.id());
        }
    }

    /**
     * Hashes the bytes of an upload whose status a client asked for, because that client will soon append. If it
     * already does, it must not be stopped.
     */
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

    private void takeOver(UploadResource resource) {
        appending(resource)
                .filter(other -> other.stop() && other.isTold())
                .ifPresent(other -> engine.tell(new UploadEvent.TakenOver(resource.id(), other.kept())));
    }

    /** Returns the request that appends to an upload, unless the upload was created anew under another URL. */
    private Optional<Append> appending(UploadResource resource) {
        return Optional.ofNullable(appending.get(resource.id()))
                .filter(append -> append.resource().sealKey().equals(resource.sealKey()));
    }

    /**
     * Called by an append that ends.
     *
     * @param size how many bytes are acknowledged
     * @param hash the running hash of these bytes, or null if it is not known
     */
    void ended(Append append, ResumableState state, long size, @Nullable MessageDigest hash) {
        if (hash != null) {
            hashes.keep(state.incarnation(), new RunningHash(size, hash));
        }
        appending.remove(append.resource().id(), append);
    }

    /**
     * Makes a concatenation, or resumes making it. Returns at once; the future completes when the upload is complete.
     *
     * @param parts the {@linkplain #receipts receipts} of the partial uploads
     * @throws UploadRefusedException if the upload is gone, or was created anew under another URL
     */
    public CompletableFuture<Status> concatenate(UploadResource resource, List<IssuedReceipt> parts)
            throws UploadRefusedException {
        var unused = access.state(resource);
        return concatenation.start(resource, parts);
    }

    /**
     * Terminates an upload, complete or not, for a client that has its URL.
     *
     * @throws UploadRefusedException if the upload is gone
     */
    public void terminate(UploadResource resource) throws UploadRefusedException {
        delete(resource, false);
    }

    /**
     * Withdraws an upload whose URL or receipt nobody got. The store does not remember it.
     *
     * @throws UploadRefusedException if the upload is gone
     */
    public void withdraw(UploadResource resource) throws UploadRefusedException {
        try {
            delete(resource, true);
        } finally {
            held.forget(resource.id()); // last, because until now another request could complete the upload
        }
    }

    private void delete(UploadResource resource, boolean withdrawn) throws UploadRefusedException {
        if (withdrawn) {
            appending(resource).ifPresent(Append::withdraw);
        }
        alone(resource, () -> {
            ResumableState state = access.state(resource);
            if (state.done().isPresent()) {
                Location location = access.location(state);
                if (withdrawn || state.role() == Role.PARTIAL) { // a partial upload leaves its id to another
                    engine.withdraw(location);
                } else {
                    engine.discard(location);
                }
            }
            access.removeUnopened(resource);
            return resource;
        });
    }

    /** Removes what is kept of an upload that cannot be completed. */
    void remove(UploadResource resource) throws StoreException {
        access.remove(resource);
    }

    /** Stops the requests that append, so that another host on this store can resume the uploads at once. */
    public void close() {
        appending.values().forEach(Append::stop);
    }
}
