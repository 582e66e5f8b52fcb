package io.github.uploadreceipts.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/**
 * Where a host keeps its uploads. {@link LocalUploadStore} keeps them on the local disk; other stores implement this.
 *
 * <p>Implementations must be safe for use by several threads. Each {@link Incoming} is used by one thread at a time.
 */
public interface UploadStore extends Closeable {

    /**
     * Starts to receive an upload. Nothing is visible under its id before {@link Incoming#publish}.
     *
     * @param hour when the upload expires, as far as is known now; see {@link #publishesLater}
     * @throws StoreException.Taken if an upload of that id is being received
     * @throws StoreException if the store cannot receive the upload
     */
    Incoming create(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * Returns whether {@link Incoming#publish} accepts a later hour than {@link #create}. An upload that takes long to
     * arrive then lives as long as a quick one. Otherwise its life begins when it is created.
     */
    default boolean publishesLater() {
        return false;
    }

    /**
     * Returns whether the id is taken in that hour: an upload of that id was published (even if it was discarded
     * since), or a resumable upload of that id is not complete yet.
     */
    boolean isTaken(UploadId id, ExpiryHour hour) throws StoreException;

    /** Returns a published upload, or empty if there is none or it was discarded or purged. */
    Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * Returns whether this store can serve an upload of another host, as a store that several hosts share can. A host
     * does not ask about uploads that it owns itself.
     */
    default boolean reaches(Location location) {
        return false;
    }

    /**
     * Records a claim on an upload, durably. An upload can have only one claim.
     *
     * @return true if the upload has this claim now, or had it already; false if it has another claim, or had one until
     *     it was discarded
     * @throws StoreException.Gone if there is no such upload
     */
    boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws StoreException;

    /** Returns the claim that is recorded for an upload, even if the upload was discarded since. */
    Optional<Claim> claimOf(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * Keeps an upload until a later hour: makes its bytes visible as another upload too, durably, with its claim if it
     * has one. The upload itself stays as it is. Calling this again with the same ids and hours has no effect.
     *
     * @param kept the id of the other upload
     * @param until when the other upload expires
     * @throws StoreException.Gone if there is no such upload
     * @throws StoreException.Taken if {@linkplain #isTaken the id is taken} in that hour by any other upload, or the
     *     upload was discarded there
     */
    void extend(UploadId id, ExpiryHour hour, UploadId kept, ExpiryHour until) throws StoreException;

    /**
     * Deletes an upload after use, and returns whether it was there. The store remembers until the hour is purged that
     * the upload was there, and its claim.
     */
    boolean discard(UploadId id, ExpiryHour hour) throws StoreException;

    /** Deletes an upload whose receipt nobody got. The store does not remember it. */
    void withdraw(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * Deletes all uploads of every hour that {@linkplain ExpiryHour#isOver is over}, and returns how many hours it was.
     */
    int purge(Instant now) throws StoreException;

    /**
     * Returns the latest hour in which an upload expires that this store keeps: one that was not discarded, or a
     * resumable one that is not complete. Empty if it keeps none.
     */
    Optional<ExpiryHour> latestHour() throws StoreException;

    /**
     * Checks that uploads can be stored: the store is there, and can be written. Called before a new upload begins, and
     * by health checks.
     *
     * @throws StoreException.Unavailable if not; the message tells the operator what to do
     */
    default void requireWritable() throws StoreException {}

    /**
     * Returns what time it is where the uploads are kept, such as on a file server, if that is known. Nothing is purged
     * while a host has quite another time.
     */
    default Optional<Instant> time() {
        return Optional.empty();
    }

    /** Returns how many bytes can still be stored, as far as is known. */
    long freeSpace() throws StoreException;

    /**
     * Returns whether a further upload can be created, as far as is known: a disk may have bytes left, but no inode.
     */
    default boolean canCreate() {
        return true;
    }

    /**
     * Returns whether uploads must be sealed before they are written here, each under a key that only its receipt has, and
     * the URL of a resumable one. A host seals and opens them; the store never sees plain bytes.
     */
    default boolean isSealed() {
        return false;
    }

    /** Returns whether an operator is draining this store, so that no new uploads may begin here. */
    default boolean isDraining() {
        return false;
    }

    /** Closes the store. Uploads that are being received are deleted. */
    @Override
    void close() throws IOException;

    /** An upload that is being received. Closing it deletes its bytes unless it is published. */
    interface Incoming extends Closeable {

        /** Appends all the remaining bytes. After a failure the upload can only be closed. */
        void write(ByteBuffer bytes) throws StoreException;

        /** Makes the bytes durable. May block for long. Several uploads may be forced at the same time. */
        void force() throws StoreException;

        /**
         * Makes the upload visible, durably: when this returns, a power cut can lose neither the upload nor its name.
         *
         * @param hour when the upload expires: the hour of {@link UploadStore#create}, or a later one if the store
         *     {@linkplain UploadStore#publishesLater accepts} that
         * @throws StoreException.Taken if {@linkplain UploadStore#isTaken the id is taken} in that hour
         * @throws StoreException if the upload may not be durable; it is then not visible
         */
        void publish(ExpiryHour hour) throws StoreException;

        /** Deletes the bytes unless the upload is published. */
        @Override
        void close() throws StoreException;
    }
}
