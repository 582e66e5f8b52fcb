package io.github.uploadreceipts.fetch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.ShareFilter;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.share.ShareLink;
import io.github.uploadreceipts.share.ShareLinks;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.testing.Ports;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Downloads by a share link from a host that does not keep the upload. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
final class ShareFleetIT {

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final int SIZE = 200_000;

    /** More than what all buffers on the way hold. */
    private static final int LARGE = 24 << 20;

    private static final int THREADS = 12;

    /** More than the asked host has threads, and fewer than the owner has: there a thread waits for each download. */
    private static final int MANY = 3 * THREADS;

    @Parameter(0)
    private Container container;

    @Parameter(1)
    private boolean async;

    @TempDir
    private Path directory;

    private final KeyRing ring = KeyRing.generate("photos");
    private final List<Closeable> opened = new ArrayList<>();
    private int ownerPort;
    private int port;
    private UploadHost owner;
    private Closeable ownerServer;
    private long descriptors;
    private volatile boolean breaking;

    private void start(boolean sealed) throws Exception {
        descriptors = Descriptors.count(directory);
        ownerPort = Ports.free();
        port = Ports.free();
        owner = host("owner", ownerPort, sealed);
        startOwner();
        UploadHost host = host("other", port, sealed);
        opened.add(PeerFetcher.builder(host)
                .policy(PeerPolicy.privateNetwork().ports(ownerPort, port))
                .connectTimeout(Duration.ofSeconds(2))
                .workDirectory(Files.createDirectories(directory.resolve("work")))
                .build());
        ShareFilter links = ShareFilter.create(host);
        opened.add(container.startAlone(Container.App.of(Map.of("/s/*", links), new HttpServlet() {}, async)
                .threads(THREADS)
                .port(port)));
    }

    private void startOwner() throws IOException {
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put(
                "/internal/*",
                (request, response, chain) ->
                        chain.doFilter(request, breaking ? new BreakingResponse(response) : response));
        filters.put(PeerServer.PEERS, DeliveryFilter.create(owner));
        ownerServer = PeerServer.start(Container.JETTY_EE10, ownerPort, filters, new HttpServlet() {}, status -> {});
    }

    /** A response that fails in its midst. */
    private static final class BreakingResponse extends HttpServletResponseWrapper {

        BreakingResponse(ServletResponse response) {
            super((HttpServletResponse) response);
        }

        @Override
        public ServletOutputStream getOutputStream() throws IOException {
            ServletOutputStream out = super.getOutputStream();
            return new ServletOutputStream() {
                private int written;

                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int from, int length) throws IOException {
                    written += length;
                    if (written > LARGE / 2) {
                        throw new IOException("injected");
                    }
                    out.write(bytes, from, length);
                }

                @Override
                public boolean isReady() {
                    return out.isReady();
                }

                @Override
                public void setWriteListener(WriteListener listener) {
                    out.setWriteListener(listener);
                }
            };
        }
    }

    private UploadHost host(String name, int at, boolean sealed) throws IOException {
        LocalUploadStore.Builder store =
                LocalUploadStore.builder(directory.resolve(name)).durability(Durability.BUFFERED);
        UploadHost host = UploadHost.builder(ring, (sealed ? store.sealed() : store).open())
                .internalUrl("http://127.0.0.1:" + at)
                .encryptReceipts(sealed)
                .developmentMode()
                .build();
        opened.add(host);
        return host;
    }

    @BeforeEach
    void begin() {
        opened.clear();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
        ownerServer.close();
        Descriptors.assertBackTo(descriptors, directory);
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(3).nextBytes(bytes);
        return bytes;
    }

    private UploadReceipt store(byte[] content) throws Exception {
        try (var incoming = HostAccess.engine(owner)
                .receive(Admission.of(UploadPermit.anyone(UploadLimits.defaults())), 0, "ä.bin", "application/pdf")) {
            incoming.write(ByteBuffer.wrap(content));
            incoming.force();
            return incoming.publish().receipt();
        }
    }

    private String path(UploadReceipt receipt) throws IOException {
        return ShareLinks.of(owner, "/s/").url(ShareLink.of(receipt).build());
    }

    private HttpResponse<byte[]> send(String method, String path, String... fields) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(40))
                .method(method, BodyPublishers.noBody());
        if (fields.length > 0) {
            request.headers(fields);
        }
        return HTTP.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static String field(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private Socket connect(String path) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(16 * 1024);
        socket.setSoTimeout(40_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").getBytes(ISO_8859_1));
        return socket;
    }

    /** Returns the body of a response, as far as it came before the connection ended or all was there. */
    private static byte[] rest(Socket socket, int size) throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            head.write(in.read());
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[64 * 1024];
        try {
            while (body.size() < size) {
                int read = in.read(buffer);
                if (read < 0) {
                    break;
                }
                body.write(buffer, 0, read);
            }
        } catch (java.net.SocketException e) {
            // the connection was reset
        }
        return body.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void get_wholeHeadAndNotModified(boolean sealed) throws Exception {
        start(sealed);
        byte[] content = bytes(SIZE);
        UploadReceipt receipt = store(content);
        HttpResponse<byte[]> whole = send("GET", path(receipt));
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo(content);
        assertThat(field(whole, "ETag")).isEqualTo(receipt.digest().entityTag());
        assertThat(field(whole, "Content-Type")).isEqualTo("application/pdf");
        assertThat(field(whole, "Content-Disposition")).startsWith("attachment; filename=\"_.bin\"");
        assertThat(field(whole, "Content-Security-Policy")).isEqualTo("sandbox; default-src 'none'");
        HttpResponse<byte[]> head = send("HEAD", path(receipt));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(field(head, "Content-Length")).isEqualTo("" + SIZE);
        assertThat(send("GET", path(receipt), "If-None-Match", receipt.digest().entityTag())
                        .statusCode())
                .isEqualTo(304);
        assertThat(send("GET", path(store(new byte[0]))).body()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "false, 0, 0",
        "false, 65536, 131071",
        "true, 0, 0",
        "true, 65535, 65536",
        "true, 65536, 131071",
        "true, 131070, 131072",
        "true, 196608, 199999"
    })
    void get_range(boolean sealed, int from, int to) throws Exception {
        start(sealed);
        byte[] content = bytes(SIZE);
        HttpResponse<byte[]> part = send("GET", path(store(content)), "Range", "bytes=" + from + "-" + to);
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(content, from, to + 1));
        assertThat(field(part, "Content-Range")).isEqualTo("bytes " + from + "-" + to + "/" + SIZE);
    }

    @Test
    void get_firstLocationSilent_asksTheNext() throws Exception {
        start(true);
        byte[] content = bytes(SIZE);
        UploadReceipt stored = store(content);
        int dead = Ports.free();
        Location elsewhere = new Location(
                URI.create("http://127.0.0.1:" + dead), stored.owner().hour(), stored.id());
        UploadReceipt receipt = new UploadReceipt(
                stored.id(),
                stored.name(),
                stored.type(),
                stored.size(),
                stored.digest(),
                List.of(elsewhere, stored.owner()),
                Optional.empty(),
                stored.issuedAt(),
                stored.expiresAt(),
                Optional.empty(),
                Optional.empty(),
                stored.contentKey());
        assertThat(send("GET", path(receipt)).body()).isEqualTo(content);
    }

    @Test
    void get_goneOrOwnerDown() throws Exception {
        start(false);
        UploadReceipt receipt = store(bytes(10));
        HostAccess.engine(owner).discard(receipt.owner());
        for (String method : List.of("GET", "HEAD")) {
            HttpResponse<byte[]> gone = send(method, path(receipt));
            assertThat(gone.statusCode()).isEqualTo(410);
            assertThat(field(gone, "ETag")).isEmpty();
        }
        UploadReceipt other = store(bytes(10));
        ownerServer.close();
        HttpResponse<byte[]> away = send("GET", path(other));
        assertThat(away.statusCode()).isEqualTo(503);
        assertThat(field(away, "Retry-After")).isNotEmpty();
        assertThat(field(away, "Content-Disposition")).isEmpty();
        HttpResponse<byte[]> page = send("GET", path(other) + "?download", "Accept", "text/html");
        assertThat(page.statusCode()).isEqualTo(503);
        assertThat(new String(page.body(), ISO_8859_1)).contains("Try again");
    }

    /** They read nothing for longer than a fast client needs for all, but not for too long. */
    @ParameterizedTest
    @CsvSource({"false", "true"})
    void manySlowClients_getEverything(boolean sealed) throws Exception {
        start(sealed);
        byte[] content = bytes(LARGE / 4);
        String path = path(store(content));
        List<Socket> clients = new ArrayList<>();
        for (int i = 0; i < (async ? MANY : 4); i++) {
            clients.add(connect(path));
        }
        Thread.sleep(1_500);
        assertThat(send("GET", path).body()).as("others are served meanwhile").isEqualTo(content);
        ExecutorService readers = Executors.newFixedThreadPool(clients.size());
        List<Future<byte[]>> got = new ArrayList<>();
        for (Socket client : clients) {
            got.add(readers.submit(() -> rest(client, content.length)));
        }
        for (Future<byte[]> bytes : got) {
            assertThat(Arrays.equals(bytes.get(), content)).isTrue();
        }
        readers.shutdown();
        for (Socket client : clients) {
            client.close();
        }
    }

    @Test
    void clientThatLeaves_endsTheDownload() throws Exception {
        start(true);
        String path = path(store(bytes(LARGE)));
        for (int i = 0; i < 10; i++) {
            try (Socket client = connect(path)) {
                assertThat(client.getInputStream().readNBytes(100_000)).hasSize(100_000);
                client.setSoLinger(true, 0);
            }
        }
        assertThat(send("GET", path).body()).hasSize(LARGE);
    }

    /** The client must not wait for bytes that never come. */
    @Test
    void ownerThatBreaksOff_breaksTheConnection() throws Exception {
        start(false);
        String path = path(store(bytes(LARGE)));
        breaking = true;
        try (Socket client = connect(path)) {
            long start = System.nanoTime();
            assertThat(rest(client, LARGE)).hasSizeLessThan(LARGE);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(25));
        }
    }
}
