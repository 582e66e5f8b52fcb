package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadStore;
import java.io.Closeable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
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
    private static final long SPACE_CHECK_INTERVAL = 8L << 20;

    private final Engine engine;
    private final FileTerms terms;
    private final MessageDigest hash;
    private final UploadStore.Incoming incoming;
    private final Instant startedAt;
    private @Nullable ContentDigest digest;
    private long size;
    private long nextSpaceCheck;

    private IncomingUpload(
            Engine engine, FileTerms terms, UploadStore.Incoming incoming, MessageDigest hash, long size) {
        this.engine = engine;
        this.terms = terms;
        this.incoming = incoming;
        this.hash = hash;
        this.size = size;
        this.startedAt = engine.now();
        this.nextSpaceCheck = size + SPACE_CHECK_INTERVAL;
    }

    /** @param ofTicket whether the upload's id is derived from a ticket, so that it may be taken */
    static IncomingUpload begin(Engine engine, FileTerms terms, boolean ofTicket) throws UploadRefusedException {
        engine.requireSpace(terms.freeSpaceFloor());
        try {
            ExpiryHour hour = ExpiryHour.of(engine.expiry(terms, engine.now()));
            UploadStore.Incoming incoming = engine.store().create(terms.id(), hour);
            if (ofTicket && engine.store().isTaken(terms.id(), hour)) {
                incoming.close();
                throw new StoreException.Taken(terms.id().toString(), null);
            }
            return new IncomingUpload(engine, terms, incoming, ContentDigest.newHash(), 0);
        } catch (StoreException e) {
            throw engine.refusal(terms.id(), e);
        }
    }

    /**
     * Resumes receiving a file.
     *
     * @param incoming the upload in the store, which has the first {@code size} bytes
     * @param hash the running hash of those bytes
     */
    public static IncomingUpload resume(
            Engine engine, FileTerms terms, UploadStore.Incoming incoming, MessageDigest hash, long size)
            throws UploadRefusedException {
        engine.requireSpace(terms.freeSpaceFloor());
        return new IncomingUpload(engine, terms, incoming, hash, size);
    }

    /**
     * Announces how many bytes will come.
     *
     * @throws UploadRefusedException if the file may not have this size
     */
    public void expect(long bytes) throws UploadRefusedException {
        terms.requireSize(bytes);
        terms.requireExactSize(bytes);
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
        terms.requireSize(size + bytes.remaining());
        size += bytes.remaining();
        if (size >= nextSpaceCheck) {
            requireSpace();
        }
        hash.update(bytes.duplicate());
        try {
            incoming.write(bytes);
        } catch (StoreException e) {
            throw engine.refusal(terms.id(), e);
        }
    }

    /**
     * Ends the file when all bytes have come, and returns their digest.
     *
     * @throws UploadRefusedException if the file is not the one that its ticket requires
     */
    public ContentDigest end() throws UploadRefusedException {
        terms.requireExactSize(size);
        ContentDigest measured = ContentDigest.of(hash);
        terms.requireDigest(measured);
        digest = measured;
        return measured;
    }

    private void requireSpace() throws UploadRefusedException {
        nextSpaceCheck = size + SPACE_CHECK_INTERVAL;
        engine.requireSpace(terms.freeSpaceFloor());
    }

    /**
     * Makes the bytes durable. May block for long. Several uploads may be forced at the same time.
     *
     * @throws UploadRefusedException if the store fails
     */
    public void force() throws UploadRefusedException {
        try {
            incoming.force();
        } catch (StoreException e) {
            throw engine.refusal(terms.id(), e);
        }
    }

    /**
     * Makes the upload visible, durably, and issues its receipt.
     *
     * @throws UploadRefusedException if the store fails, or the receipt cannot be issued; the upload is then not
     *     visible
     */
    public IssuedReceipt publish() throws UploadRefusedException {
        Instant now = engine.now();
        Instant expiresAt = engine.expiry(terms, engine.store().publishesLater() ? now : startedAt);
        // the receipt is issued first, because an upload that cannot have one must not be published
        IssuedReceipt issued = engine.issue(terms, now, expiresAt, size, digest == null ? end() : digest);
        try {
            incoming.publish(issued.receipt().owner().hour());
        } catch (StoreException e) {
            throw engine.refusal(terms.id(), e);
        }
        return issued;
    }

    /** Deletes the file unless it is published. */
    @Override
    public void close() {
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
