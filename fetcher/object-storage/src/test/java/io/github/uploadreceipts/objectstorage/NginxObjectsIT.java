package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.objectstorage.testing.S3Engine;
import io.github.uploadreceipts.objectstorage.testing.SwiftServer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.ShareFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.servlet.testing.Nginx;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.share.ShareLinks;
import io.github.uploadreceipts.store.Delivery;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.Ports;
import jakarta.servlet.http.HttpServlet;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A host whose uploads are objects, behind nginx as the README configures it. */
class NginxObjectsIT {

    enum Engine {
        S3,
        SWIFT
    }

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```nginx$(.*?)^```$");
    private static final Pattern RECEIPT = Pattern.compile("\"receipt\" *: *\"([^\"]+)\"");
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** What stores say, and fields by which browsers would obey them. */
    private static final List<String> HIDDEN = List.of(
            "ETag",
            "Last-Modified",
            "Content-Type",
            "Content-Disposition",
            "Content-Encoding",
            "Cache-Control",
            "Expires",
            "Set-Cookie",
            "Vary",
            "Repr-Digest",
            "Content-Security-Policy",
            "Cross-Origin-Resource-Policy",
            "X-Content-Type-Options",
            "Referrer-Policy",
            "Strict-Transport-Security",
            "X-Xss-Protection",
            "Alt-Svc",
            "Access-Control-Allow-Origin",
            "X-Amz-Request-Id",
            "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id",
            "X-Rgw-Object-Type",
            "X-Trans-Id");

    /** Of several parts. */
    private static final byte[] BYTES = bytes(9_000_000);

    @SuppressWarnings("NullAway.Init")
    private static S3Engine s3;

    @SuppressWarnings("NullAway.Init")
    private static SwiftServer swift;

    private final KeyRing ring = KeyRing.generate("photos");
    private final List<Closeable> opened = new ArrayList<>();

    @TempDir
    private Path directory;

    private ObjectStorage storage;
    private Nginx nginx;
    private UploadHost host;
    private int upstream;

    @BeforeAll
    static void startStores(@TempDir Path directory) throws IOException {
        s3 = S3Engine.start(Files.createDirectory(directory.resolve("s3")));
        swift = SwiftServer.start(Files.createDirectory(directory.resolve("swift")));
    }

    @AfterAll
    static void stopStores() {
        s3.close();
        swift.close();
    }

    @AfterEach
    void close() throws IOException {
        for (int i = opened.size(); i-- > 0; ) {
            opened.get(i).close();
        }
    }

    private <T extends Closeable> T closing(T made) {
        opened.add(made);
        return made;
    }

    private void start(Engine engine, boolean sealed) throws Exception {
        open(engine);
        ObjectUploadStore.Builder store = ObjectUploadStore.builder(storage).sentByNginx();
        start(engine, (sealed ? store.sealed() : store).build(), sealed);
    }

    private void open(Engine engine) throws Exception {
        storage = closing(
                engine == Engine.S3 ? S3Stores.newStorage(s3) : SwiftStores.newStorage(swift, swift.accountUrl()));
    }

    private void start(Engine engine, UploadStore store, boolean sealed) throws Exception {
        upstream = Ports.free();
        nginx = Nginx.withLocations(
                directory.resolve("nginx"),
                upstream,
                locations(engine == Engine.S3 ? s3.endpoint() : URI.create(swift.accountUrl())));
        opened.add(() -> nginx.close());
        Delivery delivery = Delivery.xAccelRedirect("/stored/");
        host = closing(UploadHost.builder(ring, store)
                .encryptReceipts(sealed)
                .internalUrl("http://127.0.0.1:" + nginx.port())
                .delivery(delivery)
                .developmentMode()
                .build());
        closing(Container.UNDERTOW.startAlone(Container.App.of(
                        Map.of(
                                "/uploads/*",
                                UploadFilter.create(
                                        host,
                                        request -> UploadPermit.anyone(
                                                UploadLimits.builder().build())),
                                "/internal/uploads/*",
                                DeliveryFilter.create(host),
                                "/s/*",
                                ShareFilter.builder(host).delivery(delivery).build()),
                        new HttpServlet() {},
                        true)
                .port(upstream)));
    }

    /** Returns what the README says, for the store of this test. */
    private static String locations(URI store) throws IOException {
        Matcher block = BLOCK.matcher(Files.readString(Path.of("README.md")));
        assertThat(block.find()).isTrue();
        return block.group(1)
                .replace("https://s3.example.org/", "http://" + store.getAuthority() + "/")
                .replace("s3.example.org", store.getAuthority())
                .replaceFirst("access_log off;", "access_log objects.log;");
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private UploadReceipt upload(byte[] bytes) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri("/uploads"))
                .header("Content-Type", "image/jpeg")
                .header("Content-Disposition", "attachment; filename=\"photo.jpg\"")
                .POST(BodyPublishers.ofByteArray(bytes))
                .build();
        String said = HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
        Matcher receipt = RECEIPT.matcher(said);
        assertThat(receipt.find()).as(said).isTrue();
        return host.receipts().verify(receipt.group(1));
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + nginx.port() + path);
    }

    private URI link(UploadReceipt receipt) throws IOException {
        return URI.create(ShareLinks.of(host, uri("/s/").toString())
                .url(ShareLink.of(receipt).build()));
    }

    private static HttpResponse<byte[]> send(String method, URI uri, String... fields) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).method(method, BodyPublishers.noBody());
        if (fields.length > 0) {
            request.headers(fields);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String field(HttpResponse<?> response, String name) {
        return String.join(", ", response.headers().allValues(name));
    }

    /** Waits until nginx has got so many responses from the store. */
    private void assertSentByNginx(int responses) throws Exception {
        Path log = directory.resolve("nginx/objects.log");
        Await.until("response of the store", () -> Files.readAllLines(log).size() >= responses);
        assertThat(Files.readAllLines(log)).hasSize(responses);
    }

    private void assertWhole(HttpResponse<byte[]> response, UploadReceipt receipt) {
        assertWhole(response, receipt, 200);
    }

    private void assertWhole(HttpResponse<byte[]> response, UploadReceipt receipt, int status) {
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.body()).isEqualTo(BYTES);
        assertThat(field(response, "ETag")).isEqualTo(receipt.digest().entityTag());
    }

    @ParameterizedTest
    @EnumSource
    void link_nginxSendsTheObject_withWhatTheApplicationSays(Engine engine) throws Exception {
        start(engine, false);
        UploadReceipt receipt = upload(BYTES);
        URI link = link(receipt);
        String etag = receipt.digest().entityTag();

        HttpResponse<byte[]> whole = send("GET", link, "Authorization", "Basic eDp5", "Cookie", "a=b");
        assertWhole(whole, receipt);
        assertThat(field(whole, "Content-Type")).isEqualTo("image/jpeg");
        assertThat(field(whole, "Content-Disposition"))
                .startsWith("attachment;")
                .contains("photo.jpg");
        assertThat(field(whole, "Content-Security-Policy")).isEqualTo("sandbox; default-src 'none'");
        assertThat(field(whole, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(field(whole, "Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(field(whole, "Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
        assertThat(field(whole, "Cache-Control")).isEqualTo("private, no-store");
        assertThat(field(whole, "Accept-Ranges")).isEqualTo("bytes");
        assertThat(whole.headers().map().keySet())
                .noneMatch(name -> name.startsWith("x-") && !name.equals("x-content-type-options"));

        HttpResponse<byte[]> range = send("GET", link, "Range", "bytes=8388600-8388700", "If-Range", etag);
        assertThat(range.statusCode()).isEqualTo(206);
        assertThat(range.body()).isEqualTo(Arrays.copyOfRange(BYTES, 8_388_600, 8_388_701));
        assertThat(field(range, "ETag")).isEqualTo(etag);
        assertWhole(send("GET", link, "Range", "bytes=0-"), receipt, 206);
        assertSentByNginx(3);
    }

    @ParameterizedTest
    @EnumSource
    void link_archivedUpload_nginxSendsTheObjectOnceTheFileHasGone(Engine engine) throws Exception {
        open(engine);
        LocalUploadStore local = LocalUploadStore.at(directory.resolve("store"));
        start(
                engine,
                ArchivingUploadStore.builder(local, storage)
                        .sentByNginx()
                        .keepLocal(Duration.ZERO)
                        .build(),
                false);
        UploadReceipt receipt = upload(BYTES);
        ArchivingContract.awaitMove(local, receipt.owner().id(), receipt.owner().hour());
        assertWhole(send("GET", link(receipt)), receipt);
        assertSentByNginx(1);
        HttpResponse<byte[]> range = send("GET", link(receipt), "Range", "bytes=5-8");
        assertThat(range.statusCode()).isEqualTo(206);
        assertThat(range.body()).isEqualTo(Arrays.copyOfRange(BYTES, 5, 9));
        assertSentByNginx(2);
    }

    /** A store ignores If-Range, and signs for GET only. */
    @ParameterizedTest
    @EnumSource
    void link_whatAStoreWouldNotDoAsWeDo_isSentByTheHost(Engine engine) throws Exception {
        start(engine, false);
        UploadReceipt receipt = upload(BYTES);
        URI link = link(receipt);
        String etag = receipt.digest().entityTag();
        assertWhole(send("GET", link, "Range", "bytes=5-9", "If-Range", "\"another\""), receipt);
        assertWhole(send("GET", link, "Range", "bytes=5-9,20-30"), receipt);
        HttpResponse<byte[]> beyond = send("GET", link, "Range", "bytes=9000000-");
        assertThat(beyond.statusCode()).isEqualTo(416);
        assertThat(field(beyond, "Content-Range")).isEqualTo("bytes */9000000");
        assertThat(field(beyond, "Cache-Control")).isEqualTo("private, no-store");
        assertThat(send("GET", link, "If-None-Match", etag).statusCode()).isEqualTo(304);
        HttpResponse<byte[]> head = send("HEAD", link);
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(field(head, "Content-Length")).isEqualTo("9000000");
        assertThat(send("GET", uri("/stored/objects/x")).statusCode())
                .isEqualTo(502); // by error_page, as it is internal
        assertSentByNginx(0);
    }

    @ParameterizedTest
    @EnumSource
    void link_objectIsLost_isGone(Engine engine) throws Exception {
        start(engine, false);
        URI link = link(upload(BYTES));
        for (String name : SwiftStores.names(storage)) {
            if (name.startsWith("data/")) {
                assertThat(storage.client().delete(name)).isTrue();
            }
        }
        HttpResponse<byte[]> response = send("GET", link);
        assertThat(response.statusCode()).isEqualTo(410);
        assertThat(field(response, "Cache-Control")).isEqualTo("private, no-store");
    }

    /** Whatever a store says beside the bytes does not reach the client, and its errors and redirects do not at all. */
    @ParameterizedTest
    @ValueSource(ints = {200, 206, 302, 307, 403, 404, 416, 429, 500, 502, 503})
    void nginx_anyResponseOfAStore_onlyTheBytesPass(int status) throws Exception {
        HttpServer store =
                closing(status, "theirs", List.of("X-Accel-Redirect", "/s/other", "Location", "http://store/"));
        HttpServer application = closing(
                200,
                "ours",
                List.of("X-Accel-Redirect", "/stored/objects/bucket/data/x?signature=s", "Cache-Control", "public"));
        nginx = Nginx.withLocations(
                directory.resolve("nginx"),
                application.getAddress().getPort(),
                locations(URI.create("http://127.0.0.1:" + store.getAddress().getPort())));
        opened.add(() -> nginx.close());

        HttpResponse<byte[]> response = send("GET", uri("/s/x"));
        String said = response.headers().map() + new String(response.body(), StandardCharsets.UTF_8);
        boolean success = status < 300;
        assertThat(response.statusCode()).isEqualTo(success ? status : 502);
        assertThat(said.contains("bytes of the store")).isEqualTo(success);
        assertThat(said).doesNotContain("theirs").doesNotContain("http://store/");
        assertThat(response.headers().allValues("Cache-Control")).contains(success ? "public" : "no-store");
        if (success) {
            assertThat(HIDDEN.stream().filter(name -> field(response, name).equals("ours")))
                    .contains("ETag", "Content-Security-Policy", "X-Content-Type-Options", "Repr-Digest");
        }
    }

    private HttpServer closing(int status, String value, List<String> more) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = "bytes of the store".getBytes(StandardCharsets.UTF_8);
            HIDDEN.forEach(name -> exchange.getResponseHeaders().set(name, value));
            for (int i = 0; i < more.size(); i += 2) {
                exchange.getResponseHeaders().set(more.get(i), more.get(i + 1));
            }
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        opened.add(() -> server.stop(0));
        return server;
    }

    @ParameterizedTest
    @EnumSource
    void peer_withAStoreOfItsOwn_getsTheObjectsFromNginx(Engine engine) throws Exception {
        start(engine, false);
        assertFetched(List.of(BYTES, bytes(70)));
        assertSentByNginx(2);
    }

    /** They are stored as they are sent to peers. */
    @ParameterizedTest
    @EnumSource
    void sealed_nginxSendsToPeers_andTheHostToClients(Engine engine) throws Exception {
        start(engine, true);
        UploadReceipt receipt = upload(BYTES);
        assertWhole(send("GET", link(receipt)), receipt);
        assertSentByNginx(0);
        assertFetched(List.of(BYTES));
        assertSentByNginx(1);
    }

    private void assertFetched(List<byte[]> files) throws Exception {
        List<UploadReceipt> receipts = new ArrayList<>();
        for (byte[] file : files) {
            receipts.add(upload(file));
        }
        UploadHost other = closing(UploadHost.builder(
                        ring,
                        LocalUploadStore.builder(directory.resolve("other")).open())
                .internalUrl("http://127.0.0.1:" + Ports.free())
                .developmentMode()
                .build());
        PeerFetcher fetcher = closing(PeerFetcher.builder(other)
                .policy(PeerPolicy.privateNetwork().ports(nginx.port()))
                .workDirectory(Files.createDirectories(directory.resolve("work")))
                .build());
        List<byte[]> fetched = new ArrayList<>();
        try (FetchedUploads uploads = fetcher.fetch(receipts)) {
            for (FetchedUpload upload : uploads) {
                try (InputStream in = upload.open()) {
                    fetched.add(in.readAllBytes());
                }
            }
        }
        assertThat(fetched).containsExactlyElementsOf(files);
    }
}
