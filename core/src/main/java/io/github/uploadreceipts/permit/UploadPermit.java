package io.github.uploadreceipts.permit;

import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.util.Optional;

/**
 * What one request may upload, and what its receipts will say besides the files.
 *
 * @param subject the user to whom the receipts are bound; 1 to 256 bytes
 * @param limits the limits on what is received
 * @param batch the first file's place in a batch; further files take the next places
 * @param context the application's own JSON object, of at most 1 KiB, for every receipt
 * @param ticketRequired whether the client must show a ticket before its first file
 */
public record UploadPermit(
        Optional<String> subject,
        UploadLimits limits,
        Optional<Batch> batch,
        Optional<String> context,
        boolean ticketRequired) {

    /** Checks that the subject and the context fit into receipts. */
    public UploadPermit {
        UploadReceipt.requireSubject(subject);
        UploadReceipt.requireContext(context);
    }

    private static UploadPermit of(Optional<String> subject, UploadLimits limits, boolean ticketRequired) {
        return new UploadPermit(subject, limits, Optional.empty(), Optional.empty(), ticketRequired);
    }

    /** Returns a permit whose receipts are bound to nobody. */
    public static UploadPermit anyone(UploadLimits limits) {
        return of(Optional.empty(), limits, false);
    }

    /** Returns a permit whose receipts are bound to {@code subject}. */
    public static UploadPermit of(String subject, UploadLimits limits) {
        return of(Optional.of(subject), limits, false);
    }

    /** Returns a copy with other limits. */
    public UploadPermit limits(UploadLimits value) {
        return new UploadPermit(subject, value, batch, context, ticketRequired);
    }

    /** Returns a copy with a batch. */
    public UploadPermit batch(Batch first) {
        return new UploadPermit(subject, limits, Optional.of(first), context, ticketRequired);
    }

    /** Returns a copy with a context. */
    public UploadPermit context(String json) {
        return new UploadPermit(subject, limits, batch, Optional.of(json), ticketRequired);
    }

    /**
     * Returns a permit that requires a ticket. Both the ticket's limits and {@code limits} apply. Receipts have the
     * ticket's subject, batch and context.
     */
    public static UploadPermit byTicket(UploadLimits limits) {
        return of(Optional.empty(), limits, true);
    }

    /**
     * Returns a copy that also requires a ticket. If both the permit and the ticket have a subject, it must be the
     * same.
     */
    public UploadPermit requiringTicket() {
        return new UploadPermit(subject, limits, batch, context, true);
    }
}
