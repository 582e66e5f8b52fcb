package io.github.uploadreceipts.internal.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.json.StrictJson;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.FileSize;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ContentDigest;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Writes tickets as tokens, and reads them. Safe for use by several threads. */
public final class TicketTokens {

    /** The length of the longest token, in characters. It has to fit into a header field. */
    public static final int MAX_LENGTH = 3 * 1024;

    private static final String AUDIENCE = "uploads";

    /** Longer than any ticket lives. */
    private static final Duration ANY_TIME = Duration.ofDays(1000);

    /**
     * The claims of a ticket. Others mint tickets, too. Unknown claims are refused: a misspelt limit would be no limit.
     */
    private static final Set<String> KNOWN = Set.of(
            "iss",
            "aud",
            "sub",
            "iat",
            "exp",
            "jti",
            "until",
            "files",
            "size",
            "maxSize",
            "types",
            "digest",
            "batch",
            "seq",
            "ctx",
            "sealed",
            "handOver");

    private final TokenCodec codec;

    /** Mints and verifies with the keys of {@code ring}. */
    public TicketTokens(KeyRing ring) {
        this.codec = new TokenCodec(ring, TokenKind.TICKET);
    }

    /**
     * Returns the token for a ticket. It is signed, not encrypted.
     *
     * @throws IllegalArgumentException if the token would have more than {@value #MAX_LENGTH} characters, or the
     *     context is not strict JSON
     */
    public String issue(UploadTicket ticket) {
        String token = codec.mint(write(ticket), AUDIENCE, ticket.issuedAt(), ticket.expiresAt(), false);
        if (token.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("the ticket would have " + token.length() + " characters, more than "
                    + MAX_LENGTH + "; shorten the context or the types");
        }
        return token;
    }

    private static ObjectNode write(UploadTicket ticket) {
        ObjectNode claims = StrictJson.object()
                .put("jti", ticket.id())
                .put("until", ticket.uploadsExpireAt().getEpochSecond())
                .put("files", ticket.files());
        ticket.size().ifPresent(size -> claims.put(size.exact() ? "size" : "maxSize", size.bytes()));
        if (!ticket.types().isEmpty()) {
            var types = claims.putArray("types");
            ticket.types().forEach(types::add);
        }
        ticket.digest().ifPresent(digest -> claims.put("digest", digest.toString()));
        if (ticket.sealed()) {
            claims.put("sealed", true);
        }
        ticket.handOver().ifPresent(url -> claims.put("handOver", url.toString()));
        BoundClaims.write(claims, ticket.subject(), ticket.batch(), ticket.context());
        return claims;
    }

    /**
     * Verifies {@code token} and returns its ticket.
     *
     * @throws TokenRefusedException if it is not a ticket of this fleet, or has expired
     */
    public AcceptedTicket verify(String token, Instant now) throws TokenRefusedException {
        return read(token, now, TokenCodec.LEEWAY);
    }

    /**
     * Returns the id of the ticket in {@code token}, even if the ticket has expired: an upload that has begun under it
     * may still be resumed.
     *
     * @throws TokenRefusedException if it is not a ticket of this fleet
     */
    public String id(String token, Instant now) throws TokenRefusedException {
        return read(token, now, ANY_TIME).ticket().id();
    }

    private AcceptedTicket read(String token, Instant now, Duration leeway) throws TokenRefusedException {
        TokenCodec.Verified verified = codec.verify(token, List.of(AUDIENCE), false, now, leeway);
        try {
            return new AcceptedTicket(read(verified.claims()), verified.key());
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
            throw codec.refused(Reason.CLAIMS);
        }
    }

    private static UploadTicket read(ObjectNode node) {
        if (node.properties().stream().anyMatch(claim -> !KNOWN.contains(claim.getKey()))) {
            throw new IllegalArgumentException("the ticket has a claim that tickets do not have");
        }
        ClaimReader claims = new ClaimReader(node);
        return new UploadTicket(
                claims.text("jti"),
                claims.optionalText("sub"),
                claims.instant("iat"),
                claims.instant("exp"),
                claims.instant("until"),
                claims.count("files"),
                readSize(claims),
                claims.has("types") ? claims.texts("types") : List.of(),
                claims.optionalText("digest").map(ContentDigest::parseCanonical),
                claims.batch(Batch::new),
                claims.context(),
                claims.has("sealed") && claims.flag("sealed"),
                claims.optionalText("handOver").map(URI::create));
    }

    private static Optional<FileSize> readSize(ClaimReader claims) {
        if (claims.has("size") && claims.has("maxSize")) {
            throw new IllegalArgumentException("the ticket has both size and maxSize, but may have only one of them");
        }
        if (claims.has("size")) {
            return Optional.of(FileSize.exactly(claims.integer("size")));
        }
        return claims.has("maxSize") ? Optional.of(FileSize.atMost(claims.integer("maxSize"))) : Optional.empty();
    }
}
