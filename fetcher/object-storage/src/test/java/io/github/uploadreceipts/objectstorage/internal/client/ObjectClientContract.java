package io.github.uploadreceipts.objectstorage.internal.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Parts;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every object store has to do, sent to a real one. Its client copies in ranges what has more than {@link
 * ObjectClient#minPart} bytes.
 */
public abstract class ObjectClientContract {

    protected static final Optional<Instant> NEVER = Optional.empty();

    private ObjectClient client;

    /** Returns a client of a container that is there and empty. */
    protected abstract ObjectClient newContainer() throws IOException;

    /** Returns a client of a container that is not there. */
    protected abstract ObjectClient missingContainer();

    @BeforeEach
    final void createContainer() throws IOException {
        client = newContainer();
    }

    @AfterEach
    final void close() throws IOException {
        client.close();
    }

    /** Returns bytes that depend on their number only. */
    protected static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    protected final Head put(String name, byte[] bytes) throws StoreException {
        return client.put(name, ByteBuffer.wrap(bytes), NEVER);
    }

    private byte[] read(String name, long first, long length, String etag) throws IOException {
        try (InputStream in = client.open(name, first, length, etag)) {
            return in.readAllBytes();
        }
    }

    private static String md5(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anything_noContainer_fails() throws IOException {
        try (ObjectClient none = missingContainer()) {
            assertThatThrownBy(() -> none.put("a", ByteBuffer.allocate(1), NEVER))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessageContaining("404");
            assertThatThrownBy(() -> none.list("", ""))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessageContaining("404");
        }
    }

    @Test
    void parts_some_areOneObject() throws IOException {
        int part = client.minPart();
        byte[] bytes = random(2 * part + 1);
        Head head;
        try (Parts parts = client.begin("a/large", NEVER)) {
            parts.write(ByteBuffer.wrap(bytes, 0, part));
            parts.write(ByteBuffer.allocate(0));
            parts.write(ByteBuffer.wrap(bytes, part, part));
            parts.write(ByteBuffer.wrap(bytes, 2 * part, 1));
            assertThat(client.head("a/large")).isEmpty();
            head = parts.complete();
        }
        assertThat(head.size()).isEqualTo(bytes.length);
        assertThat(client.head("a/large").map(Head::etag)).contains(head.etag());
        assertThat(client.get("a/large", bytes.length))
                .hasValueSatisfying(all -> assertThat(all).isEqualTo(bytes));
        assertThat(read("a/large", part - 1_000, part + 1_001, head.etag()))
                .isEqualTo(Arrays.copyOfRange(bytes, part - 1_000, 2 * part + 1));
        assertThatThrownBy(() -> client.open("a/large", 0, 1, "0123456789abcdef0123456789abcdef"))
                .isInstanceOf(StoreException.Gone.class);
        assertThat(client.list("a/", "")).containsExactly(new Listed("a/large", bytes.length));

        assertThat(client.delete("a/large")).isTrue();
        assertThat(client.list("", "")).isEmpty();
        assertThat(client.delete("a/large")).isFalse();
    }

    @Test
    void put_anySize_isRead() throws IOException {
        for (int size : new int[] {0, 1, 65_535, 65_536, 3_000_000}) {
            byte[] bytes = random(size);
            Head put = put("a/b-" + size, bytes);
            Head head = client.head("a/b-" + size).orElseThrow();
            assertThat(head.etag()).isEqualTo(put.etag());
            assertThat(head.size()).isEqualTo(size);
            assertThat(head.lastModified())
                    .isBetween(
                            put.lastModified().minusSeconds(2),
                            put.lastModified().plusSeconds(2));
            assertThat(put.size()).isEqualTo(size);
            assertThat(put.etag()).isEqualTo(md5(bytes));
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
    void putIfAbsent_oneAfterTheOther_firstWins() throws IOException {
        assertThat(client.putIfAbsent("a", ByteBuffer.wrap(random(5)), NEVER)).isTrue();
        assertThat(client.putIfAbsent("a", ByteBuffer.wrap(random(6)), NEVER)).isFalse();
        assertThat(client.head("a").map(Head::size)).contains(5L);
        client.delete("a");
        assertThat(client.putIfAbsent("a", ByteBuffer.wrap(random(6)), NEVER)).isTrue();
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
    void copy_largeObject_isCopiedAtOnceOrInRanges() throws IOException {
        int part = client.minPart();
        for (int size : new int[] {part, part + 1, 2 * part + 100_000}) {
            byte[] bytes = random(size);
            Head source;
            try (Parts parts = client.begin("from", NEVER)) {
                parts.write(ByteBuffer.wrap(bytes, 0, part));
                parts.write(ByteBuffer.wrap(bytes, part, size - part));
                source = parts.complete();
            }
            Head copy = client.copy("from", source.etag(), "to", NEVER);
            client.delete("from");
            assertThat(copy.size()).isEqualTo(size);
            assertThat(read("to", 0, size, copy.etag())).isEqualTo(bytes);
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
        assertThat(page).hasSizeBetween(1, 1_000);
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
    void readUrl_anyName_isTaken() throws Exception {
        Random random = new Random(4);
        String letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-/";
        HttpClient http = HttpClient.newHttpClient();
        for (int i = 0; i < 100; i++) {
            StringBuilder name = new StringBuilder("a");
            int length = 1 + random.nextInt(60);
            random.ints(length, 0, letters.length()).forEach(letter -> name.append(letters.charAt(letter)));
            put(name.toString(), random(20));
            URI url = client.readUrl(name.toString(), Duration.ofMinutes(1)).orElseThrow();
            assertThat(status(http, "GET", url)).isEqualTo(200);
            assertThat(status(http, "PUT", url)).isIn(401, 403);
            assertThat(status(http, "GET", URI.create(url.toString().replace("?", "x?"))))
                    .isIn(401, 403);
        }
    }

    @Test
    void time_isThatOfTheStore() throws IOException {
        assertThat(client.time()).isEmpty();
        client.head("a");
        assertThat(client.time())
                .hasValueSatisfying(time -> assertThat(time)
                        .isBetween(Instant.now().minusSeconds(2), Instant.now().plusSeconds(2)));
    }

    private static int status(HttpClient http, String method, URI url) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(url)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    @Test
    void name_notOfOurLetters_isRefused() {
        for (String name : List.of("", "a?b", "a b", "a%2fb", "..", "a/../b", "./a", "ä", "a\n")) {
            assertThatThrownBy(() -> client.put(name, ByteBuffer.wrap("x".getBytes(StandardCharsets.UTF_8)), NEVER))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
