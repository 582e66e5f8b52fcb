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
     * @throws java.nio.file.FileAlreadyExistsException if an upload of that id is being received
     * @throws IOException if the store cannot take it
     */
    Incoming create(UploadId id) throws IOException;

    /**
     * Returns whether an upload of that id was published in that hour, be it discarded since or not, or is to be, as one
     * that comes in several requests.
     */
    boolean isTaken(UploadId id, ExpiryHour hour) throws IOException;

    /** Returns a published upload, or empty if there is none or it was discarded or purged. */
    Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws IOException;

    /**
     * Records, durably and at most once, for which use an upload is taken.
     *
     * @return whether the upload is now, or was already, under this claim; false if it is under another, or was until it was
     *     discarded
     * @throws java.nio.file.NoSuchFileException if there is no such upload
     */
    boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws IOException;

    /**
     * Deletes an upload after use; returns whether it was there. That it was, and under what claim, stays known until its
     * hour is purged.
     */
    boolean discard(UploadId id, ExpiryHour hour) throws IOException;

    /** Deletes an upload whose receipt nobody has, as if it had never been. */
    void withdraw(UploadId id, ExpiryHour hour) throws IOException;

    /** Deletes all uploads of every hour that {@linkplain ExpiryHour#isOver is over}; returns how many hours went. */
    int purge(Instant now) throws IOException;

    /** Returns how many bytes can still be stored, as far as is known. */
    long freeSpace() throws IOException;

    /** Returns where uploads are kept that come in several requests; empty if this store takes none. */
    default Optional<PartialStore> partials() {
        return Optional.empty();
    }

    /** Returns whether an operator wants no new uploads here. */
    default boolean isDraining() {
        return false;
    }

    /** An upload being received. Closing it throws away what is not published. */
    interface Incoming extends Closeable {

        /** Appends all the remaining bytes. After a failure nothing but closing is possible. */
        void write(ByteBuffer bytes) throws IOException;

        /** Makes the bytes durable. May block for long, and may run while other uploads' forces run. */
        void force() throws IOException;

        /**
         * Makes the upload visible, durably: when this returns, a power cut can lose neither the upload nor its name.
         *
         * @param hour when it expires, known only now: a slow upload shall live as long as a quick one
         * @throws java.nio.file.FileAlreadyExistsException if {@link UploadStore#isTaken the id is taken} in that hour
         * @throws IOException if that is not certain; the upload is then not visible
         */
        void publish(ExpiryHour hour) throws IOException;
    }
}
