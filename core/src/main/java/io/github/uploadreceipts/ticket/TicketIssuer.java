package io.github.uploadreceipts.ticket;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.token.TokenCodec;
import io.github.uploadreceipts.token.TokenKind;

/** Issues tickets, wherever the key ring is: on any host, or in a back end that takes no uploads itself. */
public final class TicketIssuer {

    /** The longest ticket, so that it fits a header field. */
    public static final int MAX_LENGTH = 3 * 1024;

    private final TokenCodec codec;

    private TicketIssuer(TokenCodec codec) {
        this.codec = codec;
    }

    /** Returns an issuer for the fleet of {@code ring}. */
    public static TicketIssuer create(KeyRing ring) {
        return new TicketIssuer(new TokenCodec(ring, TokenKind.TICKET, ProblemType.TICKET_INVALID));
    }

    /**
     * Returns the token for a ticket. It is signed, not encrypted: who holds it can read it.
     *
     * @throws IllegalArgumentException if it would pass {@value #MAX_LENGTH} characters, or the context is not strict JSON
     */
    public String issue(UploadTicket ticket) {
        String token = codec.mint(
                TicketClaims.write(ticket), TicketClaims.AUDIENCE, ticket.issuedAt(), ticket.expiresAt(), false);
        if (token.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("the ticket would have " + token.length() + " characters, more than "
                    + MAX_LENGTH + "; shorten the context or the types");
        }
        return token;
    }
}
