package io.github.uploadreceipts.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** The bytes of an upload that a store keeps, as they are stored. */
public interface StoredUpload {

    /** Returns the number of bytes. */
    long size();

    /** Returns when the last byte was written. */
    Instant lastModified();

    /**
     * Opens a range of the bytes for reading. What is open stays readable to its end though the upload be discarded.
     *
     * @param first the offset of the first byte
     * @param length how many bytes, at least 0; {@code first + length} is at most {@link #size}
     * @return a stream of exactly {@code length} bytes, which throws an {@link IOException} where bytes are missing; to be
     *     closed by the caller
     * @throws StoreException.Gone if the upload is gone by now
     * @throws StoreException if it cannot be opened
     */
    InputStream open(long first, long length) throws StoreException;

    /** Returns the file that a front server on this host can send, if there is one. It is not to be changed. */
    Optional<Path> file();
}
