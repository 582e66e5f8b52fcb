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
import io.github.uploadreceipts.ticket.FileSize;
import io.github.uploadreceipts.ticket.UploadTicket;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one file may be, and what its receipt will say beside what is measured.
 *
 * @param id the upload
 * @param name safe
 * @param maxSize bytes
 * @param exactSize bytes, if a ticket is for exactly so many
 * @param digest that the file must have, if a ticket says so
 * @param until when the upload expires, if a ticket says so; otherwise a while after it is complete
 * @param freeSpaceFloor bytes that must stay free
 */
record FileTerms(
        UploadId id,
        String name,
        String type,
        Optional<String> subject,
        Optional<Batch> batch,
        Optional<String> context,
        long maxSize,
        Optional<Long> exactSize,
        Optional<ContentDigest> digest,
        Optional<Instant> until,
        long freeSpaceFloor) {

    /** Returns the terms of the file that is {@code index}th in its request. */
    static FileTerms of(UploadHost host, UploadPermit permit, int index, String name, @Nullable String type)
            throws UploadRefusedException {
        Optional<UploadTicket> ticket = permit.terms();
        FileTerms terms = new FileTerms(
                permit.ticket()
                        .map(shown -> shown.uploadId(permit.slot() + index, host.base()))
                        .orElseGet(UploadId::random),
                FileName.safe(name),
                MediaType.ofFile(type),
                permit.subject(),
                batchPlace(permit, index),
                permit.context(),
                permit.maxFileSize(),
                ticket.flatMap(UploadTicket::size).filter(FileSize::exact).map(FileSize::bytes),
                ticket.flatMap(UploadTicket::digest),
                ticket.map(UploadTicket::uploadsExpireAt),
                permit.limits().freeSpaceFloor());
        requireTicket(permit, terms.type());
        terms.requireRoomInReceipt(host);
        return terms;
    }

    /** Returns the terms of a piece of which a whole is made: only that has to be what a ticket asks for. */
    static FileTerms ofPiece(UploadHost host, UploadPermit permit, UploadId id) throws UploadRefusedException {
        requireTicket(permit);
        return new FileTerms(
                id,
                FileName.safe(""),
                MediaType.OCTET_STREAM.essence(),
                permit.subject(),
                Optional.empty(),
                Optional.empty(),
                permit.maxFileSize(),
                Optional.empty(),
                Optional.empty(),
                permit.terms().map(UploadTicket::uploadsExpireAt),
                permit.limits().freeSpaceFloor());
    }

    private static void requireTicket(UploadPermit permit) throws UploadRefusedException {
        if (permit.awaitsTicket()) {
            throw new UploadRefusedException(Problem.of(ProblemType.TICKET_REQUIRED));
        }
    }

    private static void requireTicket(UploadPermit permit, String type) throws UploadRefusedException {
        requireTicket(permit);
        Optional<UploadTicket> ticket = permit.terms();
        MediaType sent = MediaType.parse(type).orElse(MediaType.OCTET_STREAM);
        if (ticket.isPresent() && !ticket.get().accepts(sent)) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.TYPE_NOT_ACCEPTED,
                    "The ticket is for " + String.join(", ", ticket.get().types()) + "."));
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

    /** Half of the room that new uploads must leave free is for those that were begun. */
    FileTerms whileResumed() {
        return new FileTerms(
                id, name, type, subject, batch, context, maxSize, exactSize, digest, until, freeSpaceFloor / 2);
    }

    /** The client's names and the application's context share one small token: better known before the bytes. */
    private void requireRoomInReceipt(UploadHost host) throws UploadRefusedException {
        UploadReceipt longest = receipt(host, now(host), Long.MAX_VALUE, ContentDigest.of(new byte[32]));
        if (host.issuer().length(longest) > ReceiptIssuer.MAX_LENGTH) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.FIELDS_TOO_LARGE, "The file's name is too long for its receipt."));
        }
    }

    static Instant now(UploadHost host) {
        return host.clock().instant().truncatedTo(ChronoUnit.SECONDS);
    }

    /** Returns when an upload expires that is complete at {@code time}. */
    Instant expiry(UploadHost host, Instant time) {
        return until.orElseGet(() -> time.plus(host.timeToLive()));
    }

    void requireSize(long bytes) throws UploadRefusedException {
        if (bytes > maxSize) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.FILE_TOO_LARGE, "A file may have " + maxSize + " bytes.", maxSize, bytes));
        }
    }

    void requireExactSize(long bytes) throws UploadRefusedException {
        if (exactSize.isPresent() && exactSize.get() != bytes) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.SIZE_MISMATCH,
                    "The ticket is for a file of " + exactSize.get() + " bytes.",
                    exactSize.get(),
                    bytes));
        }
    }

    void requireDigest(ContentDigest measured) throws UploadRefusedException {
        if (digest.isPresent() && !digest.get().equals(measured)) {
            throw new UploadRefusedException(Problem.of(ProblemType.DIGEST_MISMATCH));
        }
    }

    /** Returns the receipt of the file that was measured. */
    IssuedReceipt issue(UploadHost host, Instant issuedAt, long size, ContentDigest measured)
            throws UploadRefusedException {
        UploadReceipt receipt = receipt(host, issuedAt, size, measured);
        return new IssuedReceipt(receipt, host.issuer().issue(receipt));
    }

    private UploadReceipt receipt(UploadHost host, Instant issuedAt, long size, ContentDigest measured)
            throws UploadRefusedException {
        Instant expiresAt = expiry(host, issuedAt);
        if (!expiresAt.isAfter(issuedAt)) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.TICKET_EXPIRED, "The time for which its uploads are kept is over."));
        }
        return new UploadReceipt(
                id,
                name,
                type,
                size,
                measured,
                List.of(new Location(host.base(), ExpiryHour.of(expiresAt), id)),
                subject,
                issuedAt,
                expiresAt,
                batch,
                context);
    }
}
