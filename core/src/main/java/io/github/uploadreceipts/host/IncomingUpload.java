package io.github.uploadreceipts.host;

import io.github.uploadreceipts.http.ContentDigest;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.IssuedReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * One file being received. Bytes are pushed in; on their one way to the store they are counted, held to the limits and
 * hashed. Then {@link #end}, then {@link #force}, then {@link #publish}, which gives the receipt. Closing throws away what
 * is not published.
 *
 * <p>Used by one thread at a time.
 */
public final class IncomingUpload implements Closeable {

    private static final Logger LOG = System.getLogger(IncomingUpload.class.getName());
    private static final long SPACE_CHECK_INTERVAL = 8L << 20;

    private final UploadHost host;
    private final FileTerms terms;
    private final MessageDigest hash;
    private final UploadStore.Incoming incoming;
    private @Nullable ContentDigest digest;
    private long size;
    private long nextSpaceCheck;

    IncomingUpload(UploadHost host, UploadPermit permit, int index, String name, @Nullable String type)
            throws UploadRefusedException {
        this.host = host;
        this.terms = FileTerms.of(host, permit, index, name, type);
        this.hash = ContentDigest.newHash();
        requireSpace();
        try {
            this.incoming = create(permit.ticket().isPresent());
        } catch (IOException e) {
            throw failed(host, terms.id(), e);
        }
    }

    /**
     * Goes on with a file.
     *
     * @param incoming that has the first {@code size} bytes
     * @param hash of these
     */
    IncomingUpload(UploadHost host, FileTerms terms, UploadStore.Incoming incoming, MessageDigest hash, long size)
            throws UploadRefusedException {
        this.host = host;
        this.terms = terms;
        this.incoming = incoming;
        this.hash = hash;
        this.size = size;
        requireSpace();
    }

    private UploadStore.Incoming create(boolean ofTicket) throws IOException {
        UploadStore.Incoming created = host.store().create(terms.id());
        if (ofTicket) {
            ExpiryHour hour = ExpiryHour.of(terms.expiry(host, host.clock().instant()));
            if (host.store().isTaken(terms.id(), hour)) {
                created.close();
                throw new FileAlreadyExistsException(terms.id().toString());
            }
        }
        return created;
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

    MessageDigest hash() {
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
        } catch (IOException e) {
            throw failed(host, terms.id(), e);
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
        host.requireSpace(terms.freeSpaceFloor());
    }

    /**
     * Makes the bytes durable. May block for long; several uploads' forces may run at once.
     *
     * @throws UploadRefusedException if the store fails
     */
    public void force() throws UploadRefusedException {
        try {
            incoming.force();
        } catch (IOException e) {
            throw failed(host, terms.id(), e);
        }
    }

    /**
     * Makes the upload visible, durably, and issues its receipt.
     *
     * @throws UploadRefusedException if the store fails; the upload is then gone
     */
    public IssuedReceipt publish() throws UploadRefusedException {
        // before publishing: what cannot have a receipt must not stay
        IssuedReceipt issued = terms.issue(host, FileTerms.now(host), size, digest == null ? end() : digest);
        try {
            incoming.publish(issued.receipt().owner().hour());
        } catch (IOException e) {
            throw failed(host, terms.id(), e);
        }
        return issued;
    }

    /** The client learns that it failed, and the log learns why: only the latter may name paths. */
    static UploadRefusedException failed(UploadHost host, UploadId id, IOException e) {
        if (e instanceof FileAlreadyExistsException) {
            return new UploadRefusedException(
                    Problem.of(ProblemType.SLOT_TAKEN, "An upload into this slot is stored here, or just arriving."));
        }
        boolean full = isFull(host, e);
        LOG.log(full ? Level.WARNING : Level.ERROR, "upload " + id + " could not be stored: " + e);
        return new UploadRefusedException(full ? noSpace() : Problem.of(ProblemType.STORAGE_FAILED));
    }

    private static boolean isFull(UploadHost host, IOException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("No space left") || message.contains("quota exceeded")) {
            return true;
        }
        try {
            return host.store().freeSpace() == 0; // the message is in the machine's language
        } catch (IOException unknown) {
            return false;
        }
    }

    static Problem noSpace() {
        return Problem.of(ProblemType.NO_SPACE, "Try again later, or at another host.");
    }

    /** Throws away what is not published. */
    @Override
    public void close() {
        try {
            incoming.close();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "upload " + terms.id() + " could not be deleted; the next start will: " + e);
        }
    }
}
