package io.github.uploadreceipts.ticket;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.http.ContentDigest;
import io.github.uploadreceipts.json.StrictJson;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.token.ClaimReader;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A ticket as a token's claims, and back. */
final class TicketClaims {

    static final String AUDIENCE = "uploads";

    /** A misspelt limit would be none, and others write these too. */
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
            "handOver");

    private TicketClaims() {}

    static ObjectNode write(UploadTicket ticket) {
        ObjectNode claims = StrictJson.object()
                .put("jti", ticket.id())
                .put("until", ticket.uploadsExpireAt().getEpochSecond())
                .put("files", ticket.files());
        ticket.subject().ifPresent(subject -> claims.put("sub", subject));
        ticket.size().ifPresent(size -> claims.put(size.exact() ? "size" : "maxSize", size.bytes()));
        if (!ticket.types().isEmpty()) {
            var types = claims.putArray("types");
            ticket.types().forEach(types::add);
        }
        ticket.digest().ifPresent(digest -> claims.put("digest", digest.toString()));
        ticket.batch().ifPresent(batch -> {
            claims.putObject("batch").put("id", batch.id()).put("count", batch.count());
            claims.put("seq", batch.sequence());
        });
        ticket.context().ifPresent(context -> claims.set("ctx", ClaimReader.parseContext(context)));
        ticket.handOver().ifPresent(url -> claims.put("handOver", url.toString()));
        return claims;
    }

    /** @throws IllegalArgumentException if a claim is missing, unknown or wrong */
    static UploadTicket read(ObjectNode node) {
        if (node.properties().stream().anyMatch(claim -> !KNOWN.contains(claim.getKey()))) {
            throw new IllegalArgumentException("claims that a ticket does not have");
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
                claims.optionalText("handOver").map(URI::create));
    }

    private static Optional<FileSize> readSize(ClaimReader claims) {
        if (claims.has("size") && claims.has("maxSize")) {
            throw new IllegalArgumentException("a size that is exact, and one that is not");
        }
        if (claims.has("size")) {
            return Optional.of(FileSize.exactly(claims.integer("size")));
        }
        return claims.has("maxSize") ? Optional.of(FileSize.atMost(claims.integer("maxSize"))) : Optional.empty();
    }
}
