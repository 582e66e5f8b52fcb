package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.internal.http.FileName;
import io.github.uploadreceipts.internal.http.FilePath;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.permit.FileSize;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.net.URLConnection;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one file may be, and what its receipt will say besides what is measured and the key under which it is sealed. Terms
 * are stored, and that key must not be.
 *
 * @param id the upload
 * @param name the safe form of the client's name
 * @param path the safe form of the client's path, if the file is in a folder
 * @param maxSize how many bytes the file may have at most
 * @param exactSize how many bytes the file must have, if a ticket says so
 * @param digest the digest that the file must have, if a ticket or its client says so
 * @param until when the upload expires, if a ticket says so; otherwise the host's time to live applies
 * @param handOver where a webhook is sent when the file is stored, if a ticket says so
 * @param freeSpaceFloor how many bytes must stay free in the store
 */
public record FileTerms(
        UploadId id,
        String name,
        Optional<String> path,
        String type,
        Optional<String> subject,
        Optional<Batch> batch,
        Optional<String> context,
        long maxSize,
        Optional<Long> exactSize,
        Optional<ContentDigest> digest,
        Optional<Instant> until,
        Optional<URI> handOver,
        long freeSpaceFloor) {

    /**
     * Returns the terms of a file. The other parameters are those of {@link Engine#receive}.
     *
     * @param internalUrl that of this host
     * @throws UploadRefusedException if the file is not permitted
     */
    public static FileTerms of(Admission admission, int index, String name, @Nullable String type, URI internalUrl)
            throws UploadRefusedException {
        Optional<UploadTicket> ticket = admission.terms();
        FileTerms terms = new FileTerms(
                admission
                        .ticket()
                        .map(shown -> shown.uploadId(admission.slot() + index, internalUrl))
                        .orElseGet(UploadId::random),
                FileName.safe(name),
                Optional.empty(),
                MediaType.ofFile(type),
                admission.subject(),
                batchPlace(admission, index),
                admission.permit().context(),
                admission.maxFileSize(),
                ticket.flatMap(UploadTicket::size).filter(FileSize::exact).map(FileSize::bytes),
                ticket.flatMap(UploadTicket::digest),
                ticket.map(UploadTicket::uploadsExpireAt),
                ticket.flatMap(UploadTicket::handOver),
                admission.limits().freeSpaceFloor());
        requireTicket(admission, terms.type());
        return terms;
    }

    /** Returns the terms of a partial upload. A ticket's type, exact size and digest are for the concatenation only. */
    public static FileTerms ofPartial(Admission admission, UploadId id) throws UploadRefusedException {
        requireTicket(admission);
        return new FileTerms(
                id,
                FileName.safe(""),
                Optional.empty(),
                MediaType.OCTET_STREAM.essence(),
                admission.subject(),
                Optional.empty(),
                Optional.empty(),
                admission.maxFileSize(),
                Optional.empty(),
                Optional.empty(),
                admission.terms().map(UploadTicket::uploadsExpireAt),
                Optional.empty(),
                admission.limits().freeSpaceFloor());
    }

    private static void requireTicket(Admission admission) throws UploadRefusedException {
        if (admission.awaitsTicket()) {
            throw new UploadRefusedException(Problem.of(ProblemType.TICKET_REQUIRED));
        }
    }

    private static void requireTicket(Admission admission, String type) throws UploadRefusedException {
        requireTicket(admission);
        Optional<UploadTicket> ticket = admission.terms();
        if (ticket.isPresent() && !ticket.get().accepts(type)) {
            throw new UploadRefusedException(Problem.of(
                    ProblemType.TYPE_NOT_ACCEPTED,
                    "The ticket is for " + String.join(", ", ticket.get().types()) + "."));
        }
    }

    private static Optional<Batch> batchPlace(Admission admission, int index) throws UploadRefusedException {
        if (admission.permit().batch().isEmpty()) {
            return Optional.empty();
        }
        Batch first = admission.permit().batch().get();
        if (first.sequence() + index > first.count()) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.TOO_MANY_FILES,
                    "The batch has no more places.",
                    first.count(),
                    (long) first.sequence() + index));
        }
        return Optional.of(first.plus(index));
    }

    /**
     * Returns the terms of an upload of which the host already keeps bytes. It may use half of the space that new uploads
     * must leave free.
     */
    public FileTerms whileResumed() {
        return with(path, digest, freeSpaceFloor / 2);
    }

    /**
     * Returns the terms of a file that must also have the digest that its client says.
     *
     * @throws UploadRefusedException if a ticket says another one
     */
    public FileTerms requiring(Optional<ContentDigest> said) throws UploadRefusedException {
        if (said.isPresent()) {
            requireDigest(said.get());
        }
        return with(path, said.or(() -> digest), freeSpaceFloor);
    }

    /**
     * Returns the terms of a file that is in a folder.
     *
     * @param said the client's path, if it said one
     * @throws UploadRefusedException if the path is not safe, too long or too deep
     */
    public FileTerms at(Optional<String> said) throws UploadRefusedException {
        try {
            return with(said.map(FilePath::parse), digest, freeSpaceFloor);
        } catch (IllegalArgumentException e) {
            throw new UploadRefusedException(Problem.of(ProblemType.MALFORMED_REQUEST, "" + e.getMessage()));
        }
    }

    private FileTerms with(Optional<String> place, Optional<ContentDigest> required, long floor) {
        return new FileTerms(
                id, name, place, type, subject, batch, context, maxSize, exactSize, required, until, handOver, floor);
    }

    /** Returns these terms for a file whose name is known only now. By its name a type is guessed, as browsers do. */
    public FileTerms named(String said) {
        String safe = FileName.safe(said);
        String guessed = URLConnection.guessContentTypeFromName(safe);
        return new FileTerms(
                id,
                safe,
                path,
                MediaType.ofFile(guessed),
                subject,
                batch,
                context,
                maxSize,
                exactSize,
                digest,
                until,
                handOver,
                freeSpaceFloor);
    }

    /** Checks that a file may have this many bytes. */
    public void requireSize(long bytes) throws UploadRefusedException {
        if (bytes > maxSize) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.FILE_TOO_LARGE, "A file may have " + maxSize + " bytes.", maxSize, bytes));
        }
    }

    /** Checks that a file has as many bytes as its ticket requires. */
    public void requireExactSize(long bytes) throws UploadRefusedException {
        if (exactSize.isPresent() && exactSize.get() != bytes) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.SIZE_MISMATCH,
                    "The ticket is for a file of " + exactSize.get() + " bytes.",
                    exactSize.get(),
                    bytes));
        }
    }

    /** Checks that a file has the digest that its ticket, or its client, requires. */
    public void requireDigest(ContentDigest measured) throws UploadRefusedException {
        if (digest.isPresent() && !digest.get().equals(measured)) {
            throw new UploadRefusedException(Problem.of(ProblemType.DIGEST_MISMATCH));
        }
    }

    UploadRefusedException tooLongForReceipt() {
        return new UploadRefusedException(Problem.of(
                ProblemType.FIELDS_TOO_LARGE,
                path.isPresent()
                        ? "The file's name and path are too long for its receipt."
                        : "The file's name is too long for its receipt."));
    }

    /** @throws UploadRefusedException if the receipt would expire no later than it is issued */
    UploadReceipt receipt(
            URI internalUrl,
            Optional<SealKey> sealKey,
            Instant issuedAt,
            Instant expiresAt,
            long size,
            ContentDigest measured)
            throws UploadRefusedException {
        if (!expiresAt.isAfter(issuedAt)) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.TICKET_EXPIRED, "The time for which its uploads are kept has passed."));
        }
        return new UploadReceipt(
                id,
                name,
                type,
                size,
                measured,
                List.of(new Location(internalUrl, ExpiryHour.of(expiresAt), id)),
                subject,
                issuedAt,
                expiresAt,
                batch,
                context,
                sealKey.map(key -> key),
                path);
    }
}
