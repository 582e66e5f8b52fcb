package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A fetched upload. It is complete, and has the size and the digest in its receipt. The bytes are those that the client
 * sent, wherever they were stored.
 *
 * <p>It can be read until its {@link FetchedUploads} is closed or, when streaming, until the next upload is taken.
 * After that, every method that reads bytes throws {@link IllegalStateException}. Several threads may read one upload.
 *
 * <p>Fetchers implement it; applications implement it in tests only. Later versions may add methods.
 */
public interface FetchedUpload {

    /** Returns the receipt that the upload was fetched with. */
    UploadReceipt receipt();

    /** Returns the location that the bytes came from. */
    Location location();

    /** Returns whether the upload is in this host's own store, so that nothing was pulled from a peer. */
    boolean isLocal();

    /**
     * Opens the bytes for reading, from the first byte. The caller closes the stream.
     *
     * @throws FetchException if the upload is in this host's own store, and was discarded or purged after the fetch
     *     ({@code GONE}), or cannot be read now ({@code STORAGE})
     * @throws IOException if the disk fails
     */
    InputStream open() throws IOException;

    /**
     * Puts the bytes into a new file, which then belongs to the caller. A pulled copy is moved, and from then on can
     * only be read there; one that is sealed is opened into the new file, and deleted. This host's own upload is copied. Once this returns, the file survives a power cut: its bytes
     * and its name were forced to the disk. So the upload may be discarded.
     *
     * @throws java.nio.file.FileAlreadyExistsException if {@code target} exists
     * @throws IOException as for {@link #open}, or if {@code target} cannot be written; it then does not exist
     */
    void moveTo(Path target) throws IOException;

    /**
     * Copies the bytes into a new file. Once this returns, the file survives a power cut, as for {@link #moveTo}.
     *
     * @throws java.nio.file.FileAlreadyExistsException if {@code target} exists
     * @throws IOException as for {@link #open}, or if {@code target} cannot be written; it then does not exist
     */
    void copyTo(Path target) throws IOException;

    /**
     * Writes the bytes to {@code target}, which stays open. This does not force anything to a disk. A caller who keeps
     * the bytes must do so before the upload is discarded.
     *
     * @throws IOException as for {@link #open}, or if {@code target} throws it
     */
    void copyTo(OutputStream target) throws IOException;

    /**
     * Returns the file that the fetch wrote, if it wrote one. This is for tools that need a path; to keep the file, use
     * {@link #moveTo}. The path of a file in the store is never returned, and none of a copy that is sealed, whose bytes
     * are not the upload's.
     */
    Optional<Path> path();
}
