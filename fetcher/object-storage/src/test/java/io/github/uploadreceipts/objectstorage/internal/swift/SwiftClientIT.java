package io.github.uploadreceipts.objectstorage.internal.swift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Parts;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClientContract;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of object stores, and what is particular to Swift, at a real Swift. */
class SwiftClientIT extends ObjectClientContract {

    private static final long COPIED_AT_ONCE = 1024 * 1024;

    @TempDir
    static Path directory;

    private static SwiftServer swift;
    private static int containers;

    private String container;
    private SwiftClient client;

    @BeforeAll
    static void start() throws IOException {
        swift = SwiftServer.start(directory);
    }

    @AfterAll
    static void stop() {
        if (swift != null) {
            swift.close();
        }
    }

    @Override
    protected ObjectClient newContainer() throws IOException {
        containers++;
        container = "uploads " + containers; // a name that must be encoded
        swift.createContainer(container.replace(" ", "%20"));
        client = client(container);
        return client;
    }

    @Override
    protected ObjectClient missingContainer() {
        return client("none");
    }

    private static SwiftClient client(String container) {
        SwiftLogin login = SwiftLogin.v1(URI.create(swift.loginUrl()), SwiftServer.USER, () -> SwiftServer.PASSWORD);
        return SwiftClient.of(
                URI.create(swift.accountUrl()), container, login, () -> SwiftServer.TEMP_URL_KEY, COPIED_AT_ONCE);
    }

    private byte[] read(String name, long first, long length, String etag) throws IOException {
        try (InputStream in = client.open(name, first, length, etag)) {
            return in.readAllBytes();
        }
    }

    private HttpResponse<String> head(String name) throws IOException {
        return swift.request("HEAD", "/" + container.replace(" ", "%20") + "/" + name);
    }

    @Test
    void put_withExpiry_isKeptUntilTheSecondAfter() throws IOException {
        Instant expiresAt = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(1_000);
        client.put("whole", ByteBuffer.allocate(1), Optional.of(expiresAt));
        client.put("half", ByteBuffer.allocate(1), Optional.of(expiresAt.plusMillis(500)));
        assertThat(head("whole").headers().firstValueAsLong("X-Delete-At")).hasValue(expiresAt.getEpochSecond());
        assertThat(head("half").headers().firstValueAsLong("X-Delete-At")).hasValue(expiresAt.getEpochSecond() + 1);
    }

    @Test
    void put_withExpiryInThePast_fails() {
        assertThatThrownBy(() -> client.put("a", ByteBuffer.allocate(1), Optional.of(Instant.EPOCH.plusSeconds(1))))
                .isInstanceOf(StoreException.Failed.class)
                .hasMessageContaining("PUT " + container + "/a: 400");
    }

    @Test
    void put_containerWithoutRoom_isFull() throws IOException {
        swift.createContainer("small", "X-Container-Meta-Quota-Bytes", "10");
        try (SwiftClient small = client("small")) {
            assertThatThrownBy(() -> small.put("a", ByteBuffer.allocate(1_000_000), NEVER))
                    .isInstanceOf(StoreException.Full.class)
                    .hasMessageContaining("413 (Upload exceeds quota.)");
        }
    }

    @Test
    void parts_some_haveTheExpiryOfTheObject() throws IOException {
        byte[] bytes = random(200_000);
        Instant expiresAt = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(1_000);
        try (Parts parts = client.begin("a/large", Optional.of(expiresAt))) {
            parts.write(ByteBuffer.wrap(bytes, 0, 100_000));
            parts.write(ByteBuffer.allocate(0));
            parts.write(ByteBuffer.wrap(bytes, 100_000, 99_999));
            parts.write(ByteBuffer.wrap(bytes, 199_999, 1));
            parts.complete();
        }
        List<Listed> segments = client.list("segments/", "");
        assertThat(segments).extracting(Listed::size).containsExactly(100_000L, 99_999L, 1L);
        for (Listed segment : segments) {
            assertThat(head(segment.name()).headers().firstValueAsLong("X-Delete-At"))
                    .hasValue(expiresAt.getEpochSecond());
        }
        assertThat(head("a/large").headers().firstValueAsLong("X-Delete-At")).hasValue(expiresAt.getEpochSecond());

        assertThat(client.delete("a/large")).isTrue();
        assertThat(client.list("", "")).isEmpty();
        assertThat(client.delete("a/large")).isFalse();
    }

    @Test
    void parts_oneIsLostBeforeTheEnd_fails() throws IOException {
        try (Parts parts = client.begin("a", NEVER)) {
            parts.write(ByteBuffer.wrap(random(10)));
            parts.write(ByteBuffer.wrap(random(11)));
            client.delete(client.list("segments/", "").get(0).name());
            assertThatThrownBy(parts::complete)
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessageContaining("PUT " + container + "/a: 400");
        }
        assertThat(client.list("", "")).isEmpty();
    }

    @Test
    void parts_aThousand_andNotOneMore() throws Exception {
        try (SwiftParts parts = client.begin("a", NEVER)) {
            for (int i = 0; i < client.maxParts(); i++) {
                parts.write(ByteBuffer.wrap(new byte[] {(byte) i}));
            }
            assertThatThrownBy(() -> parts.write(ByteBuffer.allocate(1))).isInstanceOf(StoreException.Failed.class);
            Head head = parts.complete();
            assertThat(read("a", 998, 2, head.etag())).containsExactly(998, 999);
        }
        assertThat(client.list("", "")).hasSize(1_000).extracting(Listed::name).startsWith("a");
        assertThat(client.delete("a")).isTrue();
        assertThat(client.list("", "")).isEmpty();
    }

    @Test
    void copy_plainObject_hasNothingOfTheSource() throws IOException {
        byte[] bytes = random(10_000);
        Instant expiresAt = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(1_000);
        Head source = client.put("from", ByteBuffer.wrap(bytes), Optional.of(expiresAt));
        swift.request(
                "POST",
                "/" + container.replace(" ", "%20") + "/from",
                "Content-Type",
                "text/html",
                "Content-Disposition",
                "inline",
                "Content-Encoding",
                "gzip",
                "X-Object-Meta-Word",
                "word",
                "X-Delete-At",
                Long.toString(expiresAt.getEpochSecond()));
        Head copy = client.copy("from", source.etag(), "to", NEVER);
        assertThat(copy.size()).isEqualTo(10_000);
        assertThat(copy.etag()).isEqualTo(source.etag());
        assertThat(head("to").headers().map())
                .doesNotContainKeys("x-delete-at", "content-disposition", "content-encoding", "x-object-meta-word")
                .containsEntry("content-type", List.of("application/octet-stream"));
        client.copy("from", source.etag(), "later", Optional.of(expiresAt.plusSeconds(1)));
        assertThat(head("later").headers().firstValueAsLong("X-Delete-At")).hasValue(expiresAt.getEpochSecond() + 1);
    }

    @Test
    void copy_inRanges_givesEverySegmentTheExpiry() throws IOException {
        Head source = put("from", random(2_500_000));
        client.copy("from", source.etag(), "to", Optional.of(Instant.now().plusSeconds(1_000)));
        client.delete("from");
        assertThat(client.list("", "")).hasSize(4);
        for (Listed object : client.list("", "")) {
            assertThat(head(object.name()).headers().firstValue("X-Delete-At")).isPresent();
        }
    }

    @Test
    void readUrl_lifeIsOver_isRefused() throws Exception {
        put("a", random(20));
        HttpRequest request = HttpRequest.newBuilder(
                        client.readUrl("a", Duration.ofSeconds(-1)).orElseThrow())
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(request, HttpResponse.BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void hasAtomicPut_isFalse() {
        assertThat(client.hasAtomicPut()).isFalse();
    }

    @Test
    void login_wrongPassword_failsWithoutIt() {
        SwiftLogin login = SwiftLogin.v1(URI.create(swift.loginUrl()), SwiftServer.USER, () -> "wrong-password");
        try (SwiftClient refused = SwiftClient.of(URI.create(swift.accountUrl()), container, login, null)) {
            assertThatThrownBy(() -> refused.head("a"))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessageContaining("GET the login of photos:writer: 401")
                    .hasMessageNotContaining("wrong-password");
        }
    }
}
