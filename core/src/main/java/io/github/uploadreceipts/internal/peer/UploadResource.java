package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * A resumable upload, as its URL names it.
 *
 * @param owner the internal URL of the host that keeps the upload
 * @param id the upload
 * @param expiresAt until when the upload can be resumed; whole seconds
 * @param sealKey the key under which the upload is sealed, if it is; it is stored nowhere
 */
public record UploadResource(URI owner, UploadId id, Instant expiresAt, Optional<SealKey> sealKey) {

    /** Creates one that is not sealed. */
    public UploadResource(URI owner, UploadId id, Instant expiresAt) {
        this(owner, id, expiresAt, Optional.empty());
    }

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
