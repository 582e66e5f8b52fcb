package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** A stored upload, seen as the bytes that the client sent, however the store keeps them. */
public final class StoredView {

    private final StoredUpload stored;
    private final long size;

    StoredView(StoredUpload stored, long size) {
        this.stored = stored;
        this.size = size;
    }

    /** Returns how many bytes the client sent. */
    public long size() {
        return size;
    }

    /** Returns how many bytes the store keeps, which is what a front server sends. */
    public long storedSize() {
        return stored.size();
    }

    /** Returns when the last byte was written. */
    public Instant lastModified() {
        return stored.lastModified();
    }

    /**
     * Opens all the bytes for reading.
     *
     * @throws StoreException.Gone if the upload is gone by now
     */
    public InputStream open() throws StoreException {
        return open(0, size);
    }

    /**
     * Opens a range of the bytes for reading; see {@link StoredUpload#open}.
     *
     * @throws StoreException.Gone if the upload is gone by now
     */
    public InputStream open(long first, long length) throws StoreException {
        return stored.open(first, length);
    }

    /**
     * Returns the file as it is stored, for a front server on this host, if there is one. The caller must not change
     * it.
     */
    public Optional<Path> file() {
        return stored.file();
    }
}
