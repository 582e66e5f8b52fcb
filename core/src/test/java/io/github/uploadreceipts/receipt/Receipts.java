package io.github.uploadreceipts.receipt;

import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Receipts for tests. */
final class Receipts {

    static final Instant ISSUED = Instant.parse("2026-11-21T09:00:00Z");
    static final Instant EXPIRES = Instant.parse("2026-11-22T09:00:00Z");
    static final UploadId ID = UploadId.parse("AAECAwQFBgcICQoLDA0ODw");

    private Receipts() {}

    static Location location(UploadId id) {
        return new Location(URI.create("http://app1.lan:8080"), ExpiryHour.of(EXPIRES), id);
    }

    /** Returns a receipt for the five bytes {@code hello}, with every member set. */
    static UploadReceipt full() {
        return of(
                ID,
                "café.jpg",
                Optional.of("ann"),
                Optional.of(new Batch("b-1", 3, 2)),
                Optional.of("{\"album\":7,\"tags\":[\"x\",true]}"));
    }

    /** Returns the full receipt of a file in a folder. */
    static UploadReceipt at(String path) {
        UploadReceipt full = full();
        return new UploadReceipt(
                full.id(),
                full.name(),
                full.type(),
                full.size(),
                full.digest(),
                full.locations(),
                full.subject(),
                full.issuedAt(),
                full.expiresAt(),
                full.batch(),
                full.context(),
                full.contentKey(),
                Optional.of(path));
    }

    static UploadReceipt plain(UploadId id) {
        return of(id, "a.txt", Optional.empty(), Optional.empty(), Optional.empty());
    }

    static UploadReceipt inBatch(Batch batch) {
        return of(UploadId.random(), "a.txt", Optional.empty(), Optional.of(batch), Optional.empty());
    }

    static UploadReceipt of(
            UploadId id, String name, Optional<String> subject, Optional<Batch> batch, Optional<String> context) {
        var hash = ContentDigest.newHash();
        hash.update("hello".getBytes(StandardCharsets.UTF_8));
        return new UploadReceipt(
                id,
                name,
                "image/jpeg",
                5,
                ContentDigest.of(hash),
                List.of(location(id)),
                subject,
                ISSUED,
                EXPIRES,
                batch,
                context);
    }
}
