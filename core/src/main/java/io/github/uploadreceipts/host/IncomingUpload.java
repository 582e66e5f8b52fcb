package io.github.uploadreceipts.host;

import io.github.uploadreceipts.http.ContentDigest;
import io.github.uploadreceipts.http.FileName;
import io.github.uploadreceipts.http.MediaType;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.IssuedReceipt;
import io.github.uploadreceipts.receipt.ReceiptIssuer;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One file being received. Bytes are pushed in; on their one way to the store they are counted, held to the limits and
 * hashed. Then {@link #force}, then {@link #publish}, which gives the receipt. Closing throws away what is not published.
 *
 * <p>Used by one thread at a time.
 */
public final class IncomingUpload implements Closeable {

    private static final Logger LOG = System.getLogger(IncomingUpload.class.getName());
    private static final long SPACE_CHECK_INTERVAL = 8L << 20;

    private final UploadHost host;
    private final UploadPermit permit;
    private final String name;
    private final String type;
    private final Optional<Batch> batch;
    private final UploadId id = UploadId.random();
    private final MessageDigest hash = ContentDigest.newHash();
    private final UploadStore.Incoming incoming;
    private long size;
    private long nextSpaceCheck;

    IncomingUpload(UploadHost host, UploadPermit permit, int index, String name, @Nullable String type)
            throws UploadRefusedException {
        this.host = host;
        this.permit = permit;
        this.name = FileName.safe(name);
        this.type = MediaType.ofFile(type);
        this.batch = batchPlace(permit, index);
        requireRoomInReceipt();
        requireSpace();
        try {
            this.incoming = host.store().create(id);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static Optional<Batch> batchPlace(UploadPermit permit, int index) throws UploadRefusedException {
        if (permit.batch().isEmpty()) {
            return Optional.empty();
        }
        Batch first = permit.batch().get();
        if (first.sequence() + index > first.count()) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.TOO_MANY_FILES,
                    "The batch has no more places.",
                    first.count(),
                    (long) first.sequence() + index));
        }
        return Optional.of(first.plus(index));
    }

    /** Returns the number of bytes so far. */
    public long size() {
        return size;
    }

    /**
     * Takes all the remaining bytes.
     *
     * @throws UploadRefusedException if a limit is passed or the store fails; then only closing is possible
     */
    public void write(ByteBuffer bytes) throws UploadRefusedException {
        long limit = permit.limits().maxFileSize();
        if (bytes.remaining() > limit - size) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.FILE_TOO_LARGE,
                    "A file may have " + limit + " bytes.",
                    limit,
                    size + bytes.remaining()));
        }
        size += bytes.remaining();
        if (size >= nextSpaceCheck) {
            requireSpace();
        }
        hash.update(bytes.duplicate());
        try {
            incoming.write(bytes);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void requireSpace() throws UploadRefusedException {
        nextSpaceCheck = size + SPACE_CHECK_INTERVAL;
        try {
            if (host.store().freeSpace() < permit.limits().freeSpaceFloor()) {
                throw new UploadRefusedException(noSpace());
            }
        } catch (IOException e) {
            throw failed(e);
        }
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
            throw failed(e);
        }
    }

    /**
     * Makes the upload visible, durably, and issues its receipt.
     *
     * @throws UploadRefusedException if the store fails; the upload is then gone
     */
    public IssuedReceipt publish() throws UploadRefusedException {
        UploadReceipt receipt = receipt(size, ContentDigest.of(hash));
        String token = host.issuer().issue(receipt); // before publishing: what cannot have a receipt must not stay
        try {
            incoming.publish(receipt.owner().hour());
        } catch (IOException e) {
            throw failed(e);
        }
        return new IssuedReceipt(receipt, token);
    }

    private UploadReceipt receipt(long bytes, ContentDigest digest) {
        Instant issuedAt = host.clock().instant().truncatedTo(ChronoUnit.SECONDS);
        Instant expiresAt = issuedAt.plus(host.timeToLive());
        return new UploadReceipt(
                id,
                name,
                type,
                bytes,
                digest,
                List.of(new Location(host.base(), ExpiryHour.of(expiresAt), id)),
                permit.subject(),
                issuedAt,
                expiresAt,
                batch,
                permit.context());
    }

    /** The client's names and the application's context share one small token: better known before the bytes. */
    private void requireRoomInReceipt() throws UploadRefusedException {
        UploadReceipt longest = receipt(Long.MAX_VALUE, ContentDigest.of(new byte[32]));
        if (host.issuer().length(longest) > ReceiptIssuer.MAX_LENGTH) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.FIELDS_TOO_LARGE, "The file's name is too long for its receipt."));
        }
    }

    /** The client learns that it failed, and the log learns why: only the latter may name paths. */
    private UploadRefusedException failed(IOException e) {
        boolean full = isFull(e);
        LOG.log(full ? Level.WARNING : Level.ERROR, "upload " + id + " could not be stored: " + e);
        return new UploadRefusedException(full ? noSpace() : Problem.of(ProblemType.STORAGE_FAILED));
    }

    private boolean isFull(IOException e) {
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

    private static Problem noSpace() {
        return Problem.of(ProblemType.NO_SPACE, "Try again later, or at another host.");
    }

    /** Throws away what is not published. */
    @Override
    public void close() {
        try {
            incoming.close();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "upload " + id + " could not be deleted; the next start will: " + e);
        }
    }
}
