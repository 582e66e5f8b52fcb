package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import java.io.Closeable;
import java.io.IOException;

/**
 * A container or bucket of an object store, such as {@link SwiftStorage} or {@link S3Storage}.
 *
 * <p>Safe for use by several threads. Whoever builds it closes it.
 */
public abstract sealed class ObjectStorage implements Closeable permits S3Storage, SwiftStorage {

    private final ObjectClient client;

    ObjectStorage(ObjectClient client) {
        this.client = client;
    }

    ObjectClient client() {
        return client;
    }

    /** Closes the connections. */
    @Override
    public void close() throws IOException {
        client.close();
    }

    /** Returns the container or bucket, and where it is. */
    @Override
    public String toString() {
        return client.toString();
    }
}
