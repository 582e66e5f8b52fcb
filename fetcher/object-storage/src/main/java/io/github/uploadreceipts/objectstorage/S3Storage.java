package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;

/** To be built. */
public final class S3Storage extends ObjectStorage {

    S3Storage(ObjectClient client) {
        super(client);
    }
}
