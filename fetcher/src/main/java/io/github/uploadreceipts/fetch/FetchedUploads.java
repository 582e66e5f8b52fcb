package io.github.uploadreceipts.fetch;

import java.io.Closeable;
import java.util.Iterator;
import java.util.List;

/**
 * The fetched uploads of a list of receipts, in the same order. Closing deletes every copy that was not moved away.
 *
 * <p>One thread at a time may use it, but any thread may close it.
 *
 * <p>Fetchers implement it; applications implement it in tests only. Later versions may add methods.
 */
public interface FetchedUploads extends Iterable<FetchedUpload>, Closeable {

    /**
     * Returns the uploads in order. A stream has one iterator. It waits for each upload, and deletes the copy of the
     * one before. If an upload cannot be fetched, it throws {@link java.io.UncheckedIOException} around a {@link
     * FetchException}, and has no more uploads.
     *
     * @throws IllegalStateException if this is closed, or is a stream whose iterator was already returned
     */
    @Override
    Iterator<FetchedUpload> iterator();

    /**
     * Returns all the uploads in order.
     *
     * @throws IllegalStateException if this is closed, or is a stream, which never holds all uploads
     */
    List<FetchedUpload> list();

    /**
     * Discards the uploads at every location, after use. When streaming, this discards those that were taken. Uploads
     * in this host's own store can then no longer be read. Copies pulled from peers stay until this is closed, but do
     * not survive a power cut. So first move or copy to a file what is to be kept. If some uploads fail, calling this
     * again tries only those.
     *
     * @throws FetchException if some uploads could not be discarded, after all were tried; they are purged when they
     *     expire
     */
    void discard() throws FetchException;

    /** Stops the requests that still run, and deletes all copies. Closing again does nothing. */
    @Override
    void close();
}
