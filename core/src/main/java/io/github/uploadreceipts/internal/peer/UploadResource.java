package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * An upload that comes in several requests, as its URL names it.
 *
 * @param owner the {@linkplain Location#base base} of the host that keeps it
 * @param id the upload
 * @param expiresAt until when it can be gone on with; whole seconds
 */
public record UploadResource(URI owner, UploadId id, Instant expiresAt) {

    /** Checks the owner as {@link Location#requireBase} does, and cuts the time to seconds. */
    public UploadResource {
        owner = Location.requireBase(owner);
        expiresAt = expiresAt.truncatedTo(ChronoUnit.SECONDS);
    }

    /** Returns the hour in whose directory it lies. */
    public ExpiryHour hour() {
        return ExpiryHour.of(expiresAt);
    }
}
