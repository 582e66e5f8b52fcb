package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.UploadStoreContract;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract of stores, in Swift, where a database decides who was first. */
class SwiftContractIT extends UploadStoreContract {

    @SuppressWarnings("NullAway.Init")
    private static SwiftServer swift;

    private final ObjectClaims claims = ObjectClaimsTest.jdbc(ObjectClaimsTest.database());
    private @Nullable SwiftStorage storage;

    @BeforeAll
    static void startSwift(@TempDir Path directory) throws IOException {
        swift = SwiftServer.start(directory);
    }

    @AfterAll
    static void stopSwift() {
        swift.close();
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
            storage = SwiftStores.newStorage(swift, swift.accountUrl());
        }
        return ObjectUploadStore.builder(storage).claims(claims).build();
    }
}
