package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.internal.archive.ArchiveStore.Bytes;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Parts;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/** Pushes uploads to the object store, part by part, and proves that they are there. */
final class ArchivePush {

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

    /** The bytes cannot be read from the local disk, so nothing is known of the object store. */
    static final class Unreadable extends IOException {

        private static final long serialVersionUID = 1;

        Unreadable(IOException cause) {
            super(cause);
        }
    }

    /**
     * Returns the record of an object of that name, which has these bytes, as the object store has shown; or empty if
     * there is no memory for it now.
     */
    Optional<UploadRecord> run(Bytes bytes, String name, Instant end) throws StoreException, Unreadable {
        int part = partSize(bytes.upload().size());
        boolean isLarge = part > PartSizes.FIRST;
        if (isLarge && !large.tryAcquire()) {
            return Optional.empty();
        }
        try {
            return Optional.of(run(bytes, part, name, end));
        } finally {
            if (isLarge) {
                large.release();
            }
        }
    }

    private int partSize(long size) throws StoreException {
        OptionalInt part = PartSizes.of(size, client.maxParts(), largestPart);
        if (part.isEmpty()) {
            throw new StoreException.Failed(
                    "its " + size + " bytes cannot be pushed: one of " + client.maxParts()
                            + " parts must fit into an eighth of the heap. Give the host more memory",
                    null);
        }
        return part.getAsInt();
    }

    private UploadRecord run(Bytes bytes, int part, String name, Instant end) throws StoreException, Unreadable {
        long size = bytes.upload().size();
        Optional<Instant> until = Optional.of(end);
        try (InputStream in = opened(bytes)) {
            Head head = size <= part
                    ? client.put(name, read(in, new byte[(int) size], (int) size), until)
                    : parts(in, size, new byte[part], name, until);
            if (head.size() != size || !isThere(name, size, head.etag())) {
                throw new StoreException.Failed(
                        "it was pushed, but the object store does not show the object " + name, null);
            }
            return new UploadRecord(name, size, head.etag(), bytes.upload().lastModified(), "", false);
        } catch (StoreException | Unreadable e) {
            throw e;
        } catch (IOException e) {
            throw new Unreadable(e);
        }
    }

    private static InputStream opened(Bytes bytes) throws Unreadable {
        try {
            return bytes.upload().open(0, bytes.upload().size());
        } catch (StoreException e) {
            throw new Unreadable(e);
        }
    }

    boolean isThere(String name, long size, String etag) throws StoreException {
        return client.head(name)
                .filter(head -> head.size() == size && head.etag().equals(etag))
                .isPresent();
    }

    private Head parts(InputStream in, long size, byte[] buffer, String name, Optional<Instant> end)
            throws StoreException, Unreadable {
        try (Parts parts = client.begin(name, end)) {
            for (long left = size; left > 0; ) {
                if (closed.getAsBoolean()) {
                    throw new StoreException.Failed("the store is closed", null);
                }
                ByteBuffer part = read(in, buffer, (int) Math.min(buffer.length, left));
                left -= part.remaining();
                parts.write(part);
            }
            return parts.complete();
        }
    }

    private static ByteBuffer read(InputStream in, byte[] buffer, int length) throws Unreadable {
        try {
            int count = in.readNBytes(buffer, 0, length);
            return ByteBuffer.wrap(buffer, 0, count);
        } catch (IOException e) {
            throw new Unreadable(e);
        }
    }
}
