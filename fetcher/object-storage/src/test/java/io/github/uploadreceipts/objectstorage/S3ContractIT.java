package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.testing.S3Engine;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.UploadStoreContract;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract of stores, in S3, where the object store itself decides who was first. */
class S3ContractIT extends UploadStoreContract {

    @SuppressWarnings("NullAway.Init")
    private static S3Engine engine;

    private @Nullable S3Storage storage;

    @BeforeAll
    static void startStore(@TempDir Path directory) throws IOException {
        engine = S3Engine.start(directory);
    }

    @AfterAll
    static void stopStore() {
        engine.close();
    }

    @AfterEach
    void closeStorage() throws IOException {
        if (storage != null) {
            storage.close();
        }
    }

    @Override
    protected UploadStore open() throws IOException {
        if (storage == null) {
            storage = S3Stores.newStorage(engine);
        }
        return ObjectUploadStore.builder(storage).build();
    }
}
