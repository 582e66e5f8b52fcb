package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Where resumable uploads are kept until they are complete: their bytes so far, and beside them a small state, which the
 * caller needs again after a restart.
 *
 * <p>Safe for use by several threads.
 */
public interface PartialStore {

    /**
     * Begins an upload, durably.
     *
     * @param hour when it expires, complete or not
     * @throws StoreException.Taken if one of that id was begun in that hour
     */
    void create(UploadId id, ExpiryHour hour, String state) throws StoreException;

    /** Returns what is known of an upload, or empty if there is none, or it was purged. */
    Optional<Snapshot> find(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * Opens an upload for appending. Bytes that were never acknowledged are cut off.
     *
     * @return empty if another process has it open
     * @throws StoreException.Gone if there is no such upload, or it was published
     */
    Optional<Partial> open(UploadId id, ExpiryHour hour) throws StoreException;

    /** Deletes an upload and its state; returns whether it was there. What was published of it stays. */
    boolean delete(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * What is durably known of an upload.
     *
     * @param acknowledged how many of its bytes
     * @param state what {@link Partial#replaceState} or {@link #create} was given last
     */
    record Snapshot(long acknowledged, String state) {}

    /** An upload open for appending, by one thread at a time but for {@link #acknowledge}. Closing it keeps it. */
    interface Partial extends UploadStore.Incoming {

        /** Returns what is durably known. */
        Snapshot snapshot();

        /** Reads bytes from {@code position} on, as a channel does. */
        int read(ByteBuffer into, long position) throws StoreException;

        /**
         * Makes the bytes so far durable, and then their number. May run while more are written. Blocks.
         *
         * @param size how many were written when this was called
         */
        void acknowledge(long size) throws StoreException;

        /**
         * Makes the number durable that was found: whoever wrote it may have ended, or failed, before it was. Needs no space.
         * Blocks.
         */
        void confirm() throws StoreException;

        /** Cuts off the bytes that are not acknowledged. */
        void cutBack() throws StoreException;

        /** Replaces the state, durably. */
        void replaceState(String state) throws StoreException;

        /**
         * Makes the upload visible, durably, and ends it as a partial one; its state stays until its hour is purged.
         * Publishing again, after a crash, does no harm.
         */
        @Override
        void publish(ExpiryHour hour) throws StoreException;
    }
}
