package io.github.uploadreceipts.fetch;

import java.io.Closeable;
import java.util.Iterator;
import java.util.List;

/**
 * The uploads of a set of receipts, in the order of the receipts. Closing deletes every copy that was not moved away.
 *
 * <p>Used by one thread at a time, except that any thread may close.
 *
 * <p>Fetchers implement it; applications implement it in tests only. Later versions may add methods.
 */
public interface FetchedUploads extends Iterable<FetchedUpload>, Closeable {

    /**
     * Returns the uploads in order. When streaming there is one iterator; it waits for each upload, and deletes the copy
     * of the one before. It throws {@link java.io.UncheckedIOException} around a {@link FetchException} if an upload cannot
     * be fetched, and is then at its end.
     *
     * @throws IllegalStateException if this is closed, or is a stream whose iterator was given out
     */
    @Override
    Iterator<FetchedUpload> iterator();

    /**
     * Returns all the uploads in order.
     *
     * @throws IllegalStateException if this is a stream, which never holds all, or is closed
     */
    List<FetchedUpload> list();

    /**
     * Deletes the uploads after use, at every location; when streaming, those that were taken. This host's own can then no
     * longer be read. Copies pulled from peers stay until this is closed, but do not survive a power cut: move or copy what
     * is to be kept to a file before. If some fail, calling this again tries only those.
     *
     * @throws FetchException if some could not be deleted, after all were tried; they are purged when they expire
     */
    void discard() throws FetchException;

    /** Stops what still runs, and deletes all copies. Closing again does nothing. */
    @Override
    void close();
}
