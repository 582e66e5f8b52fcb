package io.github.uploadreceipts.testing;

import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/** An upload in memory. */
final class MemoryUpload implements StoredUpload {

    final byte[] content;
    volatile boolean gone;
    private final UploadId id;
    private final Instant lastModified = Instant.now();

    MemoryUpload(UploadId id, byte[] content) {
        this.id = id;
        this.content = content;
    }

    @Override
    public long size() {
        return content.length;
    }

    @Override
    public Instant lastModified() {
        return lastModified;
    }

    @Override
    public InputStream open(long first, long length) throws StoreException {
        Objects.checkFromIndexSize(first, length, content.length);
        if (gone) {
            throw new StoreException.Gone(id.toString(), null);
        }
        return new ByteArrayInputStream(content, (int) first, (int) length);
    }

    @Override
    public Optional<Path> file() {
        return Optional.empty();
    }
}
