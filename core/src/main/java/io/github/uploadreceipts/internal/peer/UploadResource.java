package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A resumable upload, as its URL names it.
 *
 * @param owner the internal URL of the host that keeps the upload
 * @param id the upload
 * @param expiresAt until when the upload can be resumed; whole seconds
 */
public record UploadResource(URI owner, UploadId id, Instant expiresAt) {

    /** Checks the owner as {@link Location#requireBase} does, and cuts the time to seconds. */
    public UploadResource {
        owner = Location.requireBase(owner);
        expiresAt = expiresAt.truncatedTo(ChronoUnit.SECONDS);
    }

    /** Returns the hour in whose directory the upload is kept until it is complete. */
    public ExpiryHour hour() {
        return ExpiryHour.of(expiresAt);
    }
}
