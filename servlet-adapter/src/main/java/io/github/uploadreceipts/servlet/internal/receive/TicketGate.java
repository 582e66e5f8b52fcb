package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Admits requests by their ticket, where one is required: in a header field, or in a form before its first file. */
public final class TicketGate {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);
    private static final String BEARER = "bearer ";

    private TicketGate() {}

    /**
     * Returns what a permit admits, narrowed by the ticket in the request's header fields if one is required and there.
     */
    public static Admission admit(Engine engine, UploadPermit permit, HttpServletRequest request)
            throws UploadRefusedException {
        Admission admission = Admission.of(permit);
        Optional<String> token = admission.awaitsTicket() ? token(request) : Optional.empty();
        return token.isPresent() ? admit(engine, admission, token.get(), request.getHeader("Upload-Slot")) : admission;
    }

    /** Returns the id of the ticket in the request's header fields, if there is a ticket of this fleet, expired or not. */
    public static Optional<String> shownId(Engine engine, HttpServletRequest request) {
        Optional<String> token = token(request);
        if (token.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(engine.ticketId(token.get()));
        } catch (TokenRefusedException e) { // Authorization may bear what only the application understands
            return Optional.empty();
        }
    }

    /** Returns the ticket in the request's header fields. It is not verified yet. */
    public static Optional<String> token(HttpServletRequest request) {
        String own = request.getHeader("Upload-Ticket");
        if (own != null) {
            return Optional.of(own.strip());
        }
        String authorization = request.getHeader("Authorization");
        return authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? Optional.of(authorization.substring(BEARER.length()).strip())
                : Optional.empty();
    }

    /**
     * Returns the admission narrowed by a ticket.
     *
     * @param slot the slot for the first file; the ticket's first slot if null
     */
    public static Admission admit(Engine engine, Admission admission, String token, @Nullable String slot)
            throws UploadRefusedException {
        try {
            return admission.with(engine.ticket(token), slot == null ? 0 : parseSlot(slot));
        } catch (TokenRefusedException e) {
            LOG.log(Level.INFO, "an upload ticket is refused: {0}", e.explanation());
            throw new UploadRefusedException(e.problem());
        }
    }

    private static int parseSlot(String text) throws UploadRefusedException {
        if (!text.strip().matches("[0-9]{1,5}")) {
            throw new UploadRefusedException(
                    Problem.of(ProblemType.MALFORMED_REQUEST, "A slot must be a number, counted from 0."));
        }
        return Integer.parseInt(text.strip());
    }
}
