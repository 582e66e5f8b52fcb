package io.github.uploadreceipts.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/**
 * Where a host keeps its uploads. {@link LocalUploadStore} keeps them on the local disk; other stores implement this.
 *
 * <p>Implementations are safe for use by several threads; one {@link Incoming} is used by one thread at a time.
 */
public interface UploadStore extends Closeable {

    /**
     * Starts to receive an upload. Nothing is visible under its id before {@link Incoming#publish}.
     *
     * @param hour when it expires, as far as is known; see {@link #publishesLater}
     * @throws StoreException.Taken if an upload of that id is being received
     * @throws StoreException if the store cannot take it
     */
    Incoming create(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * Returns whether {@link Incoming#publish} takes a later hour than {@link #create} did, so that an upload which takes
     * long to arrive lives as long as a quick one. Otherwise an upload's life counts from its creation.
     */
    default boolean publishesLater() {
        return false;
    }

    /**
     * Returns whether an upload of that id was published in that hour, be it discarded since or not, or is to be, as a
     * resumable one.
     */
    boolean isTaken(UploadId id, ExpiryHour hour) throws StoreException;

    /** Returns a published upload, or empty if there is none or it was discarded or purged. */
    Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws StoreException;

    /**
     * Returns whether this store can serve an upload of another host, as a store can that several hosts share. What has
     * this host's own location is always served.
     */
    default boolean reaches(Location location) {
        return false;
    }

    /**
     * Records, durably and at most once, for which use an upload is taken.
     *
     * @return whether the upload is now, or was already, under this claim; false if it is under another, or was until it was
     *     discarded
     * @throws StoreException.Gone if there is no such upload
     */
    boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws StoreException;

    /**
     * Deletes an upload after use; returns whether it was there. That it was, and under what claim, stays known until its
     * hour is purged.
     */
    boolean discard(UploadId id, ExpiryHour hour) throws StoreException;

    /** Deletes an upload whose receipt nobody has, as if it had never been. */
    void withdraw(UploadId id, ExpiryHour hour) throws StoreException;

    /** Deletes all uploads of every hour that {@linkplain ExpiryHour#isOver is over}; returns how many hours went. */
    int purge(Instant now) throws StoreException;

    /** Returns how many bytes can still be stored, as far as is known. */
    long freeSpace() throws StoreException;

    /** Returns whether an operator wants no new uploads here. */
    default boolean isDraining() {
        return false;
    }

    /** Lets go of everything. What was being received is deleted. */
    @Override
    void close() throws IOException;

    /** An upload being received. Closing it throws away what is not published. */
    interface Incoming extends Closeable {

        /** Appends all the remaining bytes. After a failure nothing but closing is possible. */
        void write(ByteBuffer bytes) throws StoreException;

        /** Makes the bytes durable. May block for long, and may run while other uploads' forces run. */
        void force() throws StoreException;

        /**
         * Makes the upload visible, durably: when this returns, a power cut can lose neither the upload nor its name.
         *
         * @param hour when it expires: that of {@link UploadStore#create}, or a later one if the store
         *     {@linkplain UploadStore#publishesLater allows}
         * @throws StoreException.Taken if {@link UploadStore#isTaken the id is taken} in that hour
         * @throws StoreException if that is not certain; the upload is then not visible
         */
        void publish(ExpiryHour hour) throws StoreException;

        /** Throws away what is not published. */
        @Override
        void close() throws StoreException;
    }
}
