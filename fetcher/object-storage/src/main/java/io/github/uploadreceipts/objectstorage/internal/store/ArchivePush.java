package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Parts;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/** Pushes uploads to the object store, part by part, and proves that they are there. */
final class ArchivePush {

    private static final int PART = 8 << 20;
    private static final int MEBIBYTE = 1 << 20;

    private final ObjectClient client;
    private final BooleanSupplier closed;
    private final long largestPart;

    /** Of uploads whose parts are large, because they have many bytes, one at a time is pushed. */
    private final Semaphore large = new Semaphore(1);

    ArchivePush(ObjectClient client, BooleanSupplier closed, long largestPart) {
        this.client = client;
        this.closed = closed;
        this.largestPart = largestPart;
    }

    /** Returns the record of an object of that name, which has the bytes of the upload, as the object store has shown. */
    UploadRecord run(UploadId id, StoredUpload upload, String name, Optional<Instant> end) throws StoreException {
        int part = partSize(id, upload.size());
        if (part > PART) {
            acquire();
        }
        try (LocalBytes bytes = new LocalBytes(id, upload)) {
            Head head = upload.size() <= part
                    ? client.put(name, bytes.read(new byte[(int) upload.size()], (int) upload.size()), end)
                    : parts(bytes, upload.size(), new byte[part], name, end);
            if (head.size() != upload.size() || !isThere(name, head.size(), head.etag())) {
                throw new StoreException.Failed(
                        "upload " + id + " was pushed, but the object store shows no such object", null);
            }
            return new UploadRecord(name, head.size(), head.etag(), upload.lastModified(), bytes.digest(), false);
        } finally {
            if (part > PART) {
                large.release();
            }
        }
    }

    boolean isThere(String name, long size, String etag) throws StoreException {
        return client.head(name)
                .filter(head -> head.size() == size && head.etag().equals(etag))
                .isPresent();
    }

    private int partSize(UploadId id, long size) throws StoreException {
        long needed = (size + client.maxParts() - 1) / client.maxParts();
        long part = Math.max(PART, (needed + MEBIBYTE - 1) / MEBIBYTE * MEBIBYTE);
        if (part > Math.max(PART, largestPart)) {
            throw new StoreException.Failed(
                    "upload " + id + " has " + size + " bytes, whose parts do not fit into the memory: they have "
                            + part + " bytes each. It stays on the local disk. Give the host more memory",
                    null);
        }
        return (int) part;
    }

    private void acquire() throws StoreException {
        try {
            large.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException.Failed("interrupted", e);
        }
    }

    private Head parts(LocalBytes bytes, long size, byte[] buffer, String name, Optional<Instant> end)
            throws StoreException {
        try (Parts parts = client.begin(name, end)) {
            for (long left = size; left > 0; ) {
                if (closed.getAsBoolean()) {
                    throw new StoreException.Failed("the store is closed", null);
                }
                ByteBuffer part = bytes.read(buffer, (int) Math.min(buffer.length, left));
                left -= part.remaining();
                parts.write(part);
            }
            return parts.complete();
        }
    }
}
