package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.internal.direct.DirectStore.Arrived;
import io.github.uploadreceipts.internal.direct.DirectStore.Copy;
import io.github.uploadreceipts.internal.direct.DirectStore.WriteRequest;
import io.github.uploadreceipts.internal.direct.DirectStores;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads that a client writes straight to a real Swift, by temporary URLs. */
class SwiftDirectIT extends DirectContract {

    private static final String KEY = "the container's key";

    @SuppressWarnings("NullAway.Init")
    private static SwiftServer swift;

    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectClaims claims = ObjectClaimsTest.jdbc(ObjectClaimsTest.database());

    @BeforeAll
    static void startSwift(@TempDir Path directory) throws IOException {
        swift = SwiftServer.start(directory);
    }

    @AfterAll
    static void stopSwift() {
        swift.close();
    }

    @Override
    ObjectStorage newStorage() throws IOException {
        String container = "c" + UploadId.random();
        swift.createContainer(container);
        swift.createContainer(container + "-clients", "X-Container-Meta-Temp-URL-Key", KEY);
        return SwiftStorage.builder(swift.accountUrl())
                .container(container)
                .incoming(container + "-clients", () -> KEY)
                .credentials(SwiftCredentials.v1(swift.loginUrl(), SwiftServer.USER, () -> SwiftServer.PASSWORD))
                .build();
    }

    @Override
    ObjectUploadStore newStore(ObjectStorage storage) throws IOException {
        return ObjectUploadStore.builder(storage).claims(claims).build();
    }

    @Override
    int send(WriteRequest request, byte[] bytes) throws Exception {
        HttpRequest put = HttpRequest.newBuilder(request.url())
                .PUT(BodyPublishers.ofByteArray(bytes))
                .build();
        return http.send(put, BodyHandlers.discarding()).statusCode();
    }

    @Override
    String oddestName() {
        return "../\u0001<&>";
    }

    @Test
    void form_nameIsOfDots_isOnlyAName() throws Exception {
        form_fileIsNamedByTheClient_browserGoesOn("..");
    }

    /** Swift does not enforce what was announced. */
    @Test
    void upload_isOfAnotherSize_isMeasured() throws Exception {
        assertThat(send(permit(128), new byte[129])).isEqualTo(201);
        assertThat(direct(store).arrived(incoming).map(Arrived::size)).contains(129L);
        try (Copy copy = direct(store).copy(incoming, id, hour)) {
            assertThat(copy.measure()).isEqualTo(measured(new byte[129]));
        }
    }

    /** Any host may record an upload. A client that begins one is told so, and not that the store is down. */
    @Test
    void claims_areNotGiven_storeTakesNone() throws IOException {
        try (ObjectUploadStore undecided = ObjectUploadStore.builder(storage).build()) {
            assertThat(DirectStores.of(undecided)).isEmpty();
        }
    }

    @Test
    void containers_mustDiffer() {
        SwiftStorage.Builder builder = SwiftStorage.builder(swift.accountUrl())
                .container("a")
                .incoming("a", () -> KEY)
                .credentials(refused -> "token");
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("container of the hosts: a");
    }
}
