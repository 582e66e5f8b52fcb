package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.objectstorage.FaultyProxy.Fault;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Uploads into a real Swift behind a network that fails. */
class SwiftFaultsIT {

    private static final ExpiryHour HOUR = ExpiryHour.parse("2100-01-01T00");

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

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static void upload(UploadStore store, UploadId id, byte[] bytes) throws StoreException {
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            incoming.write(ByteBuffer.wrap(bytes));
            incoming.force();
            incoming.publish(HOUR);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DOWN", "BUSY", "CUT", "CUT_RESPONSE"})
    void upload_networkFails_isRefused_andNothingIsLeftAfterThePurge(Fault fault) throws Exception {
        try (FaultyProxy proxy = new FaultyProxy(URI.create(swift.accountUrl()).getPort());
                SwiftStorage storage =
                        SwiftStores.newStorage(swift, "http://127.0.0.1:" + proxy.port() + "/v1/AUTH_photos");
                ObjectUploadStore store = ObjectUploadStore.builder(storage).build()) {
            UploadId before = UploadId.random();
            upload(store, before, bytes(20_000_000));
            for (int size : new int[] {200_000, 20_000_000}) {
                proxy.fault = fault;
                UploadId id = UploadId.random();
                assertThatExceptionOfType(StoreException.Unavailable.class)
                        .isThrownBy(() -> upload(store, id, bytes(size)))
                        .withMessageContaining("data/" + HOUR + "/" + id);
                proxy.fault = Fault.NONE;
                assertThat(store.find(id, HOUR)).isEmpty();
            }
            upload(store, UploadId.random(), bytes(20_000_000));
            try (var in = store.find(before, HOUR).orElseThrow().open(0, 20_000_000)) {
                assertThat(in.readAllBytes()).isEqualTo(bytes(20_000_000));
            }
            awaitUploads(storage, 2);
            assertThat(store.purge(HOUR.end().plus(Duration.ofHours(2)))).isEqualTo(1);
            assertThat(SwiftStores.names(storage)).isEmpty();
        }
    }

    private static void awaitUploads(ObjectStorage storage, int count) throws Exception {
        for (int i = 0; i < 300 && data(storage) > count; i++) {
            Thread.sleep(100);
        }
        assertThat(data(storage)).isEqualTo(count);
    }

    private static long data(ObjectStorage storage) throws IOException {
        return SwiftStores.names(storage).stream()
                .filter(name -> name.startsWith("data/"))
                .count();
    }

    @Test
    void upload_slowNetwork_arrivesWhole() throws Exception {
        try (FaultyProxy proxy = new FaultyProxy(URI.create(swift.accountUrl()).getPort());
                SwiftStorage storage =
                        SwiftStores.newStorage(swift, "http://127.0.0.1:" + proxy.port() + "/v1/AUTH_photos");
                ObjectUploadStore store = ObjectUploadStore.builder(storage).build()) {
            proxy.fault = Fault.SLOW;
            UploadId id = UploadId.random();
            upload(store, id, bytes(1_000_000));
            try (var in = store.find(id, HOUR).orElseThrow().open(0, 1_000_000)) {
                assertThat(in.readAllBytes()).isEqualTo(bytes(1_000_000));
            }
        }
    }
}
