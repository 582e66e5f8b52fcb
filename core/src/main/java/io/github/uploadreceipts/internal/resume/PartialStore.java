package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Where a host keeps resumable uploads until they are complete: their bytes so far, and a small state that the caller
 * needs again after a restart.
 *
 * <p>Implementations must be safe for use by several threads.
 */
public interface PartialStore {

    /**
     * Creates an upload, durably.
     *
     * @param hour when the upload expires, complete or not
     * @throws StoreException.Taken if there is already an upload of that id in that hour
     */
    void create(UploadId id, ExpiryHour hour, String state) throws StoreException;

    /** Returns what is known about an upload, or empty if there is none or it was purged. */
    Optional<Snapshot> find(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * Opens an upload for appending. Cuts off the bytes that are not acknowledged.
     *
     * @return empty if another process has it open
     * @throws StoreException.Gone if there is no such upload, or it was published
     */
    Optional<Partial> open(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * Deletes an upload and its state, and returns whether it was there. If it was published, the published file stays.
     */
    boolean delete(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * What the store knows about an upload.
     *
     * @param acknowledged how many of its bytes are durable
     * @param state what {@link Partial#replaceState} or {@link #create} was given last
     */
    record Snapshot(long acknowledged, String state) {}

    /**
     * An upload that is open for appending. Used by one thread at a time, except for {@link #acknowledge}. Closing it
     * keeps the upload.
     */
    interface Partial extends UploadStore.Incoming {

        /** Returns what the store knows about the upload. */
        Snapshot snapshot();

        /** Reads bytes from {@code position} on, as a channel does. */
        int read(ByteBuffer into, long position) throws StoreException;

        /**
         * Makes the bytes so far durable, and then their number. May run while more bytes are written. Blocks.
         *
         * @param size how many bytes the upload had when this was called
         */
        void acknowledge(long size) throws StoreException;

        /**
         * Makes the number of acknowledged bytes durable. Whoever wrote it may have ended or failed before it was.
         * Needs no space. Blocks.
         */
        void confirm() throws StoreException;

        /** Cuts off the bytes that are not acknowledged. */
        void cutBack() throws StoreException;

        /** Replaces the state, durably. */
        void replaceState(String state) throws StoreException;

        /**
         * Makes the bytes so far durable, and then their number and a new state at once.
         *
         * @param size how many bytes the upload has
         */
        void replaceState(long size, String state) throws StoreException;

        /**
         * Returns the acknowledged bytes from an offset on, of which there must be few: those that were {@linkplain
         * #rewrite set aside}, if that was from there on and no more bytes have been acknowledged since.
         */
        byte[] tail(long from) throws StoreException;

        /**
         * Lets the next bytes be written over the acknowledged ones from an offset on. A copy of those is set aside
         * durably first. It stands for them until more bytes are acknowledged, also after a crash.
         *
         * @return the bytes that are set aside, as {@link #tail} returns them
         */
        byte[] rewrite(long from) throws StoreException;

        /**
         * Makes the upload visible, durably. It cannot be opened for appending any more; its state stays until its hour
         * is purged. Publishing again after a crash does no harm.
         */
        @Override
        void publish(ExpiryHour hour) throws StoreException;
    }
}
