package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.objectstorage.FaultyProxy.Fault;
import io.github.uploadreceipts.objectstorage.testing.RawServer;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.Await;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploads that are archived in a Swift behind a network that fails, or in one that does not say the truth. */
class ArchivingFaultsIT {

    private static final ExpiryHour HOUR = ExpiryHour.parse("2100-01-01T00");

    @SuppressWarnings("NullAway.Init")
    private static SwiftServer swift;

    @TempDir
    private Path directory;

    @BeforeAll
    static void startSwift(@TempDir Path directory) throws IOException {
        swift = SwiftServer.start(directory);
    }

    @AfterAll
    static void stopSwift() {
        swift.close();
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static UploadId upload(UploadStore store, int size) throws IOException {
        UploadId id = UploadId.random();
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            incoming.write(ByteBuffer.wrap(bytes(size)));
            incoming.publish(HOUR);
        }
        return id;
    }

    private static void assertBytes(UploadStore store, UploadId id, int size) throws IOException {
        StoredUpload upload = store.find(id, HOUR).orElseThrow();
        try (InputStream in = upload.open(0, upload.size())) {
            assertThat(in.readAllBytes()).isEqualTo(bytes(size));
        }
    }

    private static ArchivingUploadStore open(LocalUploadStore local, ObjectStorage storage) {
        return ArchivingUploadStore.builder(local, storage)
                .keepLocal(Duration.ZERO)
                .look(Duration.ofMillis(100))
                .pauses(Duration.ofMillis(10), Duration.ofMillis(500))
                .build();
    }

    @ParameterizedTest
    @EnumSource(names = {"DOWN", "BUSY", "CUT", "CUT_RESPONSE", "SLOW"})
    void networkFails_receiptsHold_andEachUploadIsOneObjectInTheEnd(Fault fault) throws Exception {
        try (FaultyProxy proxy = new FaultyProxy(URI.create(swift.accountUrl()));
                SwiftStorage storage = SwiftStores.newStorage(swift, proxy.url() + "/v1/AUTH_photos");
                LocalUploadStore local = LocalUploadStore.at(directory.resolve("store"));
                ArchivingUploadStore store = open(local, storage)) {
            proxy.fault = fault;
            UploadId small = upload(store, 200_000);
            UploadId large = upload(store, 10_000_000);
            if (fault != Fault.SLOW) {
                Await.until("outage", () -> store.outage().isPresent());
                assertThat(ArchivingContract.isLocal(local, small, HOUR)).isTrue();
                assertThat(ArchivingContract.isLocal(local, large, HOUR)).isTrue();
            }
            assertBytes(store, small, 200_000);
            proxy.fault = Fault.NONE;
            ArchivingContract.awaitMove(local, small, HOUR);
            ArchivingContract.awaitMove(local, large, HOUR);
            assertBytes(store, small, 200_000);
            assertBytes(store, large, 10_000_000);
            List<String> names = SwiftStores.names(storage);
            assertThat(names).filteredOn(name -> name.startsWith("archive/")).hasSize(2);
        }
    }

    /** What it says of a PUT. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "507 Insufficient Storage\r\nX-Not: stored",
                "503 Service Unavailable\r\nRetry-After: 1",
                "201 Created\r\nEtag: 00000000000000000000000000000000",
                "201 Created\r\nX-No: etag",
                "202 Accepted\r\nX-Maybe: yes",
                "200 OK\r\nEtag: d41d8cd98f00b204e9800998ecf8427e"
            })
    void storeDoesNotProve_localBytesStay(String response) throws Exception {
        assertStays(request -> RawServer.response(request.head().startsWith("PUT") ? response : "404 Not Found", ""));
    }

    /** What it says of the HEAD after the PUT. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "404 Not Found\r\nX-Lost: yes",
                "200 OK\r\nEtag: 00000000000000000000000000000000",
                "500 Internal Server Error\r\nX-A: b"
            })
    void headDoesNotShowTheObject_localBytesStay(String response) throws Exception {
        assertStays(request -> RawServer.response(
                request.head().startsWith("PUT")
                        ? "201 Created\r\nEtag: \"7d793037a0760186574b0282f2f435e7\""
                        : response,
                ""));
    }

    private interface Swiftlike {
        byte[] respond(RawServer.Request request);
    }

    private void assertStays(Swiftlike responses) throws Exception {
        try (RawServer server = RawServer.start((number, request, out) -> {
                    boolean login = request.head().contains("/auth/v1.0");
                    boolean listing = request.head().contains("format=json");
                    out.write(
                            login
                                    ? RawServer.response("200 OK\r\nX-Auth-Token: token\r\nX-Storage-Url: http://x", "")
                                    : listing ? RawServer.response("200 OK", "[]") : responses.respond(request));
                });
                SwiftStorage storage = SwiftStorage.builder(server.url() + "/v1/AUTH_photos")
                        .container("uploads")
                        .credentials(SwiftCredentials.v1(server.url() + "/auth/v1.0", "user", () -> "secret"))
                        .build();
                LocalUploadStore local = LocalUploadStore.at(directory.resolve("store"));
                ArchivingUploadStore store = open(local, storage)) {
            UploadId id = UploadId.random();
            try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
                incoming.write(ByteBuffer.wrap("world".getBytes(StandardCharsets.UTF_8)));
                incoming.publish(HOUR);
            }
            Await.until("further attempt", () -> server.requests().size() >= 8);
            assertThat(server.requests()).anyMatch(request -> request.head().startsWith("PUT"));
            assertThat(ArchivingContract.isLocal(local, id, HOUR)).isTrue();
            assertThat(store.waiting()).isEqualTo(1);
            assertThat(store.find(id, HOUR).orElseThrow().open(0, 5).readAllBytes())
                    .hasSize(5);
        }
    }

    @Test
    void containerIsMissing_isSaid_andUploadsGoOn() throws Exception {
        try (SwiftStorage storage = SwiftStores.storage(swift, swift.accountUrl(), "nowhere");
                LocalUploadStore local = LocalUploadStore.at(directory.resolve("store"));
                ArchivingUploadStore store = open(local, storage)) {
            UploadId id = upload(store, 5);
            Await.until("outage", () -> store.outage().isPresent());
            assertThat(store.outage().orElseThrow()).contains("404");
            assertBytes(store, id, 5);
            assertThat(store.waiting()).isEqualTo(1);
            swift.createContainer("nowhere");
            ArchivingContract.awaitMove(local, id, HOUR);
            assertBytes(store, id, 5);
        }
    }
}
