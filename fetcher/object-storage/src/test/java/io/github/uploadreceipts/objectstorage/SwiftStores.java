package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.util.List;

/** Stores in containers of a Swift that is there, each of which begins empty. */
final class SwiftStores {

    private static final String KEY = "the key of the container";

    private SwiftStores() {}

    static SwiftStorage newStorage(SwiftServer swift, String accountUrl) throws IOException {
        String container = "c" + UploadId.random();
        swift.createContainer(container, "X-Container-Meta-Temp-URL-Key", KEY);
        return storage(swift, accountUrl, container);
    }

    static SwiftStorage storage(SwiftServer swift, String accountUrl, String container) {
        return SwiftStorage.builder(accountUrl)
                .container(container)
                .tempUrlKey(() -> KEY)
                .credentials(SwiftCredentials.v1(swift.loginUrl(), SwiftServer.USER, () -> SwiftServer.PASSWORD))
                .build();
    }

    static List<String> names(ObjectStorage storage) throws IOException {
        return storage.client().list("", "").stream()
                .map(object -> object.name())
                .filter(name -> !name.equals("health"))
                .toList();
    }
}
