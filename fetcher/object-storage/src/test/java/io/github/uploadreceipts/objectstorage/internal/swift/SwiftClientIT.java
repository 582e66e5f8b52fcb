package io.github.uploadreceipts.objectstorage.internal.swift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Parts;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every request, sent to a real Swift. */
class SwiftClientIT {

    private static final Optional<Instant> NEVER = Optional.empty();
    private static final long COPIED_AT_ONCE = 100_000;

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

    @BeforeEach
    void createContainer() throws IOException {
        containers++;
        container = "uploads " + containers; // a name that must be encoded
        swift.createContainer(container.replace(" ", "%20"));
        client = client(container);
    }

    @AfterEach
    void close() {
        client.close();
    }

    private static SwiftClient client(String container) {
        SwiftLogin login = SwiftLogin.v1(URI.create(swift.loginUrl()), SwiftServer.USER, () -> SwiftServer.PASSWORD);
        return SwiftClient.of(
                URI.create(swift.accountUrl()), container, login, () -> SwiftServer.TEMP_URL_KEY, COPIED_AT_ONCE);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private Head put(String name, byte[] bytes) throws StoreException {
        return client.put(name, ByteBuffer.wrap(bytes), NEVER);
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
    void put_anySize_isRead() throws IOException {
        for (int size : new int[] {0, 1, 65_535, 65_536, 3_000_000}) {
            byte[] bytes = random(size);
            Head put = put("a/b-" + size, bytes);
            assertThat(client.head("a/b-" + size)).contains(put);
            assertThat(put.size()).isEqualTo(size);
            assertThat(put.etag()).isEqualTo(SwiftClient.md5(ByteBuffer.wrap(bytes)));
            assertThat(client.get("a/b-" + size, size))
                    .hasValueSatisfying(all -> assertThat(all).isEqualTo(bytes));
            assertThat(read("a/b-" + size, 0, size, put.etag())).isEqualTo(bytes);
        }
    }

    @Test
    void put_bufferThatIsDirectOrASlice_isLeftAsItWas() throws IOException {
        ByteBuffer direct = ByteBuffer.allocateDirect(10).put(random(10)).flip().position(3);
        Head put = client.put("a", direct, NEVER);
        assertThat(put.size()).isEqualTo(7);
        assertThat(direct.remaining()).isEqualTo(7);
        assertThat(client.get("a", 7))
                .hasValueSatisfying(all -> assertThat(all).isEqualTo(Arrays.copyOfRange(random(10), 3, 10)));
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
    void anything_noContainer_fails() {
        try (SwiftClient none = client("none")) {
            assertThatThrownBy(() -> none.put("a", ByteBuffer.allocate(1), NEVER))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessageContaining("404");
            assertThatThrownBy(() -> none.list("", ""))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessageContaining("GET none: 404");
        }
    }

    @Test
    void putIfAbsent_oneAfterTheOther_firstWins() throws IOException {
        assertThat(client.putIfAbsent("a", ByteBuffer.wrap(random(5)), NEVER)).isTrue();
        assertThat(client.putIfAbsent("a", ByteBuffer.wrap(random(6)), NEVER)).isFalse();
        assertThat(client.head("a").map(Head::size)).contains(5L);
        client.delete("a");
        assertThat(client.putIfAbsent("a", ByteBuffer.wrap(random(6)), NEVER)).isTrue();
        assertThat(client.hasAtomicPut()).isFalse();
    }

    @Test
    void get_missingOrTooLarge_isEmptyOrFails() throws IOException {
        assertThat(client.get("a", 10)).isEmpty();
        assertThat(client.head("a")).isEmpty();
        put("a", random(11));
        assertThatThrownBy(() -> client.get("a", 10)).isInstanceOf(StoreException.Failed.class);
    }

    @Test
    void open_ranges_areExact() throws IOException {
        byte[] bytes = random(100_000);
        String etag = put("a", bytes).etag();
        for (int[] range : new int[][] {{0, 1}, {0, 99_999}, {1, 99_999}, {99_999, 1}, {5_000, 0}, {777, 33_333}}) {
            assertThat(read("a", range[0], range[1], etag))
                    .isEqualTo(Arrays.copyOfRange(bytes, range[0], range[0] + range[1]));
        }
        assertThatThrownBy(() -> client.open("a", 99_999, 2, etag)).isInstanceOf(StoreException.Failed.class);
        assertThatThrownBy(() -> client.open("a", 100_000, 1, etag)).isInstanceOf(StoreException.Failed.class);
    }

    @Test
    void open_otherEtagOrMissing_isGone() throws IOException {
        String etag = put("a", random(10)).etag();
        put("a", random(11));
        assertThatThrownBy(() -> client.open("a", 0, 10, etag)).isInstanceOf(StoreException.Gone.class);
        assertThatThrownBy(() -> client.open("a", 0, 0, etag)).isInstanceOf(StoreException.Gone.class);
        assertThatThrownBy(() -> client.open("b", 0, 10, etag)).isInstanceOf(StoreException.Gone.class);
        assertThatThrownBy(() -> client.open("b", 0, 0, etag)).isInstanceOf(StoreException.Gone.class);
    }

    @Test
    void parts_some_areOneObjectWithOneExpiry() throws IOException {
        byte[] bytes = random(200_000);
        Instant expiresAt = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(1_000);
        Head head;
        try (Parts parts = client.begin("a/large", Optional.of(expiresAt))) {
            parts.write(ByteBuffer.wrap(bytes, 0, 100_000));
            parts.write(ByteBuffer.allocate(0));
            parts.write(ByteBuffer.wrap(bytes, 100_000, 99_999));
            parts.write(ByteBuffer.wrap(bytes, 199_999, 1));
            assertThat(client.head("a/large")).isEmpty();
            head = parts.complete();
        }
        assertThat(head.size()).isEqualTo(200_000);
        assertThat(client.head("a/large").map(Head::etag)).contains(head.etag());
        assertThat(client.get("a/large", 200_000))
                .hasValueSatisfying(all -> assertThat(all).isEqualTo(bytes));
        assertThat(read("a/large", 99_000, 100_999, head.etag())).isEqualTo(Arrays.copyOfRange(bytes, 99_000, 199_999));
        assertThatThrownBy(() -> client.open("a/large", 0, 1, "0123456789abcdef0123456789abcdef"))
                .isInstanceOf(StoreException.Gone.class);

        List<Listed> segments = client.list("segments/", "");
        assertThat(segments).extracting(Listed::size).containsExactly(100_000L, 99_999L, 1L);
        for (Listed segment : segments) {
            assertThat(head(segment.name()).headers().firstValueAsLong("X-Delete-At"))
                    .hasValue(expiresAt.getEpochSecond());
        }
        assertThat(head("a/large").headers().firstValueAsLong("X-Delete-At")).hasValue(expiresAt.getEpochSecond());
        assertThat(client.list("a/", "")).containsExactly(new Listed("a/large", 200_000));

        assertThat(client.delete("a/large")).isTrue();
        assertThat(client.list("", "")).isEmpty();
        assertThat(client.delete("a/large")).isFalse();
    }

    @Test
    void parts_noneOrOne_areAnObject() throws IOException {
        try (Parts parts = client.begin("none", NEVER)) {
            assertThat(parts.complete().size()).isZero();
        }
        try (Parts parts = client.begin("one", NEVER)) {
            parts.write(ByteBuffer.wrap(random(1)));
            assertThat(parts.complete().size()).isEqualTo(1);
        }
        assertThat(client.get("none", 0))
                .hasValueSatisfying(all -> assertThat(all).isEmpty());
        assertThat(client.get("one", 1))
                .hasValueSatisfying(all -> assertThat(all).isEqualTo(random(1)));
        assertThat(client.delete("one")).isTrue();
        assertThat(client.delete("none")).isTrue();
        assertThat(client.list("", "")).isEmpty();
    }

    @Test
    void parts_notCompleted_leaveNothing() throws IOException {
        try (Parts parts = client.begin("a", NEVER)) {
            parts.write(ByteBuffer.wrap(random(10)));
            parts.write(ByteBuffer.wrap(random(10)));
        }
        assertThat(client.list("", "")).isEmpty();
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
    void copy_largeObject_isCopiedAtOnceOrInRanges() throws IOException {
        for (int size : new int[] {100_000, 100_001, 250_000}) {
            byte[] bytes = random(size);
            Head source;
            try (Parts parts = client.begin("from", NEVER)) {
                parts.write(ByteBuffer.wrap(bytes, 0, 60_000));
                parts.write(ByteBuffer.wrap(bytes, 60_000, size - 60_000));
                source = parts.complete();
            }
            Head copy = client.copy(
                    "from", source.etag(), "to", Optional.of(Instant.now().plusSeconds(1_000)));
            client.delete("from");
            assertThat(copy.size()).isEqualTo(size);
            assertThat(read("to", 0, size, copy.etag())).isEqualTo(bytes);
            for (Listed segment : client.list("", "")) {
                assertThat(head(segment.name()).headers().firstValue("X-Delete-At"))
                        .isPresent();
            }
            client.delete("to");
            assertThat(client.list("", "")).isEmpty();
        }
    }

    @Test
    void copy_otherEtagOrMissing_isGone() throws IOException {
        put("from", random(10));
        assertThatThrownBy(() -> client.copy("from", "0123456789abcdef0123456789abcdef", "to", NEVER))
                .isInstanceOf(StoreException.Gone.class);
        assertThatThrownBy(() -> client.copy("none", "0123456789abcdef0123456789abcdef", "to", NEVER))
                .isInstanceOf(StoreException.Gone.class);
        assertThat(client.head("to")).isEmpty();
    }

    @Test
    void list_moreThanAPage_isInOrder() throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 2_100; i++) {
            names.add("list/%04d/x".formatted(i));
        }
        putAll(names);
        put("list/0000/y", random(3));
        put("list/own", random(3));
        put("other", random(3));

        List<String> listed = new ArrayList<>();
        List<Listed> page = client.list("list/", "");
        assertThat(page).hasSize(1_000);
        while (!page.isEmpty()) {
            page.forEach(entry -> listed.add(entry.name()));
            page = client.list("list/", listed.get(listed.size() - 1));
        }
        assertThat(listed).isSorted().hasSize(2_102).containsAll(names);
        assertThat(client.list("list/0000/", "")).extracting(Listed::size).containsExactly(1L, 3L);
        assertThat(client.directories("list/"))
                .hasSize(2_100)
                .isSorted()
                .startsWith("0000", "0001")
                .endsWith("2099");
        assertThat(client.directories("")).containsExactly("list");
        assertThat(client.directories("none/")).isEmpty();
    }

    private void putAll(List<String> names) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Head>> puts = new ArrayList<>();
            for (String name : names) {
                puts.add(threads.submit(() -> put(name, random(1))));
            }
            for (Future<Head> put : puts) {
                put.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void readUrl_anyName_isTakenBySwift() throws Exception {
        Random random = new Random(4);
        String letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-/";
        HttpClient http = HttpClient.newHttpClient();
        for (int i = 0; i < 100; i++) {
            StringBuilder name = new StringBuilder("a");
            int length = 1 + random.nextInt(60);
            random.ints(length, 0, letters.length()).forEach(letter -> name.append(letters.charAt(letter)));
            put(name.toString(), random(20));
            URI url = client.readUrl(name.toString(), Duration.ofMinutes(1));
            assertThat(status(http, "GET", url)).isEqualTo(200);
            assertThat(status(http, "PUT", url)).isEqualTo(401);
            assertThat(status(http, "GET", URI.create(url.toString().replace("?", "x?"))))
                    .isEqualTo(401);
        }
        assertThat(status(http, "GET", client.readUrl("a", Duration.ofSeconds(-1))))
                .isEqualTo(401);
    }

    private static int status(HttpClient http, String method, URI url) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(url)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
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

    @Test
    void time_isThatOfSwift() throws IOException {
        assertThat(client.time()).isEmpty();
        client.head("a");
        assertThat(client.time())
                .hasValueSatisfying(time -> assertThat(time)
                        .isBetween(Instant.now().minusSeconds(2), Instant.now().plusSeconds(2)));
    }

    @Test
    void name_notOfOurLetters_isRefused() {
        for (String name : List.of("", "a?b", "a b", "a%2fb", "..", "ä", "a\n")) {
            assertThatThrownBy(() -> client.put(name, ByteBuffer.wrap("x".getBytes(StandardCharsets.UTF_8)), NEVER))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
