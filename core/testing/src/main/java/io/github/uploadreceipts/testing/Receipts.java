package io.github.uploadreceipts.testing;

import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** Receipts for code that looks at receipts and fetches nothing. */
public final class Receipts {

    /** The media type of an upload whose client names none. */
    static final String TYPE = "application/octet-stream";

    private static final URI OWNER = URI.create("http://nowhere.test:8080");

    private Receipts() {}

    /**
     * Returns what a receipt would say of a file with this name and these bytes. It is bound to nobody, is issued now and
     * expires in a day. The upload is stored nowhere: {@link TestFleet#upload} stores one.
     *
     * @throws IllegalArgumentException if the name is not one safe path segment
     */
    public static UploadReceipt of(String name, byte[] content) {
        UploadId id = UploadId.random();
        MessageDigest hash = ContentDigest.newHash();
        hash.update(content);
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Instant expires = now.plus(Duration.ofDays(1));
        return new UploadReceipt(
                id,
                name,
                TYPE,
                content.length,
                ContentDigest.of(hash),
                List.of(new Location(OWNER, ExpiryHour.of(expires), id)),
                Optional.empty(),
                now,
                expires,
                Optional.empty(),
                Optional.empty());
    }
}
