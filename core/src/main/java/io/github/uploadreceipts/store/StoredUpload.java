package io.github.uploadreceipts.store;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** An upload in a store: its bytes as they are stored. */
public interface StoredUpload {

    /** Returns how many bytes are stored. */
    long size();

    /** Returns when the last byte was written. */
    Instant lastModified();

    /**
     * Opens a range of the bytes for reading. An open stream can be read to its end even if the upload is discarded.
     *
     * @param first the offset of the first byte
     * @param length how many bytes, at least 0; {@code first + length} is at most {@link #size}
     * @return a stream of exactly {@code length} bytes, which throws an {@link IOException} if bytes are missing; the
     *     caller closes it
     * @throws StoreException.Gone if the upload is gone by now
     * @throws StoreException if the bytes cannot be opened
     */
    InputStream open(long first, long length) throws StoreException;

    /** Returns the file that a front server on this host can send, if there is one. The caller must not change it. */
    Optional<Path> file();

    /**
     * Returns a URL by which a front server on this host can get all the bytes, or a range of them, from another server, if
     * there is one. It is valid for some minutes. Whoever has it can get the bytes, so it must not be logged.
     *
     * @throws StoreException.Gone if the upload is gone by now
     * @throws StoreException if the other server cannot be reached, or the URL cannot be made
     */
    default Optional<URI> url() throws StoreException {
        return Optional.empty();
    }
}
