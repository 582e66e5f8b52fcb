package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Where a host keeps the records of short share links: beside their uploads, and no longer than these.
 *
 * <p>Implementations must be safe for use by several threads.
 */
public interface LinkStore {

    /** How many bytes a record may have. */
    int MAX_RECORD = 4 * 1024;

    /** How many bytes may be kept of the uses of a link. */
    int MAX_USES = 32 * 1024;

    /**
     * Keeps a record, durably.
     *
     * @param name a name of {@code [0-9A-Za-z_-]} that no other link of the upload has
     * @throws StoreException.Gone if there is no such upload
     * @throws StoreException.Taken if there is, or was, a record with that name
     */
    void create(UploadId id, ExpiryHour hour, String name, byte[] record) throws StoreException;

    /** Returns a record; no bytes if it was revoked; empty if there is none. */
    Optional<byte[]> find(UploadId id, ExpiryHour hour, String name) throws StoreException;

    /** Deletes what a record says, durably, remembers that it was there, and returns whether it was. */
    boolean revoke(UploadId id, ExpiryHour hour, String name) throws StoreException;

    /**
     * Changes, durably, what is kept of the uses of a link. No other change is made at the same time, also not by
     * another process.
     *
     * @param change gets what is kept, no bytes at first, and returns the bytes to keep; if they are the same,
     *     nothing is written
     * @throws StoreException.Gone if there is no such link, or it was revoked
     */
    void update(UploadId id, ExpiryHour hour, String name, UnaryOperator<byte[]> change) throws StoreException;
}
