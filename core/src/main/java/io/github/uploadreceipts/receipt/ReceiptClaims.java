package io.github.uploadreceipts.receipt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.http.ContentDigest;
import io.github.uploadreceipts.http.FileName;
import io.github.uploadreceipts.json.StrictJson;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A receipt as a token's claims, and back. */
final class ReceiptClaims {

    static final String AUDIENCE = "receipts";

    private static final StrictJson CONTEXT = StrictJson.ofDepth(3);

    private ReceiptClaims() {}

    static ObjectNode write(UploadReceipt receipt) {
        ObjectNode claims = StrictJson.object()
                .put("jti", receipt.id().toString())
                .put("name", receipt.name())
                .put("type", receipt.type())
                .put("size", receipt.size())
                .put("digest", receipt.digest().toString());
        var locations = claims.putArray("loc");
        receipt.locations().forEach(location -> locations.add(location.toString()));
        receipt.subject().ifPresent(subject -> claims.put("sub", subject));
        receipt.batch().ifPresent(batch -> {
            claims.putObject("batch").put("id", batch.id()).put("count", batch.count());
            claims.put("seq", batch.sequence());
        });
        receipt.context().ifPresent(context -> claims.set("ctx", parseContext(context)));
        return claims;
    }

    private static ObjectNode parseContext(String context) {
        try {
            return CONTEXT.parseObject(context.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the context is a JSON object of integers, strings, booleans and at most two levels more", e);
        }
    }

    /** @throws IllegalArgumentException if a claim is missing or not what {@link #write} writes */
    static UploadReceipt read(ObjectNode claims) {
        return new UploadReceipt(
                UploadId.parse(text(claims.path("jti"))),
                // the issuer's JDK may know another Unicode than ours, so its safe name may not be ours
                FileName.safe(text(claims.path("name"))),
                text(claims.path("type")),
                integer(claims.path("size")),
                digest(text(claims.path("digest"))),
                readLocations(claims.path("loc")),
                claims.has("sub") ? Optional.of(text(claims.path("sub"))) : Optional.empty(),
                Instant.ofEpochSecond(integer(claims.path("iat"))),
                Instant.ofEpochSecond(integer(claims.path("exp"))),
                readBatch(claims),
                readContext(claims));
    }

    /** A field may name several digests; a receipt names one, in one spelling. */
    private static ContentDigest digest(String text) {
        return ContentDigest.parse(text)
                .filter(digest -> digest.toString().equals(text))
                .orElseThrow(() -> new IllegalArgumentException("the digest is malformed"));
    }

    private static List<Location> readLocations(JsonNode array) {
        require(array.isArray(), "the locations are no array"); // an object's values could be walked like one
        List<Location> locations = new ArrayList<>();
        for (JsonNode location : array) {
            locations.add(Location.parse(text(location)));
        }
        return locations;
    }

    private static Optional<String> readContext(ObjectNode claims) {
        if (!claims.has("ctx")) {
            return Optional.empty();
        }
        require(claims.path("ctx").isObject(), "the context is no object");
        return Optional.of(claims.path("ctx").toString());
    }

    private static Optional<Batch> readBatch(ObjectNode claims) {
        if (!claims.has("batch") && !claims.has("seq")) {
            return Optional.empty();
        }
        JsonNode batch = claims.path("batch");
        return Optional.of(new Batch(
                text(batch.path("id")),
                Math.toIntExact(integer(batch.path("count"))),
                Math.toIntExact(integer(claims.path("seq")))));
    }

    private static String text(JsonNode node) {
        require(node.isTextual(), "a claim is not text");
        return node.textValue();
    }

    private static long integer(JsonNode node) {
        require(node.isIntegralNumber(), "a claim is not an integer");
        return node.longValue();
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
