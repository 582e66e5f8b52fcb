package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Parts;
import io.github.uploadreceipts.store.StoreException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

/** Pushes bytes whose number is known into an object, part by part, and proves that they are there. */
public final class ObjectPush {

    private static final long HEAP_SHARE = 8;

    private final ObjectClient client;
    private final BooleanSupplier closed;

    /** @param closed whether a push is to end before its time */
    public ObjectPush(ObjectClient client, BooleanSupplier closed) {
        this.client = client;
        this.closed = closed;
    }

    /**
     * Returns a key that an application gives to a file for good.
     *
     * @throws IllegalArgumentException if it could be taken for an object of an upload, or a store may not take it
     */
    public static String key(String key) {
        return ObjectNames.foreign(key);
    }

    /** The bytes cannot be read, so nothing is known of the object store. */
    public static final class Unreadable extends IOException {

        private static final long serialVersionUID = 1;

        Unreadable(IOException cause) {
            super(cause);
        }
    }

    /** Returns how many bytes the parts of such an object have; all of them, if it is one. */
    int partSize(long size) throws StoreException {
        OptionalInt part =
                PartSizes.of(size, client.maxParts(), Runtime.getRuntime().maxMemory() / HEAP_SHARE);
        if (part.isEmpty()) {
            throw new StoreException.Failed(
                    size + " bytes cannot be pushed: one of " + client.maxParts()
                            + " parts must fit into an eighth of the heap. Give the process more memory",
                    null);
        }
        return part.getAsInt();
    }

    /**
     * Writes an object of these bytes, and has the object store show it.
     *
     * @throws Unreadable if there are fewer bytes, or more, or reading fails
     */
    public Head run(InputStream bytes, long size, String name, Optional<Instant> end)
            throws StoreException, Unreadable {
        int part = partSize(size);
        Head head = size <= part
                ? client.put(name, last(bytes, new byte[(int) size], (int) size), end)
                : parts(bytes, size, new byte[part], name, end);
        if (head.size() != size || !isThere(name, size, head.etag())) {
            throw new StoreException.Failed(
                    "it was pushed, but the object store does not show the object " + name, null);
        }
        return head;
    }

    boolean isThere(String name, long size, String etag) throws StoreException {
        return client.head(name)
                .filter(head -> head.size() == size && head.etag().equals(etag))
                .isPresent();
    }

    private Head parts(InputStream bytes, long size, byte[] buffer, String name, Optional<Instant> end)
            throws StoreException, Unreadable {
        try (Parts parts = client.begin(name, end)) {
            long left = size;
            for (; left > buffer.length; left -= buffer.length) {
                if (closed.getAsBoolean()) {
                    throw new StoreException.Failed("the store is closed", null);
                }
                parts.write(read(bytes, buffer, buffer.length));
            }
            parts.write(last(bytes, buffer, (int) left));
            return parts.complete();
        }
    }

    private static ByteBuffer last(InputStream bytes, byte[] buffer, int length) throws Unreadable {
        ByteBuffer last = read(bytes, buffer, length);
        try {
            if (bytes.read() >= 0) {
                throw new IOException("there are more bytes than were announced");
            }
        } catch (IOException e) {
            throw new Unreadable(e);
        }
        return last;
    }

    private static ByteBuffer read(InputStream bytes, byte[] buffer, int length) throws Unreadable {
        try {
            if (bytes.readNBytes(buffer, 0, length) < length) {
                throw new EOFException("there are fewer bytes than were announced");
            }
            return ByteBuffer.wrap(buffer, 0, length);
        } catch (IOException e) {
            throw new Unreadable(e);
        }
    }
}
