package io.github.uploadreceipts.objectstorage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.internal.direct.DirectStore;
import io.github.uploadreceipts.internal.direct.DirectStore.Copy;
import io.github.uploadreceipts.internal.direct.DirectStore.Incoming;
import io.github.uploadreceipts.internal.direct.DirectStore.Measured;
import io.github.uploadreceipts.internal.direct.DirectStores;
import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads that a client writes straight to a real Swift, which two hosts record. */
class SwiftDirectIT {

    private static final String KEY = "the container's key";

    /** Two contents with one MD5, and so with one ETag. Wang, Feng, Lai and Yu, 2004 (IACR ePrint 2004/199). */
    private static final byte[] ONE = HexFormat.of()
            .parseHex("d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a"
                    + "085125e8f7cdc99fd91dbdf280373c5bd8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0"
                    + "e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70");

    private static final byte[] OTHER = HexFormat.of()
            .parseHex("d131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f8955ad340609f4b30283e4888325f1415a"
                    + "085125e8f7cdc99fd91dbd7280373c5bd8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0"
                    + "e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70");

    @SuppressWarnings("NullAway.Init")
    private static SwiftServer swift;

    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectClaims claims = ObjectClaimsTest.jdbc(ObjectClaimsTest.database());
    private final ExpiryHour hour = ExpiryHour.of(Instant.now().plus(Duration.ofDays(1)));
    private final Incoming incoming = new Incoming(UploadId.random(), hour);
    private final String name = "incoming/" + hour + "/" + incoming.key();
    private final UploadId id = UploadId.random();

    @SuppressWarnings("NullAway.Init")
    private SwiftStorage storage;

    @SuppressWarnings("NullAway.Init")
    private ObjectUploadStore store;

    @SuppressWarnings("NullAway.Init")
    private ObjectUploadStore otherStore;

    @BeforeAll
    static void startSwift(@TempDir Path directory) throws IOException {
        swift = SwiftServer.start(directory);
    }

    @AfterAll
    static void stopSwift() {
        swift.close();
    }

    @BeforeEach
    void open() throws IOException {
        String container = "c" + UploadId.random();
        swift.createContainer(container);
        swift.createContainer(container + "-clients", "X-Container-Meta-Temp-URL-Key", KEY);
        storage = SwiftStorage.builder(swift.accountUrl())
                .container(container)
                .incoming(container + "-clients", () -> KEY)
                .credentials(SwiftCredentials.v1(swift.loginUrl(), SwiftServer.USER, () -> SwiftServer.PASSWORD))
                .build();
        store = ObjectUploadStore.builder(storage).claims(claims).build();
        otherStore = ObjectUploadStore.builder(storage).claims(claims).build();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        otherStore.close();
        storage.close();
    }

    private static DirectStore direct(UploadStore store) {
        return DirectStores.of(store).orElseThrow();
    }

    private URI permit() throws StoreException {
        return direct(store)
                .permit(incoming, 128, Instant.now().plusSeconds(60))
                .url();
    }

    private void write(URI url, byte[] bytes) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(url)
                .PUT(BodyPublishers.ofByteArray(bytes))
                .build();
        assertThat(http.send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(201);
    }

    private static Measured measured(byte[] bytes) {
        return new Measured(
                bytes.length, ContentDigest.of(ContentDigest.newHash().digest(bytes)));
    }

    private Measured record(UploadStore by) throws IOException {
        try (Copy copy = direct(by).copy(incoming, id, hour)) {
            var unused = copy.measure();
            return copy.publish();
        }
    }

    private byte[] read() throws IOException {
        StoredUpload upload = otherStore.find(id, hour).orElseThrow();
        try (var in = upload.open(0, upload.size())) {
            return in.readAllBytes();
        }
    }

    @Test
    void upload_recordedTwice_byTwoHosts_isOneUpload() throws Exception {
        byte[] bytes = "any bytes".getBytes(UTF_8);
        write(permit(), bytes);
        assertThat(direct(otherStore).arrived(incoming)).contains(9L);
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
        for (int i = 0; i < 250 && SwiftStores.names(storage).size() > 2; i++) {
            Thread.sleep(20);
        }
        assertThat(SwiftStores.names(storage)).hasSize(2); // the bytes and the record
    }

    @Test
    void upload_neverCame_orIsOfAnotherSize() throws Exception {
        URI url = permit();
        assertThat(direct(store).arrived(incoming)).isEmpty();
        assertThatThrownBy(() -> direct(store).copy(incoming, id, hour)).isInstanceOf(StoreException.Gone.class);
        write(url, new byte[129]); // Swift does not enforce what was announced
        assertThat(direct(store).arrived(incoming)).contains(129L);
        try (Copy copy = direct(store).copy(incoming, id, hour)) {
            assertThat(copy.measure()).isEqualTo(measured(new byte[129]));
        }
        assertThat(direct(store).published(incoming, id, hour)).isEmpty();
    }

    @Test
    void upload_cameTwice_secondIsMeasuredBeforeTheCopy_andNeverAfter() throws Exception {
        URI url = permit();
        write(url, new byte[] {1});
        write(url, new byte[] {2, 2});
        try (Copy copy = direct(store).copy(incoming, id, hour)) {
            write(url, new byte[] {3, 3, 3});
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
        URI url = permit();
        write(url, ONE);
        IncomingClient clients = storage.incoming().orElseThrow();
        Head seen = clients.head(name).orElseThrow();
        write(url, OTHER);
        Head taken = clients.take(name, seen.etag(), "data/swapped", Optional.empty());
        try (var in = storage.client().open("data/swapped", 0, 128, taken.etag())) {
            assertThat(in.readAllBytes()).isEqualTo(OTHER);
        }
        assertThat(record(store)).isEqualTo(measured(OTHER));
        assertThat(read()).isEqualTo(OTHER);
    }

    @Test
    void collision_swappedAfterTheCopy_changesNothing() throws Exception {
        URI url = permit();
        write(url, ONE);
        try (Copy copy = direct(store).copy(incoming, id, hour)) {
            write(url, OTHER);
            assertThat(copy.measure()).isEqualTo(measured(ONE));
            assertThat(copy.publish()).isEqualTo(measured(ONE));
        }
        assertThat(read()).isEqualTo(ONE);
        assertThatThrownBy(() -> record(otherStore)).isInstanceOf(StoreException.Taken.class);
        assertThat(direct(otherStore).published(incoming, id, hour)).contains(measured(ONE));
        assertThat(read()).isEqualTo(ONE);
    }

    @Test
    void purge_ofAbandoned() throws Exception {
        write(permit(), ONE);
        assertThat(store.purge(Instant.now())).isZero();
        assertThat(direct(store).arrived(incoming)).contains(128L);
        assertThat(store.purge(hour.end().plus(Duration.ofHours(1)))).isEqualTo(1);
        assertThat(direct(store).arrived(incoming)).isEmpty();
        assertThat(storage.incoming().orElseThrow().list("", "")).isEmpty();
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
