package io.github.uploadreceipts.internal.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.receipt.Batch;
import java.util.Optional;

/** What receipts, tickets and permits are bound to, as claims: {@code sub}, {@code batch} with {@code seq}, {@code ctx}. */
public final class BoundClaims {

    private BoundClaims() {}

    /**
     * Writes what is there. {@link ClaimReader} reads it.
     *
     * @throws IllegalArgumentException if the context is not strict JSON
     */
    public static void write(
            ObjectNode claims, Optional<String> subject, Optional<Batch> batch, Optional<String> context) {
        subject.ifPresent(value -> claims.put("sub", value));
        batch.ifPresent(place -> {
            claims.putObject("batch").put("id", place.id()).put("count", place.count());
            claims.put("seq", place.sequence());
        });
        context.ifPresent(json -> claims.set("ctx", ClaimReader.parseContext(json)));
    }
}
