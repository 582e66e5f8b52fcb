package io.github.uploadreceipts.internal.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.uploadreceipts.receipt.Batch;
import java.util.Optional;

/**
 * The claims that receipts, tickets and permits share: {@code sub}, {@code batch} with {@code seq}, and {@code ctx}.
 */
public final class BoundClaims {

    private BoundClaims() {}

    /**
     * Writes those that are present. {@link ClaimReader} reads them.
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
