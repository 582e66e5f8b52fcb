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
 * One file being received. Bytes are pushed in; on their one way to the store they are counted, held to the limits and
 * hashed. Then {@link #end}, then {@link #force}, then {@link #publish}, which gives the receipt. Closing throws away what
 * is not published.
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

    /** @param ofTicket whether the upload's id follows from a ticket, and may be taken */
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
     * Resumes a file.
     *
     * @param incoming that has the first {@code size} bytes
     * @param hash of these
     */
    public static IncomingUpload resume(
            Engine engine, FileTerms terms, UploadStore.Incoming incoming, MessageDigest hash, long size)
            throws UploadRefusedException {
        engine.requireSpace(terms.freeSpaceFloor());
        return new IncomingUpload(engine, terms, incoming, hash, size);
    }

    /**
     * Says beforehand how many bytes will come.
     *
     * @throws UploadRefusedException if the file may not be so large, or so small
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
     * @throws UploadRefusedException if a limit is passed or the store fails; then only closing is possible
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
     * All bytes have come. Returns their digest.
     *
     * @throws UploadRefusedException if they are not the file that a ticket asks for
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
     * Makes the bytes durable. May block for long; several uploads' forces may run at once.
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
     * @throws UploadRefusedException if the store fails; the upload is then gone
     */
    public IssuedReceipt publish() throws UploadRefusedException {
        Instant now = engine.now();
        Instant expiresAt = engine.expiry(terms, engine.store().publishesLater() ? now : startedAt);
        // before publishing: what cannot have a receipt must not stay
        IssuedReceipt issued = engine.issue(terms, now, expiresAt, size, digest == null ? end() : digest);
        try {
            incoming.publish(issued.receipt().owner().hour());
        } catch (StoreException e) {
            throw engine.refusal(terms.id(), e);
        }
        return issued;
    }

    /** Throws away what is not published. */
    @Override
    public void close() {
        try {
            incoming.close();
        } catch (StoreException e) {
            LOG.log(Level.WARNING, "upload " + terms.id() + " could not be deleted; the next start will: " + e);
        }
    }
}
