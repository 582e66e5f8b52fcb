package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.testing.S3Engine;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract of stores, for uploads that are in S3 only. */
class S3ArchivingContractIT extends ArchivingContract {

    @SuppressWarnings("NullAway.Init")
    private static S3Engine engine;

    private @Nullable ObjectStorage storage;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        engine = S3Engine.start(directory);
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    @AfterEach
    void closeStorage() throws IOException {
        if (storage != null) {
            storage.close();
        }
    }

    @Override
    ObjectClient client() throws IOException {
        if (storage == null) {
            storage = S3Stores.newStorage(engine);
        }
        return storage.client();
    }
}
