package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Where a host keeps what it knows of hand-overs: beside their uploads, and no longer than these. Withdrawing or discarding
 * an upload deletes both of its records.
 *
 * <p>Implementations must be safe for use by several threads, and several processes.
 */
public interface HandOverStore {

    /** How many bytes a record, which is JSON, may have in UTF-8. */
    int MAX_RECORD = 16 * 1024;

    /** An open hand-over. */
    record Open(UploadId id, ExpiryHour hour, String record) {}

    /**
     * Keeps the record of a hand-over, durably. It is made before the upload is published, so that no upload is visible
     * without it, and replaces what a crash has left of an earlier upload of that id.
     *
     * @return false, and nothing is changed, if the upload is published already: its hand-over is open or decided
     */
    boolean begin(UploadId id, ExpiryHour hour, String record) throws StoreException;

    /** Deletes the record of an upload that was not published, if it is still this one. */
    void abandon(UploadId id, ExpiryHour hour, String record) throws StoreException;

    /** Returns the record of an open hand-over, or empty if there is none. */
    Optional<String> open(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * Replaces the record of an open hand-over, durably, if it is still the known one. Other processes on this store may
     * have changed it.
     *
     * @return false, and nothing is changed, if it is another one
     * @throws StoreException.Gone if there is none: it was decided, or the upload was withdrawn or discarded
     */
    boolean replace(UploadId id, ExpiryHour hour, String known, String record) throws StoreException;

    /**
     * Keeps the verdict, durably, and then ends the hand-over, if its record is still the known one. The first verdict
     * stays. After a crash between the two, the hand-over is still open, and another call ends it.
     *
     * @return false, and no verdict is kept, if there is one already, or the record is another one
     * @throws StoreException.Gone if the upload was never handed over, or is gone
     */
    boolean decide(UploadId id, ExpiryHour hour, String known, String verdict) throws StoreException;

    /** Returns the verdict, or empty if there is none. It counts only if the hand-over is not open. */
    Optional<String> verdict(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * Shows the open hand-overs that no running process has: at the first call those of processes that have ended, such
     * as an earlier run of this one, and later those of processes that have ended since. One may be shown again.
     */
    void adopt(Consumer<Open> found) throws StoreException;
}
