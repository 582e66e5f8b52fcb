package io.github.uploadreceipts.internal.archive;

import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * What a local store knows of uploads whose bytes were moved to an archive. Everything else about them stays in the local
 * store: an upload with a record here can be claimed and discarded there, and its id is taken.
 *
 * <p>Safe for use by several threads.
 */
public interface ArchiveStore {

    /** How many bytes a record has at most. */
    int MAX_RECORD = 4096;

    /**
     * An upload whose bytes are on the local disk.
     *
     * @param file tells these bytes from others that have the same id later, after a withdrawal. All hard links of a file
     *     share it
     * @param recorded since when there is a record that they are in the archive, too, if there is one
     */
    record Bytes(StoredUpload upload, String file, Optional<Instant> recorded) {}

    /**
     * An upload of which something is to be done: its bytes are on the local disk, or it was discarded, and its record is
     * still there.
     *
     * @param recorded since when there is a record, if there is one; long ago if the upload was discarded
     */
    record Found(UploadId id, ExpiryHour hour, Optional<Instant> recorded) {}

    /** Returns an id that no other directory has. */
    String owner();

    /**
     * Begins to tell of each upload that is stored, by the thread that stores it, until {@link #end}.
     *
     * @param listener must not block
     * @throws IllegalStateException if it has begun already: two would move the same bytes
     */
    void begin(BiConsumer<UploadId, ExpiryHour> listener);

    /** Tries to be the only process that moves the bytes of this directory, and returns whether that is so. */
    boolean tryLock() throws StoreException;

    /** Lets others move the bytes of this directory. */
    void end() throws StoreException;

    /** Tells of all uploads of which something is to be done. If an hour cannot be read, fails after the others. */
    void look(Consumer<Found> found) throws StoreException;

    /** Returns the bytes of an upload that are on the local disk. */
    Optional<Bytes> bytes(UploadId id, ExpiryHour hour) throws StoreException;

    /** Returns the record of an upload, unless it was discarded. */
    Optional<byte[]> find(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * Records that these bytes of an upload are in the archive, too. Returns false if the upload is gone, or has other
     * bytes by now, or has a record already.
     */
    boolean record(UploadId id, ExpiryHour hour, String file, byte[] record) throws StoreException;

    /**
     * Records an upload whose bytes are in the archive only, durably, unless it has a record. Returns the record that it
     * has then.
     *
     * @throws StoreException.Taken if the id is taken in that hour otherwise
     */
    byte[] add(UploadId id, ExpiryHour hour, byte[] record) throws StoreException;

    /** Makes durable what was recorded and discarded in an hour. */
    void force(ExpiryHour hour) throws StoreException;

    /** Deletes the record of an upload if its bytes are on the local disk, and returns whether that was so. */
    boolean forget(UploadId id, ExpiryHour hour) throws StoreException;

    /** Makes the record of an upload durable, and deletes these bytes of it. Returns whether they were there. */
    boolean deleteBytes(UploadId id, ExpiryHour hour, String file) throws StoreException;

    /** Returns the record of an upload that was discarded, whose bytes may still be in the archive. */
    Optional<byte[]> findDiscarded(UploadId id, ExpiryHour hour) throws StoreException;

    /** Deletes the record of an upload, which is then as if it had never been archived. */
    void delete(UploadId id, ExpiryHour hour) throws StoreException;
}
