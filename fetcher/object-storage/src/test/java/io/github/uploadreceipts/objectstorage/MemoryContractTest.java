package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.UploadStoreContract;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Nested;

/** The contract of stores, where the object store decides who was first, and where the application does. */
class MemoryContractTest {

    @Nested
    class Atomic extends UploadStoreContract {

        private final MemoryClient client = new MemoryClient(true);

        @Override
        protected UploadStore open() throws IOException {
            return ObjectUploadStore.builder(client)
                    .patience(Duration.ofSeconds(5))
                    .build();
        }
    }

    @Nested
    class WithClaims extends UploadStoreContract {

        private final MemoryClient client = new MemoryClient(false);
        private final Map<String, String> table = new ConcurrentHashMap<>();

        @Override
        protected UploadStore open() throws IOException {
            return ObjectUploadStore.builder(client)
                    .claims((key, value, until) -> {
                        String known = table.putIfAbsent(key, value);
                        return known == null ? value : known;
                    })
                    .build();
        }
    }
}
