package io.github.uploadreceipts.host;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.ticket.AcceptedTicket;
import io.github.uploadreceipts.ticket.FileSize;
import io.github.uploadreceipts.ticket.UploadTicket;
import java.util.Optional;

/**
 * What one request may upload, and what its receipts will say beside the files.
 *
 * @param subject the user to whom the receipts are bound; 1 to 256 bytes
 * @param limits what is taken
 * @param batch the first file's place in a batch; further files take the next places
 * @param context the application's own JSON object, of at most 1 KiB, for every receipt
 * @param ticketRequired whether nothing is taken before a ticket is shown
 * @param ticket that was shown
 * @param slot of the ticket, for the first file; further files take the next ones
 */
public record UploadPermit(
        Optional<String> subject,
        UploadLimits limits,
        Optional<Batch> batch,
        Optional<String> context,
        boolean ticketRequired,
        Optional<AcceptedTicket> ticket,
        int slot) {

    /** Checks what must fit into receipts. */
    public UploadPermit {
        UploadReceipt.requireSubject(subject);
        UploadReceipt.requireContext(context);
    }

    private static UploadPermit of(Optional<String> subject, UploadLimits limits, boolean ticketRequired) {
        return new UploadPermit(
                subject, limits, Optional.empty(), Optional.empty(), ticketRequired, Optional.empty(), 0);
    }

    /** Returns a permit whose receipts are bound to nobody. */
    public static UploadPermit anyone(UploadLimits limits) {
        return of(Optional.empty(), limits, false);
    }

    /** Returns a permit whose receipts are bound to {@code subject}. */
    public static UploadPermit of(String subject, UploadLimits limits) {
        return of(Optional.of(subject), limits, false);
    }

    /** Returns the same with other limits. */
    public UploadPermit limits(UploadLimits value) {
        return new UploadPermit(subject, value, batch, context, ticketRequired, ticket, slot);
    }

    /** Returns the same with a batch. */
    public UploadPermit batch(Batch first) {
        return new UploadPermit(subject, limits, Optional.of(first), context, ticketRequired, ticket, slot);
    }

    /** Returns the same with a context. */
    public UploadPermit context(String json) {
        return new UploadPermit(subject, limits, batch, Optional.of(json), ticketRequired, ticket, slot);
    }

    /**
     * Returns a permit for those who show a ticket. What it says holds within {@code limits}; receipts are bound to its
     * subject, batch and context.
     */
    public static UploadPermit byTicket(UploadLimits limits) {
        return of(Optional.empty(), limits, true);
    }

    /** Returns the same for those only who show a ticket too, of the same subject if both have one. */
    public UploadPermit requiringTicket() {
        return new UploadPermit(subject, limits, batch, context, true, ticket, slot);
    }

    /** Returns how many bytes a file may have. */
    public long maxFileSize() {
        long bytes = terms().flatMap(UploadTicket::size).map(FileSize::bytes).orElse(Long.MAX_VALUE);
        return Math.min(bytes, limits.maxFileSize());
    }

    Optional<UploadTicket> terms() {
        return ticket.map(AcceptedTicket::ticket);
    }

    /** Returns whether a ticket has still to be shown. */
    public boolean awaitsTicket() {
        return ticketRequired && ticket.isEmpty();
    }

    /**
     * Returns the same with the ticket that was shown.
     *
     * @param first the slot for the first file, from 0
     * @throws UploadRefusedException if the ticket is another user's, or has no such slot
     */
    public UploadPermit with(AcceptedTicket shown, int first) throws UploadRefusedException {
        UploadTicket terms = shown.ticket();
        if (subject.isPresent() && terms.subject().isPresent() && !subject.equals(terms.subject())) {
            throw new UploadRefusedException(Problem.of(ProblemType.TICKET_INVALID));
        }
        if (first < 0 || first >= terms.files()) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.TOO_MANY_FILES,
                    "The ticket is for " + terms.files() + " files; their slots are counted from 0.",
                    terms.files(),
                    first + 1L));
        }
        int files = Math.min(limits.maxFiles(), terms.files() - first);
        return new UploadPermit(
                terms.subject().or(() -> subject),
                limits.toBuilder().maxFiles(files).build(),
                terms.batch().map(batched -> batched.plus(first)).or(() -> batch),
                terms.context().or(() -> context),
                true,
                Optional.of(shown),
                first);
    }
}
