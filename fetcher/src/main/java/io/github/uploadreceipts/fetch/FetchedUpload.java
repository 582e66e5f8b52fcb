package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.fetch.internal.pull.OwnUpload;
import io.github.uploadreceipts.fetch.internal.pull.PulledUpload;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An upload that is here, complete, with the size and the digest in its receipt. Whoever owns it, the bytes are plain.
 *
 * <p>Usable until its {@link FetchedUploads} is closed or, when streaming, until the next upload is taken; then every
 * method that gives bytes throws {@link IllegalStateException}. Several threads may read one upload.
 */
public sealed interface FetchedUpload permits PulledUpload, OwnUpload {

    /** Returns what was asked for. */
    UploadReceipt receipt();

    /** Returns where the bytes came from. */
    Location location();

    /** Returns whether this host holds the upload itself, so that nothing had to be pulled. */
    boolean isLocal();

    /**
     * Opens the bytes for reading, from the first. The caller closes the stream.
     *
     * @throws IOException if the disk fails, or this host's own upload was discarded or purged since
     */
    InputStream open() throws IOException;

    /**
     * Puts the bytes into a new file, which is the caller's from then on: a pulled copy is moved, and is then only to be
     * found there; this host's own upload is copied. Once this returns, the file survives a power cut: its bytes and its
     * name were forced to the disk, so the upload may be discarded.
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
     * Writes the bytes to {@code target}, which stays open. Nothing is forced to a disk: whoever keeps them does that
     * before the upload is discarded.
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
