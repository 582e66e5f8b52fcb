package io.github.uploadreceipts.objectstorage.internal.client;

import io.github.uploadreceipts.store.StoreException;
import java.io.Closeable;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What the library asks of an object store: a container or bucket in it, whatever it speaks.
 *
 * <p>Names of objects are of {@code [0-9A-Za-z_./-]}, unless a client has named them. All calls block, for a bounded time. A store that is not reached, or
 * responds 5xx or 429 even to a second try, is {@link StoreException.Unavailable}; one that has no room (507, a quota) is
 * {@link StoreException.Full}; an object that is not there is empty or {@link StoreException.Gone}; everything else is
 * {@link StoreException.Failed}, whose message names the request (method and name, never a signature), the status and
 * the store's error code. A response that is not what the protocol says is a failure, never a success.
 *
 * <p>Safe for use by several threads.
 */
public interface ObjectClient extends ObjectContainer {

    /** Returns the name of an object, unless none can have it. */
    static String checked(String name) {
        if (name.isEmpty()) { // it would be the container
            throw new IllegalArgumentException("an object has no name");
        }
        return name;
    }

    /** Returns the name of an object that a host writes. Only clients name objects otherwise. */
    static String ours(String name) {
        if (!name.matches("[0-9A-Za-z_./-]{1,900}") || name.matches("(.*/)?\\.\\.?(/.*)?")) { // URLs lose such a step
            throw new IllegalArgumentException(
                    "an object's name is not of [0-9A-Za-z_./-], has more than 900 characters, or a step . or ..: "
                            + name);
        }
        return name;
    }

    /** What is known of an object. The ETag is as the store compares it, without quotes. */
    record Head(long size, String etag, Instant lastModified) {}

    /** A name in a listing. */
    record Listed(String name, long size) {}

    /**
     * Writes an object, durably in the sense of the store, and proves that the store has these bytes.
     *
     * @param expiresAt when the store may delete the object, where it does that by itself
     */
    Head put(String name, ByteBuffer bytes, Optional<Instant> expiresAt) throws StoreException;

    /** Writes an object as {@link #put} does, unless there is one of that name; returns whether it was written. */
    boolean putIfAbsent(String name, ByteBuffer bytes, Optional<Instant> expiresAt) throws StoreException;

    /**
     * Returns whether {@link #putIfAbsent} lets exactly one of several racers win here. Found out by racing, once, and
     * remembered; the races may take seconds.
     */
    boolean hasAtomicPut() throws StoreException;

    /** Returns whether a race could show that. Where it is known beforehand that none does, nothing need be asked. */
    default boolean mayHaveAtomicPut() {
        return true;
    }

    /** Starts an object that is written part by part. Nothing is visible under its name before it is complete. */
    Parts begin(String name, Optional<Instant> expiresAt) throws StoreException;

    /** Returns the smallest size of a part that is not the last. */
    int minPart();

    /** Returns how many parts an object may have. */
    int maxParts();

    /** Returns what is known of an object, or empty if there is none. */
    Optional<Head> head(String name) throws StoreException;

    /** Returns the whole of a small object, or empty if there is none. Fails if it has more than {@code max} bytes. */
    Optional<byte[]> get(String name, int max) throws StoreException;

    /**
     * Opens a range of an object: exactly {@code length} bytes of the object with that ETag. The stream throws an {@link
     * java.io.IOException} if bytes are missing, after it has asked for the rest again.
     *
     * @throws StoreException.Gone if there is no such object, or it is another one by now
     */
    InputStream open(String name, long first, long length, String etag) throws StoreException;

    /** Copies an object inside the store, whatever its size. */
    Head copy(String from, String etag, String to, Optional<Instant> expiresAt) throws StoreException;

    /**
     * Returns a URL by which whoever has it can read the object until {@code life} has passed; empty if the store
     * makes none as it is set up.
     */
    Optional<URI> readUrl(String name, Duration life) throws StoreException;

    /** Returns the time at the store by its latest response, if there was one. */
    Optional<Instant> time();

    /** An object that is written part by part. Used by one thread at a time. */
    interface Parts extends Closeable {

        /** Writes the next part, and proves that the store has these bytes. */
        void write(ByteBuffer bytes) throws StoreException;

        /** Makes the object visible, durably in the sense of the store. */
        Head complete() throws StoreException;

        /** Deletes the parts unless the object is complete. */
        @Override
        void close() throws StoreException;
    }
}
