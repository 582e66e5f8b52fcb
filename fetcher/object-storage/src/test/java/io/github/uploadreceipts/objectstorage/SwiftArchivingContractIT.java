package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract of stores, for uploads that are in Swift only. */
class SwiftArchivingContractIT extends ArchivingContract {

    @SuppressWarnings("NullAway.Init")
    private static SwiftServer swift;

    private @Nullable ObjectStorage storage;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        swift = SwiftServer.start(directory);
    }

    @AfterAll
    static void stop() {
        swift.close();
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
            storage = SwiftStores.newStorage(swift, swift.accountUrl());
        }
        return storage.client();
    }
}
