package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.internal.download.StreamDownload;
import io.github.uploadreceipts.internal.seal.SealBrokenException;
import io.github.uploadreceipts.internal.seal.SealedFile;
import io.github.uploadreceipts.internal.seal.StoredRange;
import io.github.uploadreceipts.internal.token.StoredForm;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * A stored upload: the bytes that the client sent, however the store keeps them. For a peer it is the bytes as they are
 * stored.
 */
public final class StoredView {

    private final StoredUpload stored;
    private final Optional<SealedFile> sealed;

    StoredView(StoredUpload stored) {
        this(stored, Optional.empty());
    }

    private StoredView(StoredUpload stored, Optional<SealedFile> sealed) {
        this.stored = stored;
        this.sealed = sealed;
    }

    /** Returns the upload as its receipt opens it. */
    StoredView of(UploadReceipt receipt) throws WrongSizeException {
        try {
            return new StoredView(stored, StoredForm.sealed(receipt, stored.size()));
        } catch (SealBrokenException e) {
            throw new WrongSizeException(stored.size(), StoredForm.size(receipt));
        }
    }

    /** Returns how many bytes there are. */
    public long size() {
        return sealed.map(SealedFile::size).orElseGet(stored::size);
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
        return open(0, size());
    }

    /**
     * Opens a range of the bytes for reading; see {@link StoredUpload#open}. If the upload is sealed, the stream throws a
     * {@link SealBrokenException} before it gives a byte that is not the one that was sealed.
     *
     * @throws StoreException.Gone if the upload is gone by now
     */
    public InputStream open(long first, long length) throws StoreException {
        if (sealed.isEmpty()) {
            return stored.open(first, length);
        }
        StoredRange range = sealed.get().stored(first, length);
        return sealed.get().open(first, length, stored.open(range.first(), range.length()));
    }

    /**
     * Opens a range of the bytes for a client, as {@link #open(long, long)} does. Reading blocks while the disk is read.
     *
     * @throws StoreException.Gone if the upload is gone by now
     */
    public Download download(long first, long length) throws StoreException {
        return new StreamDownload(open(first, length));
    }

    /**
     * Returns the file as it is stored, for a front server on this host, if there is one. The caller must not change
     * it.
     */
    public Optional<Path> file() {
        return stored.file();
    }

    /** Returns a URL of the bytes as they are stored, for a front server on this host, if there is one. */
    public Optional<URI> url() throws StoreException {
        return stored.url();
    }
}
