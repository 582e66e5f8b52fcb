package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.event.UploadEvent.Way;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.engine.StoreFailures;
import io.github.uploadreceipts.internal.peer.UploadResource;
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
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One request that appends to an upload. After its last byte comes {@link #complete}. If it is closed before that, the
 * bytes that have come are kept, unless they are {@linkplain #holdBack held back}.
 *
 * <p>Used by one thread at a time. From another thread, another request may {@linkplain #onTakenOver take over} the
 * upload.
 */
public final class Append implements Closeable {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final long CHECKPOINT_INTERVAL = 32L << 20;

    private final Engine engine;
    private final ResumableUploads uploads;
    private final UploadResource resource;
    private final OpenPartial partial;
    private final IncomingUpload upload;
    private final ReentrantLock lock = new ReentrantLock();
    private final CompletableFuture<Void> takenOver = new CompletableFuture<>();
    private final long start;
    private final long startedAt = System.nanoTime();
    private long told;
    private Way way = Way.RESUMABLE;
    private ResumableState state;
    private @Nullable MessageDigest hashBefore;
    private long checkpoint;
    private volatile boolean checkpointing;
    private boolean sound = true;
    private boolean ended;
    private volatile boolean withdrawn;

    Append(
            Engine engine,
            ResumableUploads uploads,
            UploadResource resource,
            ResumableState state,
            OpenPartial partial,
            IncomingUpload upload) {
        this.engine = engine;
        this.uploads = uploads;
        this.resource = resource;
        this.state = state;
        this.partial = partial;
        this.upload = upload;
        this.start = upload.size();
        this.told = start;
        this.checkpoint = start;
        state.length().ifPresent(partial::expect);
    }

    /** Returns how many bytes the upload has, durable or not. */
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

    /** Sets the way in which the bytes of this request come. */
    public void by(Way value) {
        way = value;
    }

    Role role() {
        return state.role();
    }

    List<String> parts() {
        return state.parts();
    }

    /** Returns the permit of the request: the upload's subject and its limits. */
    public UploadPermit permit() {
        return state.permit();
    }

    /**
     * Sets what runs when another request takes over the upload, or at once if one already has. The hook runs once, on
     * any thread. Bytes that are written after that are refused.
     */
    public void onTakenOver(Runnable hook) {
        var unused = takenOver.thenRun(hook).exceptionally(this::hookFailed);
    }

    private @Nullable Void hookFailed(Throwable failure) {
        LOG.log(
                Level.WARNING,
                "the request that appends to upload " + resource.id()
                        + " could not be told that another has taken over: " + failure);
        return null;
    }

    /** Holds back the bytes of this request: either {@link #complete} keeps them all, or none is kept. */
    public void holdBack() {
        try {
            hashBefore = (MessageDigest) upload.hash().clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("a SHA-256 of the JDK can be copied", e);
        }
        checkpoint = Long.MAX_VALUE;
    }

    /**
     * Sets when this request completes the upload and, if the request says it, the length of the upload.
     *
     * @throws UploadRefusedException if the upload has another length, or cannot have this one
     */
    public void declare(Ending ending, Optional<Long> length) throws UploadRefusedException {
        lock.lock();
        try {
            requireOpen();
            if (length.isPresent()) {
                requireLength(length.get());
            }
            ResumableState declared = state.declared(ending, length);
            if (!declared.equals(state)) {
                state = declared;
                partial.replaceState(state.toJson());
                state.length().ifPresent(partial::expect);
            }
        } catch (StoreException e) {
            throw failed(e);
        } finally {
            lock.unlock();
        }
    }

    private void requireLength(long bytes) throws UploadRefusedException {
        if (state.length().isPresent() ? state.length().get() != bytes : bytes < upload.size()) {
            throw otherLength(bytes);
        }
        state.terms().requireSize(bytes);
        state.terms().requireExactSize(bytes);
    }

    private UploadRefusedException otherLength(long bytes) {
        return new UploadRefusedException(Problem.limit(
                ProblemType.LENGTH_MISMATCH,
                "The upload has another length, or already has more bytes.",
                state.length().orElse(upload.size()),
                bytes));
    }

    /**
     * Checks that the upload may get this many more bytes. An upload that does not end by its length is removed if a
     * request brings more bytes than that: what its client says contradicts itself, and no request can mend that.
     *
     * @throws UploadRefusedException if the upload would be longer than it may be
     */
    public void requireRoom(long bytes) throws UploadRefusedException {
        long length = state.length().orElse(Long.MAX_VALUE);
        if (bytes > length - upload.size()) {
            if (state.ending() != Ending.BY_LENGTH) {
                remove();
                throw otherLength(upload.size() + bytes);
            }
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.FILE_TOO_LARGE,
                    "The length of the upload is " + length + " bytes.",
                    length,
                    upload.size() + bytes));
        }
        state.terms().requireSize(upload.size() + bytes);
        upload.reserve(bytes);
    }

    private void remove() throws UploadRefusedException {
        lock.lock();
        try {
            sound = false;
            uploads.remove(resource);
        } catch (StoreException e) {
            throw failed(e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes all the remaining bytes. If that is more than the upload may have, takes those that it may have, and
     * throws.
     *
     * @throws UploadRefusedException if a limit is exceeded, the store fails, or another request has taken over
     */
    public void write(ByteBuffer bytes) throws UploadRefusedException {
        lock.lock();
        try {
            requireOpen();
            int count = bytes.remaining();
            long room = Math.min(
                            state.length().orElse(Long.MAX_VALUE), state.terms().maxSize())
                    - upload.size();
            ByteBuffer permitted = bytes.slice(bytes.position(), (int) Math.min(room, count));
            upload.requireSpace(permitted.remaining()); // first, because after this refusal the bytes so far are kept
            boolean resumes = start > 0 && upload.size() == start && permitted.hasRemaining();
            sound = false;
            upload.write(permitted);
            sound = true;
            if (resumes) {
                tell(new UploadEvent.Resumed(resource.id(), start));
            }
            requireRoom(count - Math.min(room, count));
            bytes.position(bytes.limit());
            if (upload.size() - checkpoint >= CHECKPOINT_INTERVAL && !checkpointing) {
                startCheckpoint(upload.size());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Acknowledges the bytes so far in the background. If the host crashes, only the bytes after that are lost. */
    private void startCheckpoint(long size) {
        checkpoint = size;
        checkpointing = true;
        try {
            long count = partial.acknowledgeable(size);
            engine.executor().execute(() -> acknowledge(count));
        } catch (RejectedExecutionException e) { // the next checkpoint acknowledges these bytes, too
            checkpointing = false;
        }
    }

    private void acknowledge(long size) {
        try {
            partial.acknowledge(size);
        } catch (StoreException e) { // the store remembers the failure, and the next write fails
            LOG.log(Level.WARNING, "upload " + resource.id() + " could not be made durable: " + e);
        } finally {
            checkpointing = false;
        }
    }

    /**
     * Ends the request when all its bytes have come: makes them durable, and publishes the upload if it is complete.
     * Blocks.
     *
     * @throws UploadRefusedException if the store fails, another request has taken over, the last byte has come before
     *     the length is reached, or the complete file is not the one that is required, and is therefore deleted
     */
    public Status complete() throws UploadRefusedException {
        lock.lock();
        try {
            requireOpen();
            long size = upload.size();
            boolean last = isCompletedBy(size);
            partial.end(last);
            partial.acknowledge(size);
            tellAppended(size);
            hashBefore = null;
            if (!last && state.ending() == Ending.LAST) {
                throw otherLength(size);
            }
            Optional<IssuedReceipt> receipt = last ? Optional.of(publish(size)) : Optional.empty();
            return Status.of(state, size, receipt);
        } catch (StoreException e) {
            throw failed(e);
        } finally {
            end();
            lock.unlock();
        }
    }

    private boolean isCompletedBy(long size) {
        return state.isCompletedBy(size)
                || (state.ending() == Ending.LAST && state.length().isEmpty());
    }

    /** Publishes the upload. What its receipt says is recorded first, so that it can be issued again after a crash. */
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
        ResumableState complete = state.done(done);
        IssuedReceipt issued = uploads.issue(resource, complete);
        state = complete;
        partial.complete(state.toJson());
        Duration age = uploads.age(resource).orElseGet(() -> Duration.ofNanos(System.nanoTime() - startedAt));
        tell(new UploadEvent.Received(resource.id(), done.size(), age, way));
        uploads.publish(resource, partial, state, issued);
        return issued;
    }

    private void tellAppended(long size) {
        if (size > told) {
            tell(new UploadEvent.Appended(resource.id(), told, size - told));
            told = size;
        }
    }

    /** Tells the listener of bytes that come from a client. Those of a concatenation are on hosts already. */
    private void tell(UploadEvent event) {
        if (isTold()) {
            engine.tell(event);
        }
    }

    /** Keeps from the listener what becomes of this: the upload is withdrawn, or it is a concatenation. */
    boolean isTold() {
        return !withdrawn && state.role() != Role.FINAL;
    }

    void withdraw() {
        withdrawn = true;
    }

    /** Ends the request because another one takes over the upload, and returns whether it had not ended before. */
    boolean stop() {
        boolean stopped;
        lock.lock();
        try {
            stopped = !ended;
            close();
        } finally {
            lock.unlock();
        }
        takenOver.complete(null);
        return stopped;
    }

    /** Returns how many bytes the upload keeps, once this request has ended. */
    long kept() {
        lock.lock();
        try {
            return told;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the request. Makes the bytes that have come durable, or cuts them off if they are held back. Blocks. */
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
                partial.end(false);
                partial.acknowledge(upload.size());
            }
        } catch (StoreException e) {
            sound = false;
            LOG.log(Level.WARNING, "upload " + resource.id() + " keeps only some of the bytes that have come: " + e);
        }
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        if (!sound) {
            cutBack();
        }
        if (state.done().isPresent()) {
            upload.release();
        } else {
            upload.rest();
        }
        long size = partial.snapshot().acknowledged();
        tellAppended(size);
        MessageDigest hash = hashBefore != null ? hashBefore : size == upload.size() ? upload.hash() : null;
        try {
            partial.close(); // before uploads.ended: whoever finds that nobody appends must find it closed
        } catch (StoreException e) {
            LOG.log(Level.WARNING, "upload " + resource.id() + " could not be closed: " + e);
        } finally {
            uploads.ended(this, state, size, sound ? hash : null);
        }
    }

    /** Cuts off the bytes that a failure has kept from being acknowledged: nobody may ever resume the upload. */
    private void cutBack() {
        try {
            partial.cutBack();
        } catch (StoreException e) {
            LOG.log(
                    Level.WARNING,
                    "upload " + resource.id() + " has bytes that are not acknowledged; they are cut off when it is"
                            + " resumed: " + e);
        }
    }

    private void requireOpen() throws UploadRefusedException {
        if (ended) {
            throw new UploadRefusedException(Problem.of(ProblemType.TAKEN_OVER));
        }
    }

    private UploadRefusedException failed(StoreException e) {
        sound = false;
        return StoreFailures.refusal(resource.id(), e);
    }
}
