package io.github.uploadreceipts.ticket;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.token.TokenCodec;
import io.github.uploadreceipts.token.TokenKind;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;

/** Verifies tickets when an upload starts. Upload hosts do it; applications have no need to. */
public final class TicketVerifier {

    private static final Duration LEEWAY = Duration.ofSeconds(60);

    private final TokenCodec codec;
    private final Clock clock;

    private TicketVerifier(TokenCodec codec, Clock clock) {
        this.codec = codec;
        this.clock = clock;
    }

    /** Returns a verifier for the fleet of {@code ring}. */
    public static TicketVerifier create(KeyRing ring, Clock clock) {
        return new TicketVerifier(new TokenCodec(ring, TokenKind.TICKET, ProblemType.TICKET_INVALID), clock);
    }

    /**
     * Returns the ticket in {@code token}, proved.
     *
     * @throws TokenRefusedException if it is not a ticket of this fleet, in its time
     */
    public AcceptedTicket verify(String token) throws TokenRefusedException {
        TokenCodec.Verified verified = codec.verify(token, TicketClaims.AUDIENCE, false, clock.instant(), LEEWAY);
        try {
            return new AcceptedTicket(TicketClaims.read(verified.claims()), verified.key());
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
            throw codec.refused(Reason.CLAIMS);
        }
    }
}
