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
import io.github.uploadreceipts.ticket.FileSize;
import io.github.uploadreceipts.ticket.UploadTicket;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
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
    private final UploadPermit permit;
    private final String name;
    private final String type;
    private final Optional<Batch> batch;
    private final UploadId id;
    private final MessageDigest hash = ContentDigest.newHash();
    private final UploadStore.Incoming incoming;
    private final long maxSize;
    private @Nullable ContentDigest digest;
    private long size;
    private long nextSpaceCheck;

    IncomingUpload(UploadHost host, UploadPermit permit, int index, String name, @Nullable String type)
            throws UploadRefusedException {
        this.host = host;
        this.permit = permit;
        this.maxSize = permit.maxFileSize();
        this.name = FileName.safe(name);
        this.type = MediaType.ofFile(type);
        this.batch = batchPlace(permit, index);
        this.id = permit.ticket()
                .map(ticket -> ticket.uploadId(permit.slot() + index, host.base()))
                .orElseGet(UploadId::random);
        requireTicket();
        requireRoomInReceipt();
        requireSpace();
        try {
            this.incoming = create();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void requireTicket() throws UploadRefusedException {
        if (permit.awaitsTicket()) {
            throw new UploadRefusedException(Problem.of(ProblemType.TICKET_REQUIRED));
        }
        Optional<UploadTicket> ticket = permit.terms();
        MediaType sent = MediaType.parse(type).orElse(MediaType.OCTET_STREAM);
        if (ticket.isPresent() && !ticket.get().accepts(sent)) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.TYPE_NOT_ACCEPTED,
                    "The ticket is for " + String.join(", ", ticket.get().types()) + "."));
        }
    }

    private UploadStore.Incoming create() throws IOException {
        UploadStore.Incoming created = host.store().create(id);
        if (permit.ticket().isPresent()
                && host.store().isTaken(id, ExpiryHour.of(expiry(host.clock().instant())))) {
            created.close();
            throw new FileAlreadyExistsException(id.toString());
        }
        return created;
    }

    private Instant expiry(Instant issuedAt) {
        return permit.terms().map(UploadTicket::uploadsExpireAt).orElseGet(() -> issuedAt.plus(host.timeToLive()));
    }

    /**
     * Says beforehand how many bytes will come.
     *
     * @throws UploadRefusedException if the file may not be so large, or so small
     */
    public void expect(long bytes) throws UploadRefusedException {
        requireSize(bytes);
        requireExactSize(bytes);
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
        requireSize(size + bytes.remaining());
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

    private void requireSize(long bytes) throws UploadRefusedException {
        if (bytes > maxSize) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.FILE_TOO_LARGE, "A file may have " + maxSize + " bytes.", maxSize, bytes));
        }
    }

    private void requireExactSize(long bytes) throws UploadRefusedException {
        Optional<FileSize> exact = permit.terms().flatMap(UploadTicket::size).filter(FileSize::exact);
        if (exact.isPresent() && exact.get().bytes() != bytes) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.SIZE_MISMATCH,
                    "The ticket is for a file of " + exact.get().bytes() + " bytes.",
                    exact.get().bytes(),
                    bytes));
        }
    }

    /**
     * All bytes have come. Returns their digest.
     *
     * @throws UploadRefusedException if they are not the file that a ticket asks for
     */
    public ContentDigest end() throws UploadRefusedException {
        requireExactSize(size);
        ContentDigest measured = ContentDigest.of(hash);
        Optional<ContentDigest> asked = permit.terms().flatMap(UploadTicket::digest);
        if (asked.isPresent() && !asked.get().equals(measured)) {
            throw new UploadRefusedException(Problem.of(ProblemType.DIGEST_MISMATCH));
        }
        digest = measured;
        return measured;
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
        UploadReceipt receipt = receipt(size, digest == null ? end() : digest);
        String token = host.issuer().issue(receipt); // before publishing: what cannot have a receipt must not stay
        try {
            incoming.publish(receipt.owner().hour());
        } catch (IOException e) {
            throw failed(e);
        }
        return new IssuedReceipt(receipt, token);
    }

    private UploadReceipt receipt(long bytes, ContentDigest sha256) throws UploadRefusedException {
        Instant issuedAt = host.clock().instant().truncatedTo(ChronoUnit.SECONDS);
        Instant expiresAt = expiry(issuedAt);
        if (!expiresAt.isAfter(issuedAt)) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.TICKET_EXPIRED, "The time for which its uploads are kept is over."));
        }
        return new UploadReceipt(
                id,
                name,
                type,
                bytes,
                sha256,
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
        if (e instanceof FileAlreadyExistsException) {
            return new UploadRefusedException(
                    Problem.of(ProblemType.SLOT_TAKEN, "An upload into this slot is stored here, or just arriving."));
        }
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
