package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.objectstorage.FaultyProxy.Fault;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.Await;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Uploads into a real store behind a network that fails. */
abstract class FaultsContract {

    private static final ExpiryHour HOUR = ExpiryHour.parse("2100-01-01T00");
    private static final int TIMES = 20;

    @SuppressWarnings("NullAway.Init")
    private FaultyProxy proxy;

    @SuppressWarnings("NullAway.Init")
    private ObjectStorage storage;

    @SuppressWarnings("NullAway.Init")
    private ObjectUploadStore store;

    /** Returns where the store is. */
    abstract URI endpoint();

    /** Returns a new, empty container of the store, which is reached at another URL. */
    abstract ObjectStorage newStorage(URI endpoint) throws IOException;

    @BeforeEach
    void open() throws IOException {
        proxy = new FaultyProxy(endpoint());
        storage = newStorage(proxy.url());
        store = ObjectUploadStore.builder(storage).build();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        storage.close();
        proxy.close();
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private void upload(UploadId id, byte[] bytes) throws StoreException {
        try (UploadStore.Incoming incoming = store.create(id, HOUR)) {
            incoming.write(ByteBuffer.wrap(bytes));
            incoming.force();
            incoming.publish(HOUR);
        }
    }

    private static void assertBytes(StoredUpload upload, byte[] bytes) throws IOException {
        try (InputStream in = upload.open(0, bytes.length)) {
            assertThat(in.readAllBytes()).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DOWN", "BUSY", "CUT", "CUT_RESPONSE"})
    void upload_networkFails_isRefused_andNothingIsLeftAfterThePurge(Fault fault) throws Exception {
        UploadId before = UploadId.random();
        upload(before, bytes(20_000_000));
        for (int size : new int[] {200_000, 20_000_000}) {
            proxy.fault = fault;
            UploadId id = UploadId.random();
            assertThatExceptionOfType(StoreException.Unavailable.class)
                    .isThrownBy(() -> upload(id, bytes(size)))
                    .withMessageContaining("data/" + HOUR + "/" + id);
            proxy.fault = Fault.NONE;
            assertThat(store.find(id, HOUR)).isEmpty();
        }
        upload(UploadId.random(), bytes(20_000_000));
        assertBytes(store.find(before, HOUR).orElseThrow(), bytes(20_000_000));
        awaitUploads(2);
        assertThat(store.purge(HOUR.end().plus(Duration.ofHours(2)))).isEqualTo(1);
        assertThat(SwiftStores.names(storage)).isEmpty();
    }

    private void awaitUploads(int count) throws Exception {
        Await.until("end of deletions", () -> data() <= count);
        assertThat(data()).isEqualTo(count);
    }

    private long data() throws IOException {
        return SwiftStores.names(storage).stream()
                .filter(name -> name.startsWith("data/"))
                .count();
    }

    /** A refused upload may be stored: the store has its record, and could not say so. */
    @ParameterizedTest
    @EnumSource(names = {"CUT", "CUT_IN_RESPONSE"})
    void upload_connectionsAreCutAnywhere_isWholeOrRefused(Fault fault) throws Exception {
        upload(UploadId.random(), bytes(1)); // so that it is known what the store can do
        int stored = 0;
        for (int time = 0; time < TIMES; time++) {
            byte[] bytes = bytes(1 + time * 3_000);
            UploadId id = UploadId.random();
            proxy.fault = fault;
            boolean accepted = isAccepted(id, bytes);
            proxy.fault = Fault.NONE;
            Optional<StoredUpload> found = store.find(id, HOUR);
            if (accepted) {
                stored++;
                assertThat(found).as("%s", proxy).isPresent();
            }
            if (found.isPresent()) {
                assertBytes(found.get(), bytes);
            }
        }
        assertThat(stored).as("%s", proxy).isPositive();
    }

    private boolean isAccepted(UploadId id, byte[] bytes) throws StoreException {
        try {
            upload(id, bytes);
            return true;
        } catch (StoreException.Unavailable e) {
            assertThat(e).hasMessageMatching("(PUT|POST|GET|HEAD) [^ :]+: .*");
            return false;
        }
    }

    @Test
    void read_responsesAreCutAnywhere_isWholeOrFails() throws Exception {
        byte[] bytes = bytes(500_000);
        UploadId id = UploadId.random();
        upload(id, bytes);
        StoredUpload upload = store.find(id, HOUR).orElseThrow();
        proxy.fault = Fault.CUT_IN_RESPONSE;
        int whole = 0;
        for (int time = 0; time < TIMES; time++) {
            try (InputStream in = upload.open(0, bytes.length)) {
                assertThat(in.readAllBytes()).as("%s", proxy).isEqualTo(bytes);
                whole++;
            } catch (IOException e) {
                assertThat(e).isInstanceOf(StoreException.Unavailable.class).hasMessageContaining("data/" + HOUR);
            }
        }
        assertThat(whole).as("%s", proxy).isPositive();
    }

    /** A reader does not try for ever. */
    @Test
    void read_responsesAreCutTooOften_fails() throws Exception {
        UploadId id = UploadId.random();
        upload(id, bytes(20_000_000));
        StoredUpload upload = store.find(id, HOUR).orElseThrow();
        proxy.fault = Fault.CUT_IN_RESPONSE;
        assertThatExceptionOfType(StoreException.Unavailable.class).isThrownBy(() -> {
            try (InputStream in = upload.open(0, 20_000_000)) {
                in.readAllBytes();
            }
        });
    }

    @Test
    void upload_slowNetwork_arrivesWhole() throws Exception {
        proxy.fault = Fault.SLOW;
        UploadId id = UploadId.random();
        upload(id, bytes(1_000_000));
        assertBytes(store.find(id, HOUR).orElseThrow(), bytes(1_000_000));
    }
}
