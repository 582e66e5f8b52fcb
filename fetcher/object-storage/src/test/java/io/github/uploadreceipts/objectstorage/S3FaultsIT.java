package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.testing.S3Engine;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Uploads into a real S3 store behind a network that fails. */
class S3FaultsIT extends FaultsContract {

    @SuppressWarnings("NullAway.Init")
    private static S3Engine engine;

    @BeforeAll
    static void startStore(@TempDir Path directory) throws IOException {
        engine = S3Engine.start(directory);
    }

    @AfterAll
    static void stopStore() {
        engine.close();
    }

    @Override
    URI endpoint() {
        return engine.endpoint();
    }

    @Override
    ObjectStorage newStorage(URI endpoint) throws IOException {
        return S3Stores.newStorage(engine, endpoint.toString());
    }
}
