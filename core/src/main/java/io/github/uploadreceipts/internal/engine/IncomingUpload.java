package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.internal.seal.Sealer;
import io.github.uploadreceipts.internal.seal.Segments;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.Closeable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file that is being received. {@link #write} counts the bytes, checks them against the limits, hashes them and gives
 * them to the store. After the last byte come {@link #end}, {@link #force} and {@link #publish}, which returns the
 * receipt. Closing deletes the file unless it is published.
 *
 * <p>Used by one thread at a time.
 */
public final class IncomingUpload implements Closeable {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    /** How far ahead space is reserved for bytes that nobody has declared, and how often what is free is looked at. */
    private static final long AHEAD = 8L << 20;

    private final Engine engine;
    private final FileTerms terms;
    private final MessageDigest hash;
    private final UploadStore.Incoming incoming;
    private final StoreSpace.Reservation reserved;
    private final Optional<SealKey> sealKey;
    private final Optional<Sealer> sealer;
    private final Instant startedAt;
    private @Nullable ContentDigest digest;
    private long size;
    private long most = Long.MAX_VALUE;
    private long nextSpaceCheck;

    private IncomingUpload(
            Engine engine,
            FileTerms terms,
            Optional<SealKey> sealKey,
            Optional<Sealer> sealer,
            UploadStore.Incoming incoming,
            MessageDigest hash,
            long size) {
        this.engine = engine;
        this.terms = terms;
        this.incoming = incoming;
        this.hash = hash;
        this.sealKey = sealKey;
        this.sealer = sealer;
        this.reserved = engine.space().of(terms.id());
        this.size = size;
        this.startedAt = engine.now();
        this.nextSpaceCheck = size + AHEAD;
    }

    /** @param ofTicket whether the upload's id is derived from a ticket, so that it may be taken */
    static IncomingUpload begin(Engine engine, FileTerms terms, Optional<SealKey> sealKey, boolean ofTicket)
            throws UploadRefusedException {
        engine.space().require(0, terms.freeSpaceFloor());
        try {
            ExpiryHour hour = ExpiryHour.of(engine.expiry(terms, engine.now()));
            UploadStore.Incoming incoming = engine.store().create(terms.id(), hour);
            if (ofTicket && engine.store().isTaken(terms.id(), hour)) {
                incoming.close();
                throw new StoreException.Taken(terms.id().toString(), null);
            }
            return new IncomingUpload(
                    engine, terms, sealKey, sealKey.map(Sealer::begin), incoming, ContentDigest.newHash(), 0);
        } catch (StoreException e) {
            throw StoreFailures.refusal(terms.id(), e);
        }
    }

    /**
     * Resumes receiving a file.
     *
     * @param sealKey the key under which it is sealed, if it is
     * @param incoming takes its plain bytes, and has the first {@code size} of them
     * @param hash the running hash of those bytes
     * @param length how many bytes the upload will have, if that is known
     * @throws UploadRefusedException if there is no room for the rest of them
     */
    public static IncomingUpload resume(
            Engine engine,
            FileTerms terms,
            Optional<SealKey> sealKey,
            UploadStore.Incoming incoming,
            MessageDigest hash,
            long size,
            Optional<Long> length)
            throws UploadRefusedException {
        IncomingUpload upload = new IncomingUpload(engine, terms, sealKey, Optional.empty(), incoming, hash, size);
        try {
            upload.reserve(length.orElse(size) - size);
        } catch (UploadRefusedException e) {
            upload.rest();
            throw e;
        }
        return upload;
    }

    /**
     * Announces how many bytes will come, and reserves the space for them.
     *
     * @throws UploadRefusedException if the file may not have this size, or there is no room for it
     */
    public void expect(long bytes) throws UploadRefusedException {
        terms.requireSize(bytes);
        terms.requireExactSize(bytes);
        reserve(bytes);
        sealer.ifPresent(begun -> begun.expect(bytes));
    }

    /** Announces that no more than this many bytes will come, so that space is reserved no further ahead. */
    public void expectAtMost(long bytes) {
        most = bytes;
    }

    /**
     * Reserves the space for bytes that are declared.
     *
     * @throws UploadRefusedException if there is no room for them; the upload can be continued when there is
     */
    public void reserve(long bytes) throws UploadRefusedException {
        long stored = sealKey.isPresent() ? Segments.storedSizeAtMost(bytes) : bytes;
        if (stored > reserved.left()) {
            reserved.reserve(stored, terms.freeSpaceFloor());
        }
    }

    /**
     * Makes sure that there is room for bytes that are about to be written.
     *
     * @throws UploadRefusedException if there is none; the upload can be continued when there is
     */
    public void requireSpace(int bytes) throws UploadRefusedException {
        if (bytes > reserved.left()) {
            reserve(Math.max(bytes, Math.min(AHEAD, most)));
        } else if (size >= nextSpaceCheck) { // others use the disk, too
            engine.space().requireFree(terms.freeSpaceFloor());
            nextSpaceCheck = size + AHEAD;
        }
    }

    /** Keeps the reserved space for a while, because another request is to resume this upload. */
    public void rest() {
        reserved.rest();
    }

    /** Gives back the reserved space. */
    public void release() {
        reserved.release();
    }

    /** Returns the upload's id. */
    public UploadId id() {
        return terms.id();
    }

    /** Returns the number of bytes so far. */
    public long size() {
        return size;
    }

    /** Returns the running SHA-256 of the bytes so far. */
    public MessageDigest hash() {
        return hash;
    }

    /**
     * Takes all the remaining bytes.
     *
     * @throws UploadRefusedException if a limit is exceeded or the store fails; the upload can then only be closed
     */
    public void write(ByteBuffer bytes) throws UploadRefusedException {
        int count = bytes.remaining();
        terms.requireSize(size + count);
        requireSpace(count);
        size += count;
        hash.update(bytes.duplicate());
        try {
            if (sealer.isPresent()) {
                sealer.get().write(bytes, incoming::write);
            } else {
                incoming.write(bytes);
            }
        } catch (StoreException e) {
            throw StoreFailures.refusal(terms.id(), e);
        }
        reserved.written(count);
        most = Math.max(0, most - count);
    }

    /**
     * Ends the file when all bytes have come, and returns their digest.
     *
     * @throws UploadRefusedException if the file is not the one that its ticket requires
     */
    public ContentDigest end() throws UploadRefusedException {
        release();
        terms.requireExactSize(size);
        ContentDigest measured = ContentDigest.of(hash);
        terms.requireDigest(measured);
        finishSeal();
        digest = measured;
        return measured;
    }

    private void finishSeal() throws UploadRefusedException {
        try {
            if (sealer.isPresent()) {
                sealer.get().finish(incoming::write);
            }
        } catch (StoreException e) {
            throw StoreFailures.refusal(terms.id(), e);
        }
    }

    /**
     * Makes the bytes durable. May block for long. Several uploads may be forced at the same time.
     *
     * @throws UploadRefusedException if the store fails
     */
    public void force() throws UploadRefusedException {
        if (sealer.isPresent() && digest == null) {
            var unused = end(); // which writes the end of the last segment
        }
        try {
            incoming.force();
        } catch (StoreException e) {
            throw StoreFailures.refusal(terms.id(), e);
        }
    }

    /**
     * Makes the upload visible, durably, and issues its receipt.
     *
     * @throws UploadRefusedException if the store fails, or the receipt cannot be issued; the upload is then not
     *     visible
     */
    public IssuedReceipt publish() throws UploadRefusedException {
        return publish(true);
    }

    /** Publishes an upload as {@link #publish()} does, but one of this library's own, which is handed over to nobody. */
    public IssuedReceipt publishUnannounced() throws UploadRefusedException {
        return publish(false);
    }

    private IssuedReceipt publish(boolean announced) throws UploadRefusedException {
        Instant now = engine.now();
        Instant expiresAt = engine.expiry(terms, engine.store().publishesLater() ? now : startedAt);
        // the receipt is issued first, because an upload that cannot have one must not be published
        IssuedReceipt issued = engine.issue(terms, sealKey, now, expiresAt, size, digest == null ? end() : digest);
        try {
            if (announced) {
                engine.publish(terms, issued, incoming::publish);
            } else {
                incoming.publish(issued.receipt().owner().hour());
            }
        } catch (StoreException e) {
            throw StoreFailures.refusal(terms.id(), e);
        }
        return issued;
    }

    /** Deletes the file unless it is published. */
    @Override
    public void close() {
        release();
        try {
            incoming.close();
        } catch (StoreException e) {
            LOG.log(
                    Level.WARNING,
                    "upload " + terms.id()
                            + " could not be deleted; the next start of a host on this store deletes it: " + e);
        }
    }
}
