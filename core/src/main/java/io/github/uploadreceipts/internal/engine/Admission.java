package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.internal.token.AcceptedTicket;
import io.github.uploadreceipts.permit.FileSize;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.util.Optional;

/**
 * What a request may upload: the policy's permit, narrowed by the ticket that was shown.
 *
 * @param permit the permit, narrowed by the ticket if one was shown
 * @param ticket the ticket that was shown
 * @param slot the ticket's slot for the first file; further files take the next slots
 */
public record Admission(UploadPermit permit, Optional<AcceptedTicket> ticket, int slot) {

    /** Returns what a permit admits without a ticket. */
    public static Admission of(UploadPermit permit) {
        return new Admission(permit, Optional.empty(), 0);
    }

    /** Returns the user to whom receipts are bound. */
    public Optional<String> subject() {
        return permit.subject();
    }

    /** Returns the limits. */
    public UploadLimits limits() {
        return permit.limits();
    }

    /** Returns a copy with other limits. */
    public Admission limits(UploadLimits value) {
        return new Admission(permit.limits(value), ticket, slot);
    }

    /** Returns what the ticket says. */
    public Optional<UploadTicket> terms() {
        return ticket.map(AcceptedTicket::ticket);
    }

    /** Returns whether files are sealed at rest even where the store keeps others plain. */
    boolean isSealed() {
        return terms().map(UploadTicket::sealed).orElse(false);
    }

    /** Returns how many bytes a file may have at most. */
    public long maxFileSize() {
        long bytes = terms().flatMap(UploadTicket::size).map(FileSize::bytes).orElse(Long.MAX_VALUE);
        return Math.min(bytes, limits().maxFileSize());
    }

    /** Returns whether a ticket must still be shown. */
    public boolean awaitsTicket() {
        return permit.ticketRequired() && ticket.isEmpty();
    }

    /**
     * Returns a copy with the ticket that was shown.
     *
     * @param first the slot for the first file, from 0
     * @throws UploadRefusedException if the ticket is another user's, or has no such slot
     */
    public Admission with(AcceptedTicket shown, int first) throws UploadRefusedException {
        UploadTicket terms = shown.ticket();
        if (subject().isPresent() && terms.subject().isPresent() && !subject().equals(terms.subject())) {
            throw new UploadRefusedException(Problem.of(ProblemType.TICKET_INVALID));
        }
        if (first < 0 || first >= terms.files()) {
            throw new UploadRefusedException(Problem.limit(
                    ProblemType.TOO_MANY_FILES,
                    "The ticket is for " + terms.files() + " files. Their slots are numbered from 0.",
                    terms.files(),
                    first + 1L));
        }
        int files = Math.min(limits().maxFiles(), terms.files() - first);
        UploadPermit narrowed = new UploadPermit(
                terms.subject().or(this::subject),
                limits().toBuilder().maxFiles(files).build(),
                terms.batch().map(batched -> batched.plus(first)).or(permit::batch),
                terms.context().or(permit::context),
                true);
        return new Admission(narrowed, Optional.of(shown), first);
    }
}
