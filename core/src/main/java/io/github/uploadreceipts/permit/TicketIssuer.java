package io.github.uploadreceipts.permit;

import io.github.uploadreceipts.internal.token.TicketTokens;
import io.github.uploadreceipts.key.KeyRing;

/** Issues tickets. It needs only the key ring, so it works on any host, and in a back end that receives no uploads. */
public final class TicketIssuer {

    /** The length of the longest ticket, in characters. A ticket has to fit into a header field. */
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
     * Returns the token for a ticket. The token is signed, not encrypted: whoever has it can read it.
     *
     * @throws IllegalArgumentException if the token would have more than {@value #MAX_LENGTH} characters, or the
     *     context is not strict JSON
     */
    public String issue(UploadTicket ticket) {
        return tokens.issue(ticket);
    }
}
