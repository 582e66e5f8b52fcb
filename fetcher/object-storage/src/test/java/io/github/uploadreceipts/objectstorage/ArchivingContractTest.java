package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.UploadStoreContract;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contract of stores, before uploads are archived, when they are in both places, and after that. */
class ArchivingContractTest {

    @Nested
    class Archived extends ArchivingContract {

        private final MemoryClient client = new MemoryClient(false);

        @Override
        ObjectClient client() {
            return client;
        }
    }

    @Nested
    class InBothPlaces extends ArchivingContract {

        private final MemoryClient client = new MemoryClient(false);

        @Override
        ObjectClient client() {
            return client;
        }

        @Override
        Duration keepLocal() {
            return Duration.ofDays(1);
        }
    }

    @Nested
    class ObjectStoreIsDown extends UploadStoreContract {

        private final MemoryClient client = new MemoryClient(false);

        @TempDir
        private Path root;

        @Override
        protected UploadStore open() throws IOException {
            client.failing = request -> true;
            return ArchivingUploadStore.builder(LocalUploadStore.at(root), client)
                    .build();
        }
    }
}
