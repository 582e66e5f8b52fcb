package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.internal.resume.PartialStore.Partial;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.StoreException;
import java.io.Closeable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One request that appends to an upload. Bytes are pushed in as into any upload; then {@link #complete}. Closing it before
 * that keeps what has come, unless {@linkplain #holdBack it was to be checked first}.
 *
 * <p>Used by one thread at a time, but that another request may {@linkplain #onTakenOver take the upload over}.
 */
public final class Append implements Closeable {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final long CHECKPOINT_INTERVAL = 32L << 20;

    private final Engine engine;
    private final ResumableUploads uploads;
    private final UploadResource resource;
    private final Partial partial;
    private final IncomingUpload upload;
    private final ReentrantLock lock = new ReentrantLock();
    private final CompletableFuture<Void> takenOver = new CompletableFuture<>();
    private ResumableState state;
    private @Nullable MessageDigest hashBefore;
    private long checkpoint;
    private volatile boolean checkpointing;
    private boolean sound = true;
    private boolean ended;

    Append(
            Engine engine,
            ResumableUploads uploads,
            UploadResource resource,
            ResumableState state,
            Partial partial,
            IncomingUpload upload) {
        this.engine = engine;
        this.uploads = uploads;
        this.resource = resource;
        this.state = state;
        this.partial = partial;
        this.upload = upload;
        this.checkpoint = upload.size();
    }

    /** Returns how many bytes there are, durable or not. */
    public long offset() {
        lock.lock();
        try {
            return upload.size();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the upload. */
    public UploadResource resource() {
        return resource;
    }

    Role role() {
        return state.role();
    }

    List<String> parts() {
        return state.parts();
    }

    /** Returns what the request may do: for whom the upload is, and its limits. */
    public UploadPermit permit() {
        // the file's length is the bound
        UploadLimits limits =
                state.limits().toBuilder().maxRequestSize(Long.MAX_VALUE).build();
        return state.terms()
                .subject()
                .map(subject -> UploadPermit.of(subject, limits))
                .orElseGet(() -> UploadPermit.anyone(limits));
    }

    /**
     * Sets what runs, once and on whatever thread, when another request resumes in this one's stead, or at once if one has
     * already. What is written after that is refused.
     */
    public void onTakenOver(Runnable hook) {
        var unused = takenOver.thenRun(hook).exceptionally(this::hookFailed);
    }

    private @Nullable Void hookFailed(Throwable failure) {
        LOG.log(
                Level.WARNING,
                "a request to upload " + resource.id() + " is not told that another has taken over: " + failure);
        return null;
    }

    /** Has nothing kept of this request's bytes unless all of it is. */
    public void holdBack() {
        try {
            hashBefore = (MessageDigest) upload.hash().clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("a SHA-256 of the JDK can be copied", e);
        }
        checkpoint = Long.MAX_VALUE;
    }

    /**
     * Says how long the upload is, which was not known before.
     *
     * @throws UploadRefusedException if it is known already and another, or not possible
     */
    public void declareLength(long bytes) throws UploadRefusedException {
        lock.lock();
        try {
            requireOpen();
            if (state.length().isPresent() ? state.length().get() != bytes : bytes < upload.size()) {
                throw new UploadRefusedException(
                        Problem.of(ProblemType.MALFORMED_REQUEST, "The upload has another length."));
            }
            state.terms().requireSize(bytes);
            state.terms().requireExactSize(bytes);
            if (state.length().isEmpty()) {
                state = state.length(bytes);
                partial.replaceState(state.toJson());
            }
        } catch (StoreException e) {
            throw failed(e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Checks that so many more bytes can come.
     *
     * @throws UploadRefusedException if the upload would be longer than it may be
     */
    public void requireRoom(long bytes) throws UploadRefusedException {
        long length = state.length().orElse(Long.MAX_VALUE);
        if (bytes > length - upload.size()) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.FILE_TOO_LARGE,
                    "The upload was to have " + length + " bytes.",
                    length,
                    upload.size() + bytes));
        }
        state.terms().requireSize(upload.size() + bytes);
    }

    /**
     * Takes all the remaining bytes, or as many as the upload may have.
     *
     * @throws UploadRefusedException if a limit is passed, the store fails, or another request has taken over
     */
    public void write(ByteBuffer bytes) throws UploadRefusedException {
        lock.lock();
        try {
            requireOpen();
            int count = bytes.remaining();
            long room = Math.min(
                            state.length().orElse(Long.MAX_VALUE), state.terms().maxSize())
                    - upload.size();
            sound = false;
            upload.write(bytes.slice(bytes.position(), (int) Math.min(room, count)));
            sound = true;
            requireRoom(count - Math.min(room, count));
            bytes.position(bytes.limit());
            if (upload.size() - checkpoint >= CHECKPOINT_INTERVAL && !checkpointing) {
                startCheckpoint(upload.size());
            }
        } finally {
            lock.unlock();
        }
    }

    /** A host that stops suddenly loses no more than what has come since the last of these. */
    private void startCheckpoint(long size) {
        checkpoint = size;
        checkpointing = true;
        try {
            engine.executor().execute(() -> acknowledge(size));
        } catch (RejectedExecutionException e) { // the next one will do
            checkpointing = false;
        }
    }

    private void acknowledge(long size) {
        try {
            partial.acknowledge(size);
        } catch (StoreException e) { // the store remembers it, and the next write fails
            LOG.log(Level.WARNING, "upload " + resource.id() + " could not be made durable: " + e);
        } finally {
            checkpointing = false;
        }
    }

    /**
     * All bytes of this request have come: makes them durable, and if that is all of the upload, makes it visible. Blocks.
     *
     * @throws UploadRefusedException if the store fails, another request has taken over, or a complete file is not what a
     *     ticket asks for, and then it is deleted
     */
    public Status complete() throws UploadRefusedException {
        lock.lock();
        try {
            requireOpen();
            partial.acknowledge(upload.size());
            hashBefore = null;
            long size = upload.size();
            Optional<IssuedReceipt> receipt =
                    state.length().isPresent() && state.length().get() == size
                            ? Optional.of(publish(size))
                            : Optional.empty();
            return Status.of(state, size, receipt);
        } catch (StoreException e) {
            throw failed(e);
        } finally {
            end();
            lock.unlock();
        }
    }

    /** The decision is recorded first, so that after a crash the same receipt is issued again. */
    private IssuedReceipt publish(long size) throws StoreException, UploadRefusedException {
        sound = false; // the hash is used up
        ContentDigest digest;
        try {
            digest = upload.end();
        } catch (UploadRefusedException e) {
            uploads.remove(resource);
            throw e;
        }
        ResumableState.Done done = new ResumableState.Done(size, digest, engine.now());
        IssuedReceipt issued = uploads.issue(state.terms(), done);
        state = state.done(done);
        partial.replaceState(state.toJson());
        uploads.publish(resource, partial, state, issued);
        return issued;
    }

    /** Another request resumes this upload. */
    void stop() {
        close();
        takenOver.complete(null);
    }

    /** Keeps what has come, durably, as far as it may be kept without a check. Blocks. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!ended) {
                keep();
            }
        } finally {
            end();
            lock.unlock();
        }
    }

    private void keep() {
        try {
            if (hashBefore != null) {
                partial.cutBack();
            } else if (sound) {
                partial.acknowledge(upload.size());
            }
        } catch (StoreException e) {
            sound = false;
            LOG.log(Level.WARNING, "upload " + resource.id() + " keeps less than has come: " + e);
        }
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        long size = partial.snapshot().acknowledged();
        MessageDigest hash = hashBefore != null ? hashBefore : size == upload.size() ? upload.hash() : null;
        try {
            partial.close(); // first: who finds nobody appending has to find it closed
        } catch (StoreException e) {
            LOG.log(Level.WARNING, "upload " + resource.id() + " could not be closed: " + e);
        }
        uploads.ended(this, state, size, sound ? hash : null);
    }

    private void requireOpen() throws UploadRefusedException {
        if (ended) {
            throw new UploadRefusedException(Problem.of(ProblemType.TAKEN_OVER));
        }
    }

    private UploadRefusedException failed(StoreException e) {
        sound = false;
        return engine.refusal(resource.id(), e);
    }
}
