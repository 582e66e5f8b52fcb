package io.github.uploadreceipts.objectstorage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.internal.direct.DirectStore;
import io.github.uploadreceipts.internal.direct.DirectStore.Arrived;
import io.github.uploadreceipts.internal.direct.DirectStore.Copy;
import io.github.uploadreceipts.internal.direct.DirectStore.Incoming;
import io.github.uploadreceipts.internal.direct.DirectStore.Measured;
import io.github.uploadreceipts.internal.direct.DirectStore.WriteRequest;
import io.github.uploadreceipts.internal.direct.DirectStores;
import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.testing.FormClient;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.Await;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploads that a client writes straight to a real store, which two hosts record. */
abstract class DirectContract {

    private static final URI NEXT = URI.create("http://127.0.0.1:8080/uploads/direct/Atoken");
    private static final byte[] BYTES = "bytes".getBytes(UTF_8);

    /** Two contents with one MD5, and so with one ETag. Wang, Feng, Lai and Yu, 2004 (IACR ePrint 2004/199). */
    static final byte[] ONE = HexFormat.of()
            .parseHex("d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a"
                    + "085125e8f7cdc99fd91dbdf280373c5bd8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0"
                    + "e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70");

    static final byte[] OTHER = HexFormat.of()
            .parseHex("d131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f8955ad340609f4b30283e4888325f1415a"
                    + "085125e8f7cdc99fd91dbd7280373c5bd8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0"
                    + "e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70");

    final ExpiryHour hour = ExpiryHour.of(Instant.now().plus(Duration.ofDays(1)));
    final Incoming incoming = new Incoming(UploadId.random(), hour);
    final String name = "incoming/" + hour + "/" + incoming.key();
    final UploadId id = UploadId.random();
    private final Incoming named = new Incoming(UploadId.random(), hour, true);

    @SuppressWarnings("NullAway.Init")
    ObjectStorage storage;

    @SuppressWarnings("NullAway.Init")
    ObjectUploadStore store;

    @SuppressWarnings("NullAway.Init")
    private ObjectUploadStore otherStore;

    /** Returns new, empty containers. */
    abstract ObjectStorage newStorage() throws IOException;

    abstract ObjectUploadStore newStore(ObjectStorage storage) throws IOException;

    /** Sends bytes as a client does, and returns the status. */
    abstract int send(WriteRequest request, byte[] bytes) throws Exception;

    @BeforeEach
    void open() throws IOException {
        storage = newStorage();
        store = newStore(storage);
        otherStore = newStore(storage);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        otherStore.close();
        storage.close();
    }

    static DirectStore direct(UploadStore store) {
        return DirectStores.of(store).orElseThrow();
    }

    WriteRequest permit(long size) throws StoreException {
        return direct(store).permit(incoming, size, Instant.now().plusSeconds(60));
    }

    /** Each request of a client writes the same object. */
    private void write(byte[] bytes) throws Exception {
        assertThat(send(permit(bytes.length), bytes)).isBetween(200, 204);
    }

    private static List<String> names(ObjectStorage storage) throws IOException {
        return storage.client().list("", "").stream()
                .map(object -> object.name())
                .filter(name -> !name.equals("health") && !name.startsWith("probe-"))
                .toList();
    }

    static Measured measured(byte[] bytes) {
        return new Measured(
                bytes.length, ContentDigest.of(ContentDigest.newHash().digest(bytes)));
    }

    Measured record(UploadStore by) throws IOException {
        try (Copy copy = direct(by).copy(incoming, id, hour)) {
            var unused = copy.measure();
            return copy.publish();
        }
    }

    byte[] read() throws IOException {
        StoredUpload upload = otherStore.find(id, hour).orElseThrow();
        try (var in = upload.open(0, upload.size())) {
            return in.readAllBytes();
        }
    }

    @Test
    void upload_recordedTwice_byTwoHosts_isOneUpload() throws Exception {
        byte[] bytes = "any bytes".getBytes(UTF_8);
        write(bytes);
        assertThat(direct(otherStore).arrived(incoming).map(Arrived::size)).contains(9L);
        assertThat(direct(store).published(incoming, id, hour)).isEmpty();
        CompletableFuture<Measured> other = CompletableFuture.supplyAsync(() -> {
            try {
                return record(otherStore);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(record(store)).isEqualTo(measured(bytes));
        assertThat(other.get()).isEqualTo(measured(bytes));
        assertThat(record(store)).isEqualTo(measured(bytes));
        direct(store).delete(incoming);
        assertThat(direct(otherStore).published(incoming, id, hour)).contains(measured(bytes));
        assertThat(read()).isEqualTo(bytes);
        assertThat(direct(store).arrived(incoming)).isEmpty();
        Await.until("bytes and record alone", () -> names(storage).size() == 2);
    }

    @Test
    void upload_neverCame() throws Exception {
        assertThat(direct(store).arrived(incoming)).isEmpty();
        assertThatThrownBy(() -> direct(store).copy(incoming, id, hour)).isInstanceOf(StoreException.Gone.class);
        assertThat(direct(store).published(incoming, id, hour)).isEmpty();
    }

    @Test
    void upload_cameTwice_secondIsMeasuredBeforeTheCopy_andNeverAfter() throws Exception {
        write(new byte[] {1});
        write(new byte[] {2, 2});
        try (Copy copy = direct(store).copy(incoming, id, hour)) {
            write(new byte[] {3, 3, 3});
            assertThat(copy.measure()).isEqualTo(measured(new byte[] {2, 2}));
            assertThat(copy.publish()).isEqualTo(measured(new byte[] {2, 2}));
        }
        assertThat(read()).containsExactly(2, 2);
        assertThatThrownBy(() -> record(otherStore)).isInstanceOf(StoreException.Taken.class);
        assertThat(read()).containsExactly(2, 2);
    }

    /** No ETag tells these two apart, so an object that is copied by its ETag can be either. Its copy is measured. */
    @Test
    void collision_swappedBeforeTheCopy_isMeasuredAsWhatWasCopied() throws Exception {
        assertThat(MessageDigest.getInstance("MD5").digest(ONE))
                .isEqualTo(MessageDigest.getInstance("MD5").digest(OTHER));
        write(ONE);
        IncomingClient clients = storage.incoming().orElseThrow();
        Head seen = clients.head(name).orElseThrow();
        write(OTHER);
        Head taken = clients.take(name, seen.etag(), "data/swapped", Optional.empty());
        try (var in = storage.client().open("data/swapped", 0, 128, taken.etag())) {
            assertThat(in.readAllBytes()).isEqualTo(OTHER);
        }
        assertThat(record(store)).isEqualTo(measured(OTHER));
        assertThat(read()).isEqualTo(OTHER);
    }

    @Test
    void collision_swappedAfterTheCopy_changesNothing() throws Exception {
        write(ONE);
        try (Copy copy = direct(store).copy(incoming, id, hour)) {
            write(OTHER);
            assertThat(copy.measure()).isEqualTo(measured(ONE));
            assertThat(copy.publish()).isEqualTo(measured(ONE));
        }
        assertThat(read()).isEqualTo(ONE);
        assertThatThrownBy(() -> record(otherStore)).isInstanceOf(StoreException.Taken.class);
        assertThat(direct(otherStore).published(incoming, id, hour)).contains(measured(ONE));
        assertThat(read()).isEqualTo(ONE);
    }

    /** Asserts that a store keeps the name that a browser gives to a file. */
    void assertName(String kept, String fileName) {
        assertThat(kept).endsWith(fileName);
    }

    private final FormClient browser = new FormClient();

    private HttpResponse<String> sendForm(WriteRequest form, String fileName, byte[] bytes) throws Exception {
        assertThat(form.method()).isEqualTo("POST");
        return browser.send(form.url(), form.fields(), fileName, bytes);
    }

    private WriteRequest form(long maxSize) throws StoreException {
        return direct(store).form(named, maxSize, NEXT, Instant.now().plusSeconds(60));
    }

    private static Measured measured(byte[] bytes, String name) {
        return new Measured(bytes.length, measured(bytes).digest(), Optional.of(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.jpg", "Größe & 100 %+?#.jpg", "日本語 .txt", "a;b='c'.tar.gz", "x/y/z", "a\\b"})
    void form_fileIsNamedByTheClient_browserGoesOn(String fileName) throws Exception {
        HttpResponse<String> response = sendForm(form(10), fileName, BYTES);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(303);
        URI next = URI.create(response.headers().firstValue("Location").orElseThrow());
        assertThat(next.getPath()).isEqualTo(NEXT.getPath());
        assertThat(direct(otherStore).arrived(named).map(Arrived::size)).contains(5L);
        try (Copy copy = direct(store).copy(named, id, hour)) {
            Measured measured = copy.measure();
            assertThat(measured.digest()).isEqualTo(measured(BYTES).digest());
            assertName(measured.name().orElseThrow(), fileName.substring(fileName.lastIndexOf('/') + 1));
            assertThat(copy.publish()).isEqualTo(measured);
            assertThat(direct(otherStore).published(named, id, hour)).contains(measured);
        }
        assertThat(read()).isEqualTo(BYTES);
        direct(store).delete(named);
        assertThat(storage.incoming().orElseThrow().list("", "")).isEmpty();
    }

    @Test
    void form_severalFiles_theLastCounts_allAreDeleted() throws Exception {
        WriteRequest form = form(10);
        assertThat(sendForm(form, "z.jpg", new byte[] {1}).statusCode()).isEqualTo(303);
        Thread.sleep(1_100); // stores tell whole seconds
        assertThat(sendForm(form, "a.jpg", BYTES).statusCode()).isEqualTo(303);
        try (Copy copy = direct(store).copy(named, id, hour)) {
            assertThat(copy.measure()).isEqualTo(measured(BYTES, "a.jpg"));
        }
        assertThat(storage.incoming().orElseThrow().list("", "")).hasSize(2);
        direct(store).delete(named);
        assertThat(storage.incoming().orElseThrow().list("", "")).isEmpty();
    }

    @Test
    void form_isChanged_writesNothing() throws Exception {
        WriteRequest form = form(4);
        int tooLarge = sendForm(form, "a.jpg", BYTES).statusCode();
        assertThat(tooLarge).as("Swift tells it by its redirect").isIn(303, 400);
        for (String field : form.fields().keySet()) {
            Map<String, String> fields = new LinkedHashMap<>(form.fields());
            fields.put(field, "5" + fields.get(field));
            var unused = browser.send(form.url(), fields, "a.jpg", new byte[] {1});
        }
        String elsewhere = form.url()
                .toString()
                .replace(named.key().toString(), incoming.key().toString());
        if (!elsewhere.equals(form.url().toString())) { // the prefix is in the URL
            var unused = browser.send(URI.create(elsewhere), form.fields(), "a.jpg", new byte[] {1});
        }
        assertThat(direct(store).arrived(named)).isEmpty();
        assertThat(storage.incoming().orElseThrow().list("", "")).isEmpty();
    }

    /** Returns a name that the store takes, and that programs may stumble over. */
    abstract String oddestName();

    @Test
    void form_neverRecorded_isPurged_whateverItsName() throws Exception {
        assertThat(sendForm(form(10), oddestName(), BYTES).statusCode()).isEqualTo(303);
        direct(store).keep(named, BYTES);
        assertThat(direct(otherStore).kept(named)).contains(BYTES);
        assertThat(direct(otherStore).kept(incoming)).isEmpty();
        assertThat(store.purge(hour.end().plus(Duration.ofHours(1)))).isEqualTo(1);
        assertThat(storage.incoming().orElseThrow().list("", "")).isEmpty();
        assertThat(direct(store).kept(named)).isEmpty();
    }

    @Test
    void purge_ofAbandoned() throws Exception {
        write(ONE);
        assertThat(store.purge(Instant.now())).isZero();
        assertThat(direct(store).arrived(incoming).map(Arrived::size)).contains(128L);
        assertThat(store.purge(hour.end().plus(Duration.ofHours(1)))).isEqualTo(1);
        assertThat(direct(store).arrived(incoming)).isEmpty();
        assertThat(storage.incoming().orElseThrow().list("", "")).isEmpty();
    }
}
