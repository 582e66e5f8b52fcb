package io.github.uploadreceipts.internal.direct;

import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.io.Closeable;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Where clients write the bytes of uploads without a host between them and the store. What they write can still be
 * changed by them, so it is no upload yet: a host copies it inside the store to a place that no client can write, measures
 * the copy, and publishes that.
 *
 * <p>All calls block. Safe for use by several threads.
 */
public interface DirectStore {

    /**
     * What a client writes.
     *
     * @param key a random id, by which nothing else was ever written
     * @param hour when it is over, the bytes are purged if they were not recorded
     * @param named whether the client's name for the file is known only when it has come
     */
    record Incoming(UploadId key, ExpiryHour hour, boolean named) {

        /** What a client writes who has said everything before. */
        public Incoming(UploadId key, ExpiryHour hour) {
            this(key, hour, false);
        }
    }

    /**
     * The request by which a client writes the bytes. Whoever has it can send it until it expires, also twice.
     *
     * @param method {@code PUT}, whose body is the file; or {@code POST}, whose body is a form ({@code
     *     multipart/form-data}) with the fields in their order and, last, the file under the name {@code file}
     * @param fields what the client must send: header fields with PUT, fields of the form with POST
     */
    record WriteRequest(String method, URI url, Map<String, String> fields, Instant expiresAt) {}

    /**
     * What was measured of an upload.
     *
     * @param name the client's name for the file, as it came, if it came with the bytes
     */
    record Measured(long size, ContentDigest digest, Optional<String> name) {

        /** What was measured of an upload whose name is known. */
        public Measured(long size, ContentDigest digest) {
            this(size, digest, Optional.empty());
        }
    }

    /**
     * What a client has written.
     *
     * @param name the client's name for the file, if it came with the bytes
     */
    record Arrived(long size, Optional<String> name) {}

    /** Returns how many bytes an upload may have at most. */
    long maxSize();

    /**
     * Returns the request by which a client writes the bytes.
     *
     * @param size how many bytes it will write. Not every store enforces that
     */
    WriteRequest permit(Incoming incoming, long size, Instant expiresAt) throws StoreException;

    /**
     * Returns the form by which a browser without script writes the bytes, and then asks for {@code next}. The store may add
     * a query to it, which means nothing.
     *
     * @param incoming a named one
     * @param maxSize how many bytes the file may have. Not every store enforces that
     */
    WriteRequest form(Incoming incoming, long maxSize, URI next, Instant expiresAt) throws StoreException;

    /** Keeps, durably, what a browser without script cannot carry on by itself while it is at the store. */
    void keep(Incoming incoming, byte[] carried) throws StoreException;

    /** Returns what was kept; empty if nothing was. */
    Optional<byte[]> kept(Incoming incoming) throws StoreException;

    /**
     * Returns what was measured when these bytes were published as the upload {@code id}; empty if they were not.
     *
     * @throws StoreException.Gone if that upload was discarded
     * @throws StoreException.Taken if another upload has the id
     */
    Optional<Measured> published(Incoming incoming, UploadId id, ExpiryHour hour) throws StoreException;

    /** Returns what the client has written; empty if it has not, or not all. */
    Optional<Arrived> arrived(Incoming incoming) throws StoreException;

    /**
     * Copies what the client has written, inside the store, to a place for the upload {@code id}.
     *
     * @throws StoreException.Gone if there is nothing
     */
    Copy copy(Incoming incoming, UploadId id, ExpiryHour hour) throws StoreException;

    /** Deletes what the client has written. */
    void delete(Incoming incoming) throws StoreException;

    /** A copy that no client can change. Closing it deletes it unless it is published. */
    interface Copy extends Closeable {

        /** Reads the copy once, and returns its size and digest. */
        Measured measure() throws StoreException;

        /**
         * Publishes the copy, durably, if nothing else is published under its id. After {@link #measure}.
         *
         * @return what is published, which another host may have measured
         * @throws StoreException.Taken if another upload, or another content, has the id
         */
        Measured publish() throws StoreException;

        @Override
        void close() throws StoreException;
    }
}
