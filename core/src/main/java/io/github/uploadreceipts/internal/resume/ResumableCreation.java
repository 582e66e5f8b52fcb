package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.FileTerms;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.PartialStore.Partial;
import io.github.uploadreceipts.internal.resume.PartialStore.Snapshot;
import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.internal.seal.Segments;
import io.github.uploadreceipts.internal.token.AcceptedTicket;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Creates resumable uploads. The id of each is random, or the one that a ticket's slot has on this host. */
final class ResumableCreation {

    private static final int MAX_PARTIALS = 16;

    private final Engine engine;
    private final PartialStore store;
    private final UnfinishedUploads unfinished;
    private final UploadLocks locks;
    private final Predicate<UploadId> isInUse;

    ResumableCreation(
            Engine engine,
            PartialStore store,
            UnfinishedUploads unfinished,
            UploadLocks locks,
            Predicate<UploadId> isInUse) {
        this.engine = engine;
        this.store = store;
        this.unfinished = unfinished;
        this.locks = locks;
        this.isInUse = isInUse;
    }

    /** What is done with a new upload before anybody else can use it. */
    interface FirstStep<T> {
        T run(UploadResource resource) throws StoreException, UploadRefusedException;
    }

    <T> T create(Admission admission, Creation creation, List<IssuedReceipt> parts, FirstStep<? extends T> first)
            throws UploadRefusedException {
        engine.requireOpen(admission.limits(), 0);
        Instant expiresAt = admission
                .terms()
                .map(UploadTicket::uploadsExpireAt)
                .orElseGet(() -> engine.clock().instant().plus(engine.timeToLive()));
        return creation.role() == Role.PARTIAL
                ? createPartial(admission, creation, expiresAt, first)
                : createFile(admission, creation, parts, expiresAt, first);
    }

    private <T> T createFile(
            Admission admission,
            Creation creation,
            List<IssuedReceipt> parts,
            Instant expiresAt,
            FirstStep<? extends T> first)
            throws UploadRefusedException {
        FileTerms terms = FileTerms.of(
                        admission, 0, creation.name(), creation.type().orElse(null), engine.internalUrl())
                .requiring(creation.digest())
                .at(creation.path());
        engine.handOvers().requirePossible(terms);
        Optional<SealKey> ofParts = PartialReceipts.sealKey(parts, terms.id());
        Optional<SealKey> sealKey = ofParts.isPresent() ? ofParts : engine.newSealKey(admission);
        engine.requireRoomInReceipt(terms, sealKey);
        Optional<Long> length = parts.isEmpty() ? creation.length() : Optional.of(PartialReceipts.size(parts));
        if (length.isPresent()) {
            terms.requireSize(length.get());
            terms.requireExactSize(length.get());
        }
        ResumableState state = ResumableState.begun(admission, sealKey, terms, creation, length, parts);
        UploadResource resource = new UploadResource(engine.internalUrl(), terms.id(), expiresAt, sealKey);
        return locks.locked(resource, () -> {
            if (admission.ticket().isEmpty() || !renew(resource, state)) {
                create(resource, state, creation.client());
            }
            return first.run(resource);
        });
    }

    /** Creates an upload, for whose bytes space is reserved until its client can send them. */
    private void create(UploadResource resource, ResumableState state, Optional<String> client)
            throws StoreException, UploadRefusedException {
        boolean counted = unfinished.enter(resource, state.terms().subject(), client, state.limits());
        boolean created = false;
        try {
            engine.keepSpace(state.terms(), stored(resource, state.length().orElse(0L)));
            store.create(resource.id(), resource.hour(), state.toJson());
            created = true;
        } finally {
            if (!created) {
                engine.keepSpace(state.terms(), 0);
            }
            if (!created && counted) {
                unfinished.leave(resource);
            }
        }
    }

    private static long stored(UploadResource resource, long bytes) {
        return resource.sealKey().isPresent() ? Segments.storedSizeAtMost(bytes) : bytes;
    }

    /**
     * Creates an upload of a ticket's slot again, for a client that has not learnt its URL. That is possible as long as
     * the upload has no bytes, or if it is a concatenation of the same partial uploads under the same key. Returns false
     * if the upload has to be created as a new one, which fails if the id is taken.
     */
    private boolean renew(UploadResource resource, ResumableState state) throws StoreException {
        Optional<Snapshot> found = store.find(resource.id(), resource.hour());
        if (found.isEmpty() && engine.store().isTaken(resource.id(), resource.hour())) {
            throw new StoreException.Taken(resource.id().toString(), null);
        }
        if (found.isPresent() && isSame(ResumableState.parse(found.get().state()), state)) {
            return true;
        }
        if (found.isEmpty() || !isUntouched(found.get(), state) || isInUse.test(resource.id())) {
            return false;
        }
        try (Partial partial = store.open(resource.id(), resource.hour())
                .orElseThrow(() -> new StoreException.Taken(resource.id().toString(), null))) {
            if (!isUntouched(partial.snapshot(), state)) {
                return false;
            }
            partial.replaceState(state.toJson());
            return true;
        } catch (StoreException.Gone e) { // a crash came before the file of its bytes was created
            store.delete(resource.id(), resource.hour());
            return false;
        }
    }

    private static boolean isSame(ResumableState known, ResumableState asked) {
        return known.isSameConcatenation(asked) && known.seal().equals(asked.seal());
    }

    private static boolean isUntouched(Snapshot snapshot, ResumableState asked) throws StoreException {
        ResumableState known = ResumableState.parse(snapshot.state());
        boolean replaceable = known.role() == Role.REGULAR || known.isSameConcatenation(asked);
        return snapshot.acknowledged() == 0 && known.done().isEmpty() && replaceable;
    }

    /** Creates a partial upload. With a ticket, its slot has a number of ids for partial uploads on each host. */
    private <T> T createPartial(Admission admission, Creation creation, Instant expiresAt, FirstStep<? extends T> first)
            throws UploadRefusedException {
        Optional<AcceptedTicket> ticket = admission.ticket();
        for (int number = 0; ; number++) {
            int place = number;
            UploadId id = ticket.map(shown -> shown.partialId(admission.slot(), place, engine.internalUrl()))
                    .orElseGet(UploadId::random);
            FileTerms terms = FileTerms.ofPartial(admission, id);
            if (creation.length().isPresent()) {
                terms.requireSize(creation.length().get());
            }
            Optional<SealKey> sealKey = engine.newSealKey(admission);
            ResumableState state =
                    ResumableState.begun(admission, sealKey, terms, creation, creation.length(), List.of());
            UploadResource resource = new UploadResource(engine.internalUrl(), id, expiresAt, sealKey);
            try {
                return locks.locked(resource, () -> {
                    create(resource, state, creation.client());
                    return first.run(resource);
                });
            } catch (UploadRefusedException e) {
                boolean taken = e.problem().type() == ProblemType.SLOT_TAKEN;
                if (!taken || place + 1 == MAX_PARTIALS) {
                    throw e;
                }
            }
        }
    }
}
