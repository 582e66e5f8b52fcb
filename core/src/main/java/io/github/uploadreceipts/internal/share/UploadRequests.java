package io.github.uploadreceipts.internal.share;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.UploadId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/** Upload-request links: what they say, who may use them, and the tickets by which files are sent. */
public final class UploadRequests {

    /** For how long the pass stands in for the password: people write, choose files and send them meanwhile. */
    public static final Duration PASS_LIFE = Duration.ofHours(12);

    /** How long files may be sent by one ticket, as a rule. Of many files on a slow line, the last begins late. */
    private static final Duration TICKET_LIFE = Duration.ofHours(12);

    /** Who opens a link just before it ends can still send. */
    private static final Duration SHORTEST_TICKET_LIFE = Duration.ofMinutes(5);

    private final Engine engine;
    private final LinkChecks checks;
    private final UploadRequestTokens tokens;
    private final TicketIssuer tickets;

    UploadRequests(Engine engine, LinkChecks checks) {
        this.engine = engine;
        this.checks = checks;
        this.tokens = new UploadRequestTokens(engine.keyRing(), engine.clock());
        this.tickets = TicketIssuer.create(engine.keyRing());
    }

    /**
     * Returns what a link says.
     *
     * @param token the last segment of its URL
     * @return empty if this is no such link of the fleet; it may be a share link
     * @throws TokenRefusedException if it is one, and cannot be used now
     */
    public Optional<UploadRequestTerms> find(String token) throws TokenRefusedException {
        if (ShortLink.parse(token).isPresent()) {
            return Optional.empty();
        }
        try {
            return Optional.of(tokens.verify(token));
        } catch (TokenRefusedException e) {
            return switch (e.reason()) {
                case EXPIRED, ISSUED_LATER -> throw e;
                default -> Optional.empty();
            };
        }
    }

    /**
     * Decides about a request. Does not wait.
     *
     * @return a pass, if the request has the password. The future fails if the request may not use the link
     */
    public CompletableFuture<Optional<String>> admit(LinkRequest request, UploadRequestTerms terms) {
        return checks.checkPassword(request.bounded(), terms.password(), PASS_LIFE);
    }

    /**
     * Returns a ticket for one submission: files that are sent together.
     *
     * @param sender the name that the sender gave, cleaned
     * @param files how many files there are, if that is known; if not, as many as the link permits
     */
    public String ticket(UploadRequestTerms terms, Optional<String> sender, OptionalInt files) {
        Instant now = engine.now().truncatedTo(ChronoUnit.SECONDS);
        String submission = UploadId.random().toString();
        UploadTicket.Builder ticket = terms.ticket(now, expiry(terms, now))
                .id(submission)
                .files(files.orElse(terms.files()))
                .context(context(terms, submission, sender));
        files.ifPresent(count -> ticket.batch(new Batch(submission, count, 1)));
        return tickets.issue(ticket.build());
    }

    /**
     * Checks that a ticket came from here.
     *
     * @throws UploadRefusedException if it is not valid, or was made for something else
     */
    public void requireTicket(String token) throws UploadRefusedException {
        try {
            UploadTicket ticket = engine.ticket(token).ticket();
            String context = ticket.context().orElse("");
            if (!context.contains("\"submission\":\"" + ticket.id() + "\"")) {
                throw new UploadRefusedException(Problem.of(ProblemType.TICKET_INVALID));
            }
        } catch (TokenRefusedException e) {
            throw new UploadRefusedException(e.problem());
        }
    }

    /**
     * Returns what receipts say that were got by tickets of a link.
     *
     * @throws RefusedException if one is not valid, or came by another link
     */
    public List<UploadReceipt> verify(UploadRequestTerms terms, List<String> tokens) throws RefusedException {
        List<UploadReceipt> receipts =
                engine.receipts().subject(terms.receiver()).verifyAll(tokens);
        String context = "{\"request\":" + TextNode.valueOf(terms.id()) + ",";
        for (UploadReceipt receipt : receipts) {
            if (!receipt.context().orElse("").startsWith(context)) {
                throw new UploadRefusedException(Problem.of(ProblemType.RECEIPT_INVALID));
            }
        }
        return receipts;
    }

    private static Instant expiry(UploadRequestTerms terms, Instant now) {
        Instant latest = now.plus(TICKET_LIFE);
        Instant earliest = now.plus(SHORTEST_TICKET_LIFE);
        Instant end = terms.expiresAt().isBefore(latest) ? terms.expiresAt() : latest;
        return end.isBefore(earliest) ? earliest : end;
    }

    private static String context(UploadRequestTerms terms, String submission, Optional<String> sender) {
        ObjectNode context = StrictJson.object().put("request", terms.id()).put("submission", submission);
        sender.ifPresent(name -> context.put("sender", name));
        return context.toString();
    }
}
