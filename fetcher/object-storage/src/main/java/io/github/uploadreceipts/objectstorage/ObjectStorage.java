package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/**
 * A container or bucket of an object store, such as {@link SwiftStorage} or {@link S3Storage}.
 *
 * <p>Safe for use by several threads. Whoever builds it closes it.
 */
public abstract sealed class ObjectStorage implements Closeable permits S3Storage, SwiftStorage {

    private final ObjectClient client;
    private final Optional<IncomingClient> incoming;

    ObjectStorage(ObjectClient client, Optional<IncomingClient> incoming) {
        this.client = client;
        this.incoming = incoming;
    }

    ObjectClient client() {
        return client;
    }

    /** Returns where clients write without a host between them and the store, if there is such a place. */
    Optional<IncomingClient> incoming() {
        return incoming;
    }

    /** Closes the connections. */
    @Override
    public void close() throws IOException {
        client.close();
        if (incoming.isPresent()) {
            incoming.get().close();
        }
    }
}
