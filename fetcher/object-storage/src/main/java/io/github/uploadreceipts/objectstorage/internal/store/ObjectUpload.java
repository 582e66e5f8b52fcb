package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** An upload as its record describes it, whose bytes are an object. */
record ObjectUpload(ObjectClient client, UploadRecord record) implements StoredUpload {

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
}
