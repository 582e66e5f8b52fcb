package io.github.uploadreceipts.permit;

import io.github.uploadreceipts.internal.token.TicketTokens;
import io.github.uploadreceipts.key.KeyRing;

/** Issues tickets, wherever the key ring is: on any host, or in a back end that takes no uploads itself. */
public final class TicketIssuer {

    /** The longest ticket, in characters, so that it fits a header field. */
    public static final int MAX_LENGTH = TicketTokens.MAX_LENGTH;

    private final TicketTokens tokens;

    private TicketIssuer(TicketTokens tokens) {
        this.tokens = tokens;
    }

    /** Returns an issuer for the fleet of {@code ring}. */
    public static TicketIssuer create(KeyRing ring) {
        return new TicketIssuer(new TicketTokens(ring));
    }

    /**
     * Returns the token for a ticket. It is signed, not encrypted: who holds it can read it.
     *
     * @throws IllegalArgumentException if it would pass {@value #MAX_LENGTH} characters, or the context is not strict JSON
     */
    public String issue(UploadTicket ticket) {
        return tokens.issue(ticket);
    }
}
