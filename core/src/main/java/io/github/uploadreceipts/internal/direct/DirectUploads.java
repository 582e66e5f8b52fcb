package io.github.uploadreceipts.internal.direct;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.direct.DirectStore.Arrived;
import io.github.uploadreceipts.internal.direct.DirectStore.Measured;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.FileTerms;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.engine.StoreFailures;
import io.github.uploadreceipts.internal.http.FileName;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Uploads whose bytes a client writes straight to the store. A host begins such an upload, and any host records it: it
 * copies the bytes inside the store, reads the copy once to measure it, publishes it, and issues the receipt. Only then
 * is there an upload.
 *
 * <p>Safe for use by several threads.
 */
public final class DirectUploads {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    /** How long the client may begin to write. */
    private static final Duration WRITABLE = Duration.ofHours(1);

    /** How much longer the upload can be recorded. A write that has begun in time may take long. */
    private static final Duration RECORDABLE = Duration.ofHours(6);

    /** How many copies are read at once. */
    private static final int MEASURED_AT_ONCE = 8;

    /** How many records ask the store at once what has come. They do not wait for those that read. */
    private static final int ASKED_AT_ONCE = 8;

    /** How many records may run or wait. */
    private static final int MOST = 1_000;

    /** What a receipt needs room for while a file's name is not known. */
    private static final String LONGEST_NAME = "n".repeat(FileName.MAX_BYTES);

    private static final String LONGEST_TYPE =
            "application/vnd.openxmlformats-officedocument.presentationml.presentation";

    private final Engine engine;
    private final DirectStore store;
    private final DirectTokens tokens;
    private final Executor asking;
    private final Executor measuring;
    private final Map<UploadId, CompletableFuture<IssuedReceipt>> running = new ConcurrentHashMap<>();

    /**
     * An upload that has begun.
     *
     * @param write the request by which the client writes the bytes
     * @param token by which the upload is recorded; must not be logged
     */
    public record Begun(DirectStore.WriteRequest write, String token) {

        /** Returns a text without the URL and the token, because whoever has them can use them. */
        @Override
        public String toString() {
            return "Begun[until " + write.expiresAt() + "]";
        }
    }

    private DirectUploads(Engine engine, DirectStore store) {
        this.engine = engine;
        this.store = store;
        this.tokens = new DirectTokens(engine.keyRing(), engine.clock());
        this.asking = engine.newWaitingExecutor(ASKED_AT_ONCE);
        this.measuring = engine.newWaitingExecutor(MEASURED_AT_ONCE);
    }

    /** Returns the uploads straight to the store of this engine; empty if clients cannot write there. */
    public static Optional<DirectUploads> of(Engine engine) {
        return DirectStores.of(engine.store()).map(store -> new DirectUploads(engine, store));
    }

    /**
     * Begins an upload. May block.
     *
     * @param admission what the request may upload
     * @param name the client's name for the file; the receipt has a safe form of it
     * @param type the client's media type for the file, if it gave one
     * @param size how many bytes the client will write
     * @throws UploadRefusedException if the file is not permitted, or the store fails
     */
    public Begun begin(Admission admission, String name, @Nullable String type, long size)
            throws UploadRefusedException {
        return begin(admission, name, type, (terms, expiresAt) -> {
            requireSize(terms, size);
            return begin(
                    admission,
                    terms,
                    size,
                    false,
                    expiresAt,
                    (incoming, token, until) -> store.permit(incoming, size, until));
        });
    }

    /**
     * Begins an upload by a form without script. Its file's name comes with it, and its size is measured. May block.
     *
     * @param next where the browser goes from the store, by the token
     * @param carried what is kept for it meanwhile
     * @throws UploadRefusedException if files are not permitted, or the store fails
     */
    public Begun beginForm(Admission admission, Function<String, URI> next, byte[] carried)
            throws UploadRefusedException {
        requireAnyType(admission);
        return begin(admission, LONGEST_NAME, LONGEST_TYPE, (terms, expiresAt) -> {
            long most = Math.min(terms.maxSize(), store.maxSize());
            return begin(admission, terms.named(""), most, true, expiresAt, (incoming, token, until) -> {
                if (carried.length > 0) {
                    store.keep(incoming, carried);
                }
                return store.form(incoming, most, next.apply(token), until);
            });
        });
    }

    /** A ticket is checked now, and the type is known only when the file has come. */
    private static void requireAnyType(Admission admission) throws UploadRefusedException {
        List<String> types = admission.terms().map(UploadTicket::types).orElse(List.of());
        if (!types.isEmpty()) {
            throw new UploadRefusedException(
                    Problem.of(
                            ProblemType.TYPE_NOT_ACCEPTED,
                            "The ticket is for " + String.join(", ", types)
                                    + ", and the type of a file that goes to the store is not known before. Upload it to the host."));
        }
    }

    /** Returns what was kept while the browser was at the store; nothing if nothing had to be. May block. */
    public byte[] carried(String token) throws TokenRefusedException, UploadRefusedException {
        DirectTerms begun = tokens.verify(token);
        if (!begun.incoming().named()) {
            throw new UploadRefusedException(Problem.of(ProblemType.NOT_FOUND, "This upload was not begun by a form."));
        }
        try {
            return store.kept(begun.incoming()).orElse(new byte[0]);
        } catch (StoreException e) {
            throw StoreFailures.refusal(begun.terms().id(), e);
        }
    }

    /** Begins an upload once its terms are known. */
    private interface Beginning {
        Begun begin(FileTerms terms, Instant expiresAt) throws StoreException, UploadRefusedException;
    }

    /** Has the store sign the request by which a client writes. */
    private interface Permitting {
        DirectStore.WriteRequest permit(DirectStore.Incoming incoming, String token, Instant until)
                throws StoreException;
    }

    private Begun begin(Admission admission, String name, @Nullable String type, Beginning beginning)
            throws UploadRefusedException {
        FileTerms terms = FileTerms.of(admission, 0, name, type, engine.internalUrl());
        engine.handOvers().requirePossible(terms);
        if (engine.newSealKey(admission).isPresent()) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.FORBIDDEN,
                    "This file must be sealed, which only a host can do. Upload it to the host."));
        }
        engine.requireRoomInReceipt(terms, Optional.empty());
        Instant expiresAt = engine.expiry(terms, engine.now());
        try {
            if (admission.ticket().isPresent() && engine.store().isTaken(terms.id(), ExpiryHour.of(expiresAt))) {
                throw new StoreException.Taken(terms.id().toString(), null);
            }
            return beginning.begin(terms, expiresAt);
        } catch (StoreException e) {
            throw StoreFailures.refusal(terms.id(), e);
        }
    }

    private void requireSize(FileTerms terms, long size) throws UploadRefusedException {
        terms.requireSize(size);
        terms.requireExactSize(size);
        if (size > store.maxSize()) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.FILE_TOO_LARGE,
                    "The store takes at most " + store.maxSize()
                            + " bytes in one request. Upload the file to the host.",
                    store.maxSize(),
                    size));
        }
    }

    private Begun begin(
            Admission admission, FileTerms terms, long size, boolean named, Instant expiresAt, Permitting permitting)
            throws StoreException, UploadRefusedException {
        Instant latest = admission.terms().map(UploadTicket::expiresAt).orElse(Instant.MAX);
        Instant writableUntil = earlier(earlier(engine.now().plus(WRITABLE), latest), expiresAt);
        if (!writableUntil.isAfter(engine.now())) {
            throw new UploadRefusedException(Problem.of(ProblemType.TICKET_EXPIRED)); // within the leeway of clocks
        }
        Instant recordableUntil = earlier(writableUntil.plus(RECORDABLE), expiresAt);
        DirectStore.Incoming incoming =
                new DirectStore.Incoming(UploadId.random(), ExpiryHour.of(recordableUntil), named);
        String token = tokens.mint(new DirectTerms(terms, incoming, size, expiresAt), recordableUntil);
        return new Begun(permitting.permit(incoming, token, writableUntil), token);
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    /**
     * Records an upload whose bytes the client has written. Works on any host, and again: each receipt is for the same
     * upload. On one host, requests with the same token share the work. It goes on if nobody waits for it.
     *
     * @return fails with {@link UploadRefusedException} if the bytes have not come or are not those that were
     *     permitted, or the store fails
     * @throws TokenRefusedException if the token is not a record token of this fleet, or has expired
     */
    public CompletableFuture<IssuedReceipt> record(String token) throws TokenRefusedException {
        DirectTerms begun = tokens.verify(token);
        UploadId key = begun.incoming().key();
        CompletableFuture<IssuedReceipt> started = new CompletableFuture<>();
        CompletableFuture<IssuedReceipt> before = running.putIfAbsent(key, started);
        if (before != null) {
            return before.copy();
        }
        attempt(begun, started, () -> {
            if (running.size() > MOST) {
                throw new UploadRefusedException(
                        Problem.of(ProblemType.UNAVAILABLE, "Too many uploads are being recorded at this host."));
            }
            asking.execute(() -> attempt(begun, started, () -> asked(begun, started)));
            return Optional.empty();
        });
        return started.copy();
    }

    /** A step of a record. It returns the receipt, or nothing if another step follows. */
    private interface Step {
        Optional<IssuedReceipt> run() throws StoreException, UploadRefusedException;
    }

    private void attempt(DirectTerms begun, CompletableFuture<IssuedReceipt> started, Step step) {
        try {
            Optional<IssuedReceipt> issued = step.run();
            if (issued.isPresent()) {
                delete(begun);
                end(begun);
                started.complete(issued.get());
            }
        } catch (StoreException e) {
            if (e instanceof StoreException.Taken
                    || e instanceof StoreException.Gone) { // whatever the client has written can never be recorded
                delete(begun);
            }
            end(begun);
            started.completeExceptionally(StoreFailures.refusal(begun.terms().id(), e));
        } catch (RejectedExecutionException e) {
            end(begun);
            started.completeExceptionally(
                    new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, "The host is stopping.")));
        } catch (UploadRefusedException | RuntimeException | Error e) { // such as one that no thread could be started
            end(begun);
            started.completeExceptionally(e);
        }
    }

    private void end(DirectTerms begun) {
        running.remove(begun.incoming().key());
    }

    /** Looks what has come, which is soon done. A photo does not wait for the videos that are being read. */
    private Optional<IssuedReceipt> asked(DirectTerms begun, CompletableFuture<IssuedReceipt> started)
            throws StoreException, UploadRefusedException {
        Optional<Measured> published = published(begun);
        if (published.isPresent()) {
            requireNoOther(begun, published.get());
            return Optional.of(issue(begun, published.get()));
        }
        try {
            requireArrived(begun);
        } catch (StoreException.Gone e) {
            return Optional.of(recordedMeanwhile(begun, e));
        }
        measuring.execute(() -> attempt(begun, started, () -> Optional.of(recordNew(begun))));
        return Optional.empty();
    }

    /** Whoever goes back to a form that was sent, and sends another file by it, must not be told that it is stored. */
    private void requireNoOther(DirectTerms begun, Measured published) throws StoreException, UploadRefusedException {
        if (!begun.incoming().named()) {
            return;
        }
        Arrived expected = new Arrived(published.size(), published.name());
        if (store.arrived(begun.incoming())
                .filter(found -> !found.equals(expected))
                .isPresent()) {
            delete(begun);
            throw new UploadRefusedException(
                    Problem.of(
                            ProblemType.SLOT_TAKEN,
                            "This form has been used. Reload this page for the file that is stored, and add the other one there."));
        }
    }

    /** Returns what was measured of an upload that was recorded before, perhaps by another host. */
    private Optional<Measured> published(DirectTerms begun) throws StoreException {
        return store.published(begun.incoming(), begun.terms().id(), begun.hour());
    }

    private IssuedReceipt recordNew(DirectTerms begun) throws StoreException, UploadRefusedException {
        try {
            IssuedReceipt issued = publishCopy(begun);
            engine.stored(issued);
            return issued;
        } catch (StoreException.Gone | StoreException.Taken e) {
            return recordedMeanwhile(begun, e);
        }
    }

    /** Returns the receipt if another host has recorded the upload meanwhile, and fails otherwise. */
    private IssuedReceipt recordedMeanwhile(DirectTerms begun, StoreException e)
            throws StoreException, UploadRefusedException {
        Optional<Measured> before = published(begun);
        if (before.isPresent()) {
            return issue(begun, before.get());
        }
        if (e instanceof StoreException.Gone) {
            throw notArrived(begun);
        }
        throw e;
    }

    private void requireArrived(DirectTerms begun) throws StoreException, UploadRefusedException {
        Arrived arrived = store.arrived(begun.incoming())
                .orElseThrow(
                        () -> new StoreException.Gone(begun.incoming().key().toString(), null));
        requireDeclared(begun, arrived.size());
    }

    private void requireDeclared(DirectTerms begun, long size) throws UploadRefusedException {
        try {
            if (begun.incoming().named()) {
                begun.terms().requireSize(size);
                begun.terms().requireExactSize(size);
            } else if (size != begun.size()) {
                throw new UploadRefusedException(Problem.limit(
                        ProblemType.SIZE_MISMATCH,
                        "The upload was begun for " + begun.size() + " bytes.",
                        begun.size(),
                        size));
            }
        } catch (UploadRefusedException e) {
            delete(begun);
            throw e;
        }
    }

    private UploadRefusedException notArrived(DirectTerms begun) throws StoreException {
        if (engine.store().isTaken(begun.terms().id(), begun.hour())) {
            return new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE)); // it was used and discarded
        }
        return new UploadRefusedException(Problem.of(
                ProblemType.NOT_FINISHED, "The bytes of this upload have not come. Send them to the store first."));
    }

    private IssuedReceipt publishCopy(DirectTerms begun) throws StoreException, UploadRefusedException {
        FileTerms terms = begun.terms();
        try (DirectStore.Copy copy = store.copy(begun.incoming(), terms.id(), begun.hour())) {
            Measured measured = copy.measure();
            requireDeclared(begun, measured.size()); // the client may have changed it since it was asked about
            requireDigest(begun, measured);
            IssuedReceipt issued = issue(begun, measured);
            engine.publish(named(begun, measured), issued, hour -> copy.publish());
            return issued;
        }
    }

    private static FileTerms named(DirectTerms begun, Measured measured) {
        return measured.name().map(begun.terms()::named).orElse(begun.terms());
    }

    private void requireDigest(DirectTerms begun, Measured measured) throws UploadRefusedException {
        try {
            begun.terms().requireDigest(measured.digest());
        } catch (UploadRefusedException e) {
            delete(begun);
            throw e;
        }
    }

    private IssuedReceipt issue(DirectTerms begun, Measured measured) throws UploadRefusedException {
        return engine.issue(
                named(begun, measured),
                Optional.empty(),
                engine.now(),
                begun.expiresAt(),
                measured.size(),
                measured.digest());
    }

    private void delete(DirectTerms begun) {
        try {
            store.delete(begun.incoming());
        } catch (StoreException e) {
            LOG.log(
                    Level.WARNING,
                    "what a client wrote for upload " + begun.terms().id() + " stays in the store until "
                            + begun.incoming().hour().end() + ": " + e.getMessage());
        }
    }
}
