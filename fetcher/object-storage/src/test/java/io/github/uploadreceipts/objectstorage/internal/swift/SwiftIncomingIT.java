package io.github.uploadreceipts.objectstorage.internal.swift;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.internal.direct.DirectStore.WriteRequest;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.store.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the holder of a temporary URL can do in a real Swift, and what the hosts make of it. */
class SwiftIncomingIT {

    private static final String KEY = "the container's key";
    private static final String ORIGIN = "https://photos.example.org";
    private static final Optional<Instant> NEVER = Optional.empty();
    private static final int COPIED_AT_ONCE = 100_000;

    @TempDir
    static Path directory;

    private static SwiftServer swift;
    private static int containers;

    private final HttpClient http = HttpClient.newHttpClient();
    private String container;
    private SwiftClient hosts;
    private SwiftIncoming incoming;

    @BeforeAll
    static void start() throws IOException {
        swift = SwiftServer.start(directory);
        swift.createContainer("hosts");
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
        container = "clients" + containers;
        swift.createContainer(
                container,
                "X-Container-Meta-Temp-URL-Key",
                KEY,
                "X-Container-Meta-Access-Control-Allow-Origin",
                ORIGIN);
        hosts = SwiftClient.of(URI.create(swift.accountUrl()), "hosts", login(), null);
        incoming = incoming(KEY);
    }

    @AfterEach
    void close() {
        incoming.close();
        hosts.close();
    }

    private static SwiftLogin login() {
        return SwiftLogin.v1(URI.create(swift.loginUrl()), SwiftServer.USER, () -> SwiftServer.PASSWORD);
    }

    private SwiftIncoming incoming(String key) {
        return SwiftIncoming.of(URI.create(swift.accountUrl()), container, login(), () -> key, hosts, COPIED_AT_ONCE);
    }

    private URI url(String name) throws StoreException {
        return incoming.write(name, 5, Instant.now().plusSeconds(60)).url();
    }

    private HttpResponse<String> send(String method, URI url, byte[] body, String... fields) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (fields.length > 0) {
            request.headers(fields);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private int put(URI url, String body, String... fields) throws Exception {
        return send("PUT", url, body.getBytes(UTF_8), fields).statusCode();
    }

    private String read(String name, Head head) throws IOException {
        try (InputStream in = hosts.open(name, 0, head.size(), head.etag())) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    @Test
    void write_byItsUrl_isTaken_listed_deleted() throws Exception {
        Instant end = Instant.now().plusSeconds(60);
        WriteRequest write = incoming.write("a/b", 5, end);
        assertThat(write.expiresAt()).isBetween(end, end.plusSeconds(1));
        String[] fields = write.fields().entrySet().stream()
                .flatMap(field -> List.of(field.getKey(), field.getValue()).stream())
                .toArray(String[]::new);
        assertThat(send(write.method(), write.url(), "bytes".getBytes(UTF_8), fields)
                        .statusCode())
                .isEqualTo(201);
        Head head = incoming.head("a/b").orElseThrow();
        assertThat(head.size()).isEqualTo(5);
        Head copy = incoming.take("a/b", head.etag(), "a/copy", NEVER);
        assertThat(copy.etag()).isEqualTo(head.etag());
        assertThat(read("a/copy", copy)).isEqualTo("bytes");
        assertThat(incoming.list("a/", "")).containsExactly(new Listed("a/b", 5));
        assertThat(incoming.directories("")).containsExactly("a");
        assertThat(incoming.delete("a/b")).isTrue();
        assertThat(incoming.delete("a/b")).isFalse();
        assertThat(incoming.head("a/b")).isEmpty();
        assertThat(hosts.head("a/copy")).contains(copy);
    }

    @Test
    void maxSize_isWhatSwiftSays() {
        assertThat(incoming.maxSize()).isEqualTo((5L << 30) + 2);
    }

    @Test
    void url_permitsOnlyItsObject_itsMethodAndHead_untilItExpires() throws Exception {
        URI url = url("a");
        assertThat(put(url, "one")).isEqualTo(201);
        assertThat(put(url, "again")).isEqualTo(201);
        assertThat(send("HEAD", url, new byte[0]).statusCode()).isEqualTo(200);
        for (String method : List.of("GET", "POST", "DELETE", "COPY")) {
            assertThat(send(method, url, new byte[0], "Destination", container + "/b")
                            .statusCode())
                    .as(method)
                    .isEqualTo(401);
        }
        for (String other : List.of("/" + container + "/b?", "/hosts/a?")) {
            URI stolen = URI.create(url.toString().replace("/" + container + "/a?", other));
            assertThat(put(stolen, "stolen")).as(other).isEqualTo(401);
        }
        assertThat(put(incoming.write("a", 5, Instant.now().minusSeconds(2)).url(), "late"))
                .isEqualTo(401);
        assertThat(incoming.list("", "")).containsExactly(new Listed("a", 5));
    }

    /** What Swift keeps of these, the copy has not. What Swift refuses would make an object of other objects. */
    @Test
    void client_addsFields_copyHasNoneOfThem() throws Exception {
        String soon = Long.toString(Instant.now().plusSeconds(300).getEpochSecond());
        URI url = url("a");
        for (String field : List.of("X-Object-Manifest", "X-Symlink-Target", "X-Copy-From")) {
            assertThat(put(url, "bytes", field, "hosts/a")).as(field).isEqualTo(400);
        }
        assertThat(put(url, "bytes", "X-Static-Large-Object", "true")).isEqualTo(400);
        assertThat(incoming.head("a")).isEmpty();
        assertThat(put(
                        url,
                        "bytes",
                        "Content-Type",
                        "text/html",
                        "Content-Encoding",
                        "gzip",
                        "Content-Disposition",
                        "inline",
                        "X-Object-Meta-Writer",
                        "evil",
                        "X-Delete-At",
                        soon))
                .isEqualTo(201);
        HttpResponse<String> written = swift.request("HEAD", "/" + container + "/a");
        assertThat(written.headers().map())
                .containsEntry("x-delete-at", List.of(soon))
                .containsEntry("x-object-meta-writer", List.of("evil"))
                .containsEntry("content-encoding", List.of("gzip"));
        String etag = incoming.head("a").orElseThrow().etag();

        Head copy = incoming.take("a", etag, "plain", NEVER);
        assertThat(read("plain", copy)).isEqualTo("bytes");
        assertThat(swift.request("HEAD", "/hosts/plain").headers().map())
                .containsEntry("content-type", List.of("application/octet-stream"))
                .doesNotContainKeys("x-delete-at", "x-object-meta-writer", "content-encoding", "content-disposition");

        Instant ours = Instant.parse("2100-01-01T00:00:00Z");
        var unused = incoming.take("a", etag, "expiring", Optional.of(ours));
        assertThat(swift.request("HEAD", "/hosts/expiring").headers().map())
                .containsEntry("x-delete-at", List.of(Long.toString(ours.getEpochSecond())));
    }

    @Test
    void client_letsItExpire_isNotThere() throws Exception {
        assertThat(put(url("a"), "bytes", "X-Delete-After", "1")).isEqualTo(201);
        String etag = SwiftClient.md5(ByteBuffer.wrap("bytes".getBytes(UTF_8)));
        Thread.sleep(2_100);
        assertThat(incoming.head("a")).isEmpty();
        assertThatThrownBy(() -> incoming.take("a", etag, "gone", NEVER)).isInstanceOf(StoreException.Gone.class);
    }

    /** Swift drops parameters that a temporary URL does not have, so a manifest is only bytes. */
    @Test
    void client_addsParameters_objectIsWhatItSent() throws Exception {
        assertThat(put(url("part"), "bytes")).isEqualTo(201);
        String manifest = "[{\"path\":\"" + container + "/part\"}]";
        URI url = url("large");
        assertThat(put(URI.create(url + "&multipart-manifest=put"), manifest)).isEqualTo(201);
        Head head = incoming.head("large").orElseThrow();
        Head copy = incoming.take("large", head.etag(), "manifest", NEVER);
        assertThat(read("manifest", copy)).isEqualTo(manifest);

        HttpResponse<String> archive =
                send("PUT", URI.create(url("archive") + "&extract-archive=tar"), tar("../hosts/evil", "evil"));
        assertThat(archive.body()).contains("Number Files Created: 0");
        assertThat(incoming.list("", "")).extracting(Listed::name).containsExactly("large", "part");
        assertThat(hosts.list("evil", "")).isEmpty();
    }

    /** One empty file in the format of POSIX. */
    private static byte[] tar(String... names) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String name : names) {
            byte[] head = new byte[512];
            set(head, 0, name);
            set(head, 100, "0000644\0");
            set(head, 108, "0000000\0");
            set(head, 116, "0000000\0");
            set(head, 124, "00000000000\0");
            set(head, 136, "00000000000\0");
            set(head, 148, "        ");
            set(head, 156, "0");
            set(head, 257, "ustar\00000");
            int sum = 0;
            for (byte one : head) {
                sum += one & 0xff;
            }
            set(head, 148, String.format("%06o\0 ", sum));
            out.writeBytes(head);
        }
        out.writeBytes(new byte[1024]);
        return out.toByteArray();
    }

    private static void set(byte[] head, int at, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        System.arraycopy(bytes, 0, head, at, bytes.length);
    }

    /** Nobody makes these by a temporary URL. If they are there nevertheless, they are not taken for a client's bytes. */
    @Test
    void objectMadeOfOthers_isNotThere_andItsDeletionLeavesTheOthers() throws Exception {
        Head secret = hosts.put("secret", ByteBuffer.wrap("secret".getBytes(UTF_8)), NEVER);
        URI manifest = URI.create(swift.accountUrl() + "/" + container + "/slo?multipart-manifest=put");
        String token = login().token(null);
        assertThat(send("PUT", manifest, "[{\"path\":\"hosts/secret\"}]".getBytes(UTF_8), "X-Auth-Token", token)
                        .statusCode())
                .isEqualTo(201);
        swift.request("PUT", "/" + container + "/dlo", "X-Object-Manifest", "hosts/secret");
        swift.request("PUT", "/" + container + "/link", "X-Symlink-Target", "hosts/secret");
        assertThat(incoming.list("", "")).extracting(Listed::name).containsExactly("dlo", "link", "slo");
        for (String name : List.of("dlo", "link", "slo")) {
            assertThat(incoming.head(name)).as(name).isEmpty();
            assertThatThrownBy(() -> incoming.take(name, secret.etag(), "stolen", NEVER))
                    .as(name)
                    .isInstanceOf(StoreException.Gone.class);
            assertThat(incoming.delete(name)).as(name).isTrue();
        }
        assertThat(hosts.head("secret")).contains(secret);
        assertThat(hosts.head("stolen")).isEmpty();
    }

    @Test
    void take_anotherObjectByNow_isGone() throws Exception {
        URI url = url("a");
        assertThat(put(url, "bytes")).isEqualTo(201);
        Head head = incoming.head("a").orElseThrow();
        assertThat(put(url, "other")).isEqualTo(201);
        assertThatThrownBy(() -> incoming.take("a", head.etag(), "late", NEVER))
                .isInstanceOf(StoreException.Gone.class);
        assertThatThrownBy(() -> incoming.take("absent", head.etag(), "late", NEVER))
                .isInstanceOf(StoreException.Gone.class);
        assertThat(hosts.head("late")).isEmpty();
        // The condition is Swift's, and holds between our look and our copy as well.
        HttpResponse<String> copied = swift.request(
                "PUT", "/hosts/late", "X-Copy-From", container + "/a", "If-Match", "\"" + head.etag() + "\"");
        assertThat(copied.statusCode()).isEqualTo(412);
    }

    @Test
    void take_ofManyRanges_sameBytes() throws Exception {
        byte[] bytes = new byte[3 * COPIED_AT_ONCE + 1];
        new Random(1).nextBytes(bytes);
        assertThat(send("PUT", url("a"), bytes).statusCode()).isEqualTo(201);
        Head head = incoming.head("a").orElseThrow();
        Head copy = incoming.take(
                "a", head.etag(), "large", Optional.of(Instant.now().plus(Duration.ofDays(1))));
        try (InputStream in = hosts.open("large", 0, copy.size(), copy.etag())) {
            assertThat(in.readAllBytes()).isEqualTo(bytes);
        }
        assertThat(incoming.list("", "")).containsExactly(new Listed("a", bytes.length));
    }

    @Test
    void write_keyIsNotThatOfTheContainer_saysWhatToSet() {
        try (SwiftIncoming other = incoming("another key")) {
            assertThatThrownBy(() -> other.write("a", 5, Instant.now().plusSeconds(60)))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContaining("swift post -m Temp-URL-Key:")
                    .hasMessageNotContaining("another key");
        }
    }

    /** The README says this. */
    @Test
    void cors_preflightAndUploadAreReadable_refusalsBySignatureAreNot() throws Exception {
        URI url = url("a");
        String[] preflight = {
            "Origin", ORIGIN, "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "content-type"
        };
        HttpResponse<String> preflighted = send("OPTIONS", url, new byte[0], preflight);
        assertThat(preflighted.statusCode()).isEqualTo(200);
        assertThat(preflighted.headers().firstValue("Access-Control-Allow-Origin"))
                .contains(ORIGIN);
        assertThat(preflighted.headers().firstValue("Access-Control-Allow-Headers"))
                .contains("content-type");
        assertThat(preflighted.headers().firstValue("Access-Control-Allow-Methods"))
                .hasValueSatisfying(methods -> assertThat(methods).contains("PUT"));
        preflight[1] = "https://evil.example";
        assertThat(send("OPTIONS", url, new byte[0], preflight).statusCode()).isEqualTo(401);

        byte[] bytes = "bytes".getBytes(UTF_8);
        assertThat(allowed(send("PUT", url, bytes, "Origin", ORIGIN), 201)).contains(ORIGIN);
        assertThat(allowed(send("PUT", url, bytes, "Origin", "https://evil.example"), 201))
                .isEmpty();
        assertThat(allowed(send("PUT", url, bytes, "Origin", ORIGIN, "ETag", "0".repeat(32)), 422))
                .contains(ORIGIN);
        URI expired = incoming.write("a", 5, Instant.now().minusSeconds(2)).url();
        assertThat(allowed(send("PUT", expired, bytes, "Origin", ORIGIN), 401)).isEmpty();
        assertThat(allowed(send("PUT", url, bytes, "Origin", ORIGIN, "X-Copy-From", "hosts/a"), 400))
                .isEmpty();
    }

    private static Optional<String> allowed(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).isEqualTo(status);
        return response.headers().firstValue("Access-Control-Allow-Origin");
    }
}
