package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Uploads into a real Swift behind a network that fails. */
class SwiftFaultsIT extends FaultsContract {

    @SuppressWarnings("NullAway.Init")
    private static SwiftServer swift;

    @BeforeAll
    static void startSwift(@TempDir Path directory) throws IOException {
        swift = SwiftServer.start(directory);
    }

    @AfterAll
    static void stopSwift() {
        swift.close();
    }

    @Override
    URI endpoint() {
        return URI.create(swift.accountUrl());
    }

    @Override
    ObjectStorage newStorage(URI endpoint) throws IOException {
        return SwiftStores.newStorage(swift, endpoint + "/v1/AUTH_photos");
    }
}
