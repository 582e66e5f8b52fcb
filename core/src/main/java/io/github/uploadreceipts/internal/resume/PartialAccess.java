package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.StoreFailures;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.PartialStore.Partial;
import io.github.uploadreceipts.internal.resume.PartialStore.Snapshot;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * The uploads in this host's partial store: finds, opens and removes them, and says why a request for one is refused.
 */
final class PartialAccess {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    private final Engine engine;
    private final PartialStore store;
    private final UnfinishedUploads unfinished;

    PartialAccess(Engine engine, PartialStore store, UnfinishedUploads unfinished) {
        this.engine = engine;
        this.store = store;
        this.unfinished = unfinished;
    }

    /** Checks that this host keeps the upload. A request for an upload of another host must be relayed. */
    private void requireOwn(UploadResource resource) {
        if (!engine.isOwn(resource.owner())) {
            throw new IllegalArgumentException(
                    "the upload is kept by " + resource.owner() + ", not by this host, " + engine.internalUrl());
        }
    }

    /** @throws UploadRefusedException as {@link #parse} does, or if the upload is gone, or the store fails */
    Snapshot find(UploadResource resource) throws UploadRefusedException {
        requireOwn(resource);
        try {
            Snapshot found = store.find(resource.id(), resource.hour()).orElseThrow(PartialAccess::gone);
            var unused = parse(resource, found); // first: the bytes may be none that this key has sealed
            return resource.sealKey().isPresent() ? SealedPartial.plain(found) : found;
        } catch (StoreException e) {
            throw StoreFailures.refusal(resource.id(), e);
        }
    }

    /** @throws UploadRefusedException if the state is malformed, or the upload was created anew under another URL */
    ResumableState parse(UploadResource resource, Snapshot snapshot) throws UploadRefusedException {
        try {
            ResumableState state = ResumableState.parse(snapshot.state());
            if (!state.isSealedUnder(resource.sealKey())) {
                throw new UploadRefusedException(Problem.of(
                        ProblemType.NOT_FOUND, "The upload was created again, and its new URL alone is good."));
            }
            return state;
        } catch (StoreException e) {
            throw StoreFailures.refusal(resource.id(), e);
        }
    }

    /** @throws UploadRefusedException if the upload is gone, or the store fails */
    ResumableState state(UploadResource resource) throws UploadRefusedException {
        return parse(resource, find(resource));
    }

    /** @throws UploadRefusedException if the upload is another ticket's, or gone */
    void requireTicket(UploadResource resource, String ticket) throws UploadRefusedException {
        Optional<String> own = state(resource).ticket();
        if (own.isPresent() && !own.get().equals(ticket)) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.NOT_FOUND, "The upload belongs to another ticket than this one."));
        }
    }

    /** @throws UploadRefusedException as {@link #parse} does, or if another process has the upload open */
    OpenPartial open(UploadResource resource) throws StoreException, UploadRefusedException {
        requireOwn(resource);
        Partial partial = store.open(resource.id(), resource.hour())
                .orElseThrow(() -> new UploadRefusedException(Problem.of(ProblemType.TAKEN_OVER)));
        try {
            var unused = parse(resource, partial.snapshot());
            return resource.sealKey().isPresent()
                    ? new SealedPartial(partial, resource.sealKey().get())
                    : new OpenPartial(partial);
        } catch (StoreException | UploadRefusedException e) {
            partial.close();
            throw e;
        }
    }

    /** Returns where a complete upload is stored. */
    Location location(ResumableState state) {
        ExpiryHour hour = ExpiryHour.of(
                engine.expiry(state.terms(), state.done().orElseThrow().at()));
        return new Location(engine.internalUrl(), hour, state.terms().id());
    }

    /** Removes what is kept of an upload. If it was published, the published file stays. */
    void remove(UploadResource resource) throws StoreException {
        store.delete(resource.id(), resource.hour());
        unfinished.leave(resource);
    }

    /** Removes what is kept of an upload, unless another process has the upload open. */
    void removeUnopened(UploadResource resource) throws StoreException, UploadRefusedException {
        OpenPartial partial;
        try {
            partial = open(resource);
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

    /** Closes an upload. A failure is logged. */
    static void close(UploadResource resource, OpenPartial partial) {
        try {
            partial.close();
        } catch (StoreException e) {
            LOG.log(Level.WARNING, "upload " + resource.id() + " could not be closed: " + e);
        }
    }

    static UploadRefusedException gone() {
        return new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE));
    }
}
