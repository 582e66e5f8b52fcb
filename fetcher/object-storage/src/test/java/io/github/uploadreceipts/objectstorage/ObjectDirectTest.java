package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.internal.direct.DirectStore;
import io.github.uploadreceipts.internal.direct.DirectStore.Arrived;
import io.github.uploadreceipts.internal.direct.DirectStore.Copy;
import io.github.uploadreceipts.internal.direct.DirectStore.Incoming;
import io.github.uploadreceipts.internal.direct.DirectStore.Measured;
import io.github.uploadreceipts.internal.direct.DirectStores;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploads that clients write straight to an object store in memory. */
class ObjectDirectTest {

    private static final ExpiryHour HOUR = ExpiryHour.parse("2100-01-01T00");
    private static final Instant END = Instant.parse("2099-12-31T23:00:00Z");

    private final MemoryClient client = new MemoryClient(true);
    private final MemoryIncoming clients = new MemoryIncoming(client);
    private final Incoming incoming = new Incoming(UploadId.random(), HOUR);
    private final UploadId id = UploadId.random();
    private final List<ObjectUploadStore> stores = new ArrayList<>();

    @AfterEach
    void closeStores() throws IOException {
        client.failing = request -> false;
        for (ObjectUploadStore store : stores) {
            store.close();
        }
    }

    private ObjectUploadStore open(ObjectUploadStore.Builder builder) throws IOException {
        ObjectUploadStore store = builder.build();
        stores.add(store);
        return store;
    }

    private ObjectUploadStore open() throws IOException {
        return open(ObjectUploadStore.builder(client, clients));
    }

    private static DirectStore direct(UploadStore store) {
        return DirectStores.of(store).orElseThrow();
    }

    private void write(String text) throws StoreException {
        var unused = clients.clients.put(name(), ByteBuffer.wrap(bytes(text)), Optional.empty());
    }

    private String name() {
        return "incoming/" + HOUR + "/" + incoming.key();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Measured measured(String text) {
        byte[] hash = ContentDigest.newHash().digest(bytes(text));
        return new Measured(bytes(text).length, ContentDigest.of(hash));
    }

    private Measured record(DirectStore direct) throws IOException {
        try (Copy copy = direct.copy(incoming, id, HOUR)) {
            var unused = copy.measure();
            return copy.publish();
        }
    }

    private static String read(UploadStore store, UploadId id) throws IOException {
        StoredUpload upload = store.find(id, HOUR).orElseThrow();
        try (var in = upload.open(0, upload.size())) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private List<String> data() {
        return client.objects.keySet().stream()
                .filter(name -> name.startsWith("data/"))
                .toList();
    }

    private void awaitData(int count) throws InterruptedException {
        for (int i = 0; i < 250 && data().size() != count; i++) {
            Thread.sleep(20);
        }
        assertThat(data()).hasSize(count);
    }

    @Test
    void store_withoutClients_orSealed_hasNoSuchPlace() throws IOException {
        assertThat(DirectStores.of(open(ObjectUploadStore.builder(client)))).isEmpty();
        assertThat(DirectStores.of(
                        open(ObjectUploadStore.builder(client, clients).sealed())))
                .isEmpty();
    }

    @Test
    void upload_isCopied_measured_published_andItsSourceDeleted() throws IOException {
        ObjectUploadStore store = open();
        DirectStore direct = direct(store);
        assertThat(direct.maxSize()).isEqualTo(1000);
        assertThat(direct.permit(incoming, 5, END).url().getPath()).isEqualTo("/" + name());
        assertThat(direct.arrived(incoming)).isEmpty();
        assertThat(direct.published(incoming, id, HOUR)).isEmpty();
        assertThatThrownBy(() -> direct.copy(incoming, id, HOUR)).isInstanceOf(StoreException.Gone.class);
        write("bytes");
        assertThat(direct.arrived(incoming).map(Arrived::size)).contains(5L);
        assertThat(record(direct)).isEqualTo(measured("bytes"));
        direct.delete(incoming);
        assertThat(clients.clients.objects).isEmpty();
        assertThat(direct.published(incoming, id, HOUR)).contains(measured("bytes"));
        assertThat(read(store, id)).isEqualTo("bytes");
        assertThat(data()).singleElement().asString().startsWith("data/" + HOUR + "/" + id + "-");
    }

    @Test
    void empty_isAnUpload() throws IOException {
        ObjectUploadStore store = open();
        write("");
        assertThat(record(direct(store))).isEqualTo(measured(""));
        assertThat(read(store, id)).isEmpty();
    }

    @Test
    void source_changesAfterTheCopy_copyIsPublished() throws IOException {
        ObjectUploadStore store = open();
        write("bytes");
        try (Copy copy = direct(store).copy(incoming, id, HOUR)) {
            write("other");
            assertThat(copy.measure()).isEqualTo(measured("bytes"));
            write("third");
            assertThat(copy.publish()).isEqualTo(measured("bytes"));
        }
        assertThat(read(store, id)).isEqualTo("bytes");
    }

    @Test
    void twoHosts_sameBytes_agree_andOneCopyStays() throws Exception {
        write("bytes");
        try (Copy one = direct(open()).copy(incoming, id, HOUR);
                Copy other = direct(open()).copy(incoming, id, HOUR)) {
            assertThat(one.measure()).isEqualTo(other.measure());
            assertThat(one.publish()).isEqualTo(measured("bytes"));
            assertThat(other.publish()).isEqualTo(measured("bytes"));
        }
        awaitData(1);
        assertThat(read(open(), id)).isEqualTo("bytes");
    }

    @Test
    void twoHosts_otherBytes_theSecondIsTold() throws Exception {
        write("bytes");
        try (Copy one = direct(open()).copy(incoming, id, HOUR)) {
            write("other");
            try (Copy other = direct(open()).copy(incoming, id, HOUR)) {
                var unused = one.measure();
                assertThat(other.measure()).isEqualTo(measured("other"));
                assertThat(one.publish()).isEqualTo(measured("bytes"));
                assertThatThrownBy(other::publish).isInstanceOf(StoreException.Taken.class);
            }
        }
        awaitData(1);
        assertThat(direct(open()).published(incoming, id, HOUR)).contains(measured("bytes"));
    }

    @Test
    void published_anotherUploadHasTheId_orItWasDiscarded() throws IOException {
        ObjectUploadStore store = open();
        DirectStore direct = direct(store);
        write("bytes");
        var unused = record(direct);
        Incoming other = new Incoming(UploadId.random(), HOUR);
        assertThatThrownBy(() -> direct.published(other, id, HOUR)).isInstanceOf(StoreException.Taken.class);
        assertThat(store.discard(id, HOUR)).isTrue();
        assertThatThrownBy(() -> direct.published(incoming, id, HOUR)).isInstanceOf(StoreException.Gone.class);
        assertThatThrownBy(() -> record(direct)).isInstanceOf(StoreException.Taken.class);

        UploadId received = UploadId.random();
        try (UploadStore.Incoming body = store.create(received, HOUR)) {
            body.publish(HOUR);
        }
        assertThatThrownBy(() -> direct.published(incoming, received, HOUR)).isInstanceOf(StoreException.Taken.class);
    }

    @Test
    void copy_notPublished_isDeleted() throws Exception {
        write("bytes");
        DirectStore direct = direct(open());
        try (Copy copy = direct.copy(incoming, id, HOUR)) {
            assertThatThrownBy(copy::publish).isInstanceOf(IllegalStateException.class);
            assertThat(copy.measure()).isEqualTo(measured("bytes"));
            assertThat(data()).hasSize(1);
        }
        awaitData(0);
        assertThat(direct.arrived(incoming).map(Arrived::size)).contains(5L);
    }

    /** Another host may read the record, and issue a receipt, while the first one does not know that it is there. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void publish_noResponse_doesNotDeleteWhatMayBePublished(boolean written) throws Exception {
        write("bytes");
        client.failsAfterwards = written;
        client.failing = request -> request.startsWith("PUT uploads/");
        ObjectUploadStore store = open();
        assertThatThrownBy(() -> record(direct(store))).isInstanceOf(StoreException.Unavailable.class);
        client.failing = request -> false;
        store.close();
        assertThat(direct(open()).published(incoming, id, HOUR))
                .isEqualTo(written ? Optional.of(measured("bytes")) : Optional.empty());
        assertThat(record(direct(open()))).isEqualTo(measured("bytes"));
        assertThat(read(open(), id)).isEqualTo("bytes");
    }

    @Test
    void copy_noResponse_isDeleted() throws Exception {
        write("bytes");
        client.failsAfterwards = true;
        client.failing = request -> request.startsWith("PUT data/");
        assertThatThrownBy(() -> record(direct(open()))).isInstanceOf(StoreException.Unavailable.class);
        awaitData(0);
    }

    @Test
    void application_decidesWhoWasFirst() throws Exception {
        MemoryClient racy = new MemoryClient(false);
        MemoryIncoming racyClients = new MemoryIncoming(racy);
        DirectStore undecided = direct(open(ObjectUploadStore.builder(racy, racyClients)));
        assertThatThrownBy(() -> undecided.permit(incoming, 5, END))
                .isInstanceOf(StoreException.Unavailable.class)
                .hasMessageContaining("ObjectUploadStore.Builder.claims");
        Map<String, String> table = new ConcurrentHashMap<>();
        ObjectClaims claims = (key, value, until) -> {
            String standing = table.putIfAbsent(key, value);
            return standing == null ? value : standing;
        };
        DirectStore direct =
                direct(open(ObjectUploadStore.builder(racy, racyClients).claims(claims)));
        var unused = racyClients.clients.put(name(), ByteBuffer.wrap(bytes("bytes")), Optional.empty());
        racy.failing = request -> request.startsWith("PUT uploads/"); // a crash between decision and record
        assertThatThrownBy(() -> record(direct)).isInstanceOf(StoreException.Unavailable.class);
        racy.failing = request -> false;
        assertThat(direct.published(incoming, id, HOUR)).isEmpty();
        assertThat(record(direct)).isEqualTo(measured("bytes"));
        assertThat(direct.published(incoming, id, HOUR)).contains(measured("bytes"));
    }

    @Test
    void purge_deletesWhatWasNotRecorded_onceItsHourIsOver() throws IOException {
        ObjectUploadStore store = open();
        write("bytes");
        assertThat(store.purge(HOUR.end())).isZero();
        assertThat(direct(store).arrived(incoming)).isPresent();
        assertThat(store.purge(HOUR.end().plus(Duration.ofHours(2)))).isEqualTo(1);
        assertThat(clients.clients.objects).isEmpty();
    }
}
