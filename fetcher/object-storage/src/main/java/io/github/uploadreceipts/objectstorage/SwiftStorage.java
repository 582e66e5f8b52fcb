package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;

/** To be built. */
public final class SwiftStorage extends ObjectStorage {

    SwiftStorage(ObjectClient client) {
        super(client);
    }
}
