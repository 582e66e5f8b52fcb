package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** An upload as its record describes it, whose bytes are an object. */
record ObjectUpload(ObjectClient client, UploadRecord record, boolean sentByNginx) implements StoredUpload {

    /** A front server uses it at once, but the store may have another time. */
    private static final Duration URL_LIFE = Duration.ofMinutes(5);

    @Override
    public long size() {
        return record.size();
    }

    @Override
    public Instant lastModified() {
        return record.at();
    }

    @Override
    public InputStream open(long first, long length) throws StoreException {
        return length == 0 ? InputStream.nullInputStream() : client.open(record.data(), first, length, record.etag());
    }

    @Override
    public Optional<Path> file() {
        return Optional.empty();
    }

    /** Asks the store first, so that a client learns from the host what is wrong, not from nginx. */
    @Override
    public Optional<URI> url() throws StoreException {
        if (!sentByNginx) {
            return Optional.empty();
        }
        if (client.head(record.data())
                .filter(head -> head.etag().equals(record.etag()))
                .isEmpty()) {
            throw new StoreException.Gone(record.data(), null);
        }
        return client.readUrl(record.data(), URL_LIFE);
    }
}
