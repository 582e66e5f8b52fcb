package io.github.uploadreceipts.internal.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.internal.token.BoundClaims;
import io.github.uploadreceipts.internal.token.ClaimReader;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.util.Optional;

/** Writes the terms of a file as JSON, for the state of a resumable upload and for tokens, and reads them. */
public final class TermsClaims {

    private TermsClaims() {}

    /** Writes terms. */
    public static void write(ObjectNode json, FileTerms terms) {
        json.put("id", terms.id().toString())
                .put("name", terms.name())
                .put("type", terms.type())
                .put("maxSize", terms.maxSize());
        terms.path().ifPresent(value -> json.put("path", value));
        BoundClaims.write(json, terms.subject(), terms.batch(), terms.context());
        terms.exactSize().ifPresent(size -> json.put("exactSize", size));
        terms.digest().ifPresent(digest -> json.put("askedDigest", digest.toString()));
        terms.until().ifPresent(until -> json.put("until", until.getEpochSecond()));
        terms.handOver().ifPresent(url -> json.put("handOver", url.toString()));
        json.put("freeSpaceFloor", terms.freeSpaceFloor());
    }

    /** Reads terms that {@link #write} wrote. Throws what {@link ClaimReader} throws. */
    public static FileTerms read(ClaimReader claims) {
        return new FileTerms(
                UploadId.parse(claims.text("id")),
                claims.text("name"),
                claims.optionalText("path"),
                claims.text("type"),
                claims.optionalText("sub"),
                claims.batch(Batch::new),
                claims.context(),
                claims.integer("maxSize"),
                claims.has("exactSize") ? Optional.of(claims.integer("exactSize")) : Optional.empty(),
                claims.optionalText("askedDigest").map(ContentDigest::parseCanonical),
                claims.has("until") ? Optional.of(claims.instant("until")) : Optional.empty(),
                claims.optionalText("handOver").map(URI::create),
                claims.integer("freeSpaceFloor"));
    }
}
