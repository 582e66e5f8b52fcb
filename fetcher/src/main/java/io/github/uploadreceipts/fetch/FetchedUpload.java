package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An upload that is here: complete, and with the size and the digest in its receipt. The bytes are those that the client
 * sent, wherever they were stored.
 *
 * <p>Usable until its {@link FetchedUploads} is closed or, when streaming, until the next upload is taken. After that, every
 * method that gives bytes throws {@link IllegalStateException}. Several threads may read one upload.
 *
 * <p>Fetchers implement it; applications implement it in tests only. Later versions may add methods.
 */
public interface FetchedUpload {

    /** Returns the receipt that was brought for it. */
    UploadReceipt receipt();

    /** Returns where the bytes came from. */
    Location location();

    /** Returns whether the upload is in this host's own store, so that nothing was pulled from a peer. */
    boolean isLocal();

    /**
     * Opens the bytes for reading, from the first. The caller closes the stream.
     *
     * @throws io.github.uploadreceipts.store.StoreException.Gone if it is in this host's own store, and was discarded or purged
     *     since
     * @throws IOException if the disk fails
     */
    InputStream open() throws IOException;

    /**
     * Puts the bytes into a new file, which belongs to the caller from then on. A pulled copy is moved, and can then be read
     * there only; this host's own upload is copied. Once this returns, the file survives a power cut: its bytes and its name
     * were forced to the disk, so the upload may be discarded.
     *
     * @throws java.nio.file.FileAlreadyExistsException if there is such a file
     * @throws IOException as for {@link #open}, or if {@code target} cannot be written; nothing is left of it then
     */
    void moveTo(Path target) throws IOException;

    /**
     * Copies the bytes into a new file, which survives a power cut once this returns, as for {@link #moveTo}.
     *
     * @throws java.nio.file.FileAlreadyExistsException if there is such a file
     * @throws IOException as for {@link #open}, or if {@code target} cannot be written; nothing is left of it then
     */
    void copyTo(Path target) throws IOException;

    /**
     * Writes the bytes to {@code target}, which stays open. Nothing is forced to a disk: a caller who keeps the bytes does
     * that before the upload is discarded.
     *
     * @throws IOException as for {@link #open}, or what {@code target} throws
     */
    void copyTo(OutputStream target) throws IOException;

    /**
     * Returns the file that the fetch wrote, if it wrote one. For tools that want a path; to keep the file, use
     * {@link #moveTo}. A store's own file is never handed out.
     */
    Optional<Path> path();
}
