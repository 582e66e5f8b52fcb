package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.testing.S3Engine;
import java.io.IOException;

/** Stores in buckets of an S3 store that is there, each of which begins empty. */
final class S3Stores {

    private S3Stores() {}

    static S3Storage newStorage(S3Engine engine) throws IOException {
        return newStorage(engine, engine.endpoint().toString());
    }

    /** Returns a store that is reached at another URL. */
    static S3Storage newStorage(S3Engine engine, String endpoint) throws IOException {
        return S3Storage.builder(endpoint)
                .bucket(engine.newBucket())
                .region(S3Engine.REGION)
                .credentials(engine::credentials)
                .pathStyle()
                .build();
    }
}
