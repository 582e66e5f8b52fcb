package io.github.uploadreceipts.fetch.internal.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.uploadreceipts.fetch.ProxyProperties;
import io.github.uploadreceipts.fetch.internal.connect.ConnectionPool;
import io.github.uploadreceipts.internal.handover.WebhookUrls;
import io.github.uploadreceipts.internal.handover.Webhooks;
import io.github.uploadreceipts.internal.handover.Webhooks.Response;
import io.github.uploadreceipts.testing.Ports;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Webhooks to receivers that do what receivers should not do. */
class WebhookClientTest {

    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final String BODY = "{\"type\":\"upload.stored\",\"name\":\"Käse\"}";

    @TempDir
    Path directory;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Closeable> open = new ArrayList<>();

    /** What a receiver does with a connection, once it has read a request. */
    private interface Script {
        void respond(OutputStream out, Socket socket) throws Exception;
    }

    /** A receiver on a raw socket. It reads one request of each connection after the other. */
    private final class Receiver implements Closeable {

        private final ServerSocket server;
        private final Script script;
        private final List<String> requests = new CopyOnWriteArrayList<>();

        Receiver(ServerSocket server, Script script) {
            this.server = server;
            this.script = script;
            open.add(this);
            threads.execute(this::accept);
        }

        private void accept() {
            try {
                while (true) {
                    Socket socket = server.accept();
                    open.add(socket);
                    threads.execute(() -> serve(socket));
                }
            } catch (IOException e) {
                // closed
            }
        }

        private void serve(Socket socket) {
            try (socket) {
                while (true) {
                    requests.add(request(socket.getInputStream()));
                    script.respond(socket.getOutputStream(), socket);
                    socket.getOutputStream().flush();
                }
            } catch (Exception e) {
                // the client has left
            }
        }

        private static String request(InputStream in) throws IOException {
            StringBuilder text = new StringBuilder();
            while (text.indexOf("\r\n\r\n") < 0) {
                int read = in.read();
                if (read < 0) {
                    throw new IOException("no more requests");
                }
                text.append((char) read);
            }
            int length =
                    Integer.parseInt(text.toString().replaceAll("(?is).*\\r\\ncontent-length: (\\d+)\\r\\n.*", "$1"));
            return text + new String(in.readNBytes(length), StandardCharsets.UTF_8);
        }

        URI url(String scheme, String name) {
            return URI.create(scheme + "://" + name + ":" + server.getLocalPort() + "/hook?a=b");
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    private Receiver receiver(Script script) throws IOException {
        return new Receiver(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), script);
    }

    private Receiver responding(String response) throws IOException {
        return receiver(
                (out, socket) -> out.write(response.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8)));
    }

    private WebhookClient client(URI url, Duration deadline) {
        return client(url, deadline, SystemDefaultDnsResolver.INSTANCE, true);
    }

    private WebhookClient client(URI url, Duration deadline, DnsResolver names, boolean development) {
        WebhookClient client = new WebhookClient(
                new WebhookClient.Parts(
                        WebhookUrls.of(url.getScheme() + "://" + url.getRawAuthority() + "/"),
                        names,
                        "app1.lan",
                        development,
                        ConnectionPool.defaultTls(),
                        timer,
                        threads),
                deadline);
        open.add(client);
        return client;
    }

    private static CompletableFuture<Response> post(Webhooks client, URI url) {
        return client.post(url, Map.of("webhook-id", "msg_1", "content-type", "application/json"), BODY);
    }

    private Response get(URI url) {
        return post(client(url, Duration.ofSeconds(15)), url)
                .orTimeout(120, TimeUnit.SECONDS)
                .join();
    }

    private static String failure(CompletableFuture<Response> future) {
        Throwable failure =
                catchThrowable(() -> future.orTimeout(120, TimeUnit.SECONDS).join());
        assertThat(failure).isInstanceOf(CompletionException.class);
        assertThat(failure.getCause()).isInstanceOf(IOException.class);
        return String.valueOf(failure.getCause().getMessage());
    }

    private String failure(URI url) {
        return failure(post(client(url, SHORT), url));
    }

    @AfterEach
    void close() throws Exception {
        for (Closeable resource : open) {
            resource.close();
        }
        timer.shutdownNow();
        threads.shutdownNow();
        assertThat(threads.awaitTermination(120, TimeUnit.SECONDS))
                .as("no thread is left")
                .isTrue();
    }

    @Test
    void post_sendsTheBytesThatAreSigned() throws Exception {
        Receiver receiver = responding("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 2\n\n{}");
        URI url = receiver.url("http", "127.0.0.1");
        assertThat(get(url).body()).isEqualTo("{}");
        assertThat(receiver.requests)
                .singleElement()
                .asString()
                .startsWith("POST /hook?a=b HTTP/1.1\r\n")
                .endsWith("\r\n\r\n" + BODY)
                .containsIgnoringCase("\r\nHost: " + url.getRawAuthority() + "\r\n")
                .containsIgnoringCase("\r\nwebhook-id: msg_1\r\n")
                .containsIgnoringCase("\r\nContent-Type: application/json\r\n")
                .containsIgnoringCase("\r\nAccept-Encoding: identity\r\n")
                .doesNotContainIgnoringCase("cookie");
    }

    @Test
    void post_again_sendsNoCookie() throws Exception {
        Receiver receiver = responding("HTTP/1.1 200 OK\nSet-Cookie: a=b\nContent-Length: 0\n\n");
        URI url = receiver.url("http", "127.0.0.1");
        WebhookClient client = client(url, SHORT);
        post(client, url).join();
        post(client, url).join();
        assertThat(receiver.requests)
                .hasSize(2)
                .allSatisfy(request -> assertThat(request).doesNotContainIgnoringCase("cookie"));
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void post_redirected_isNotFollowed(int status) throws Exception {
        Receiver elsewhere = responding("HTTP/1.1 200 OK\nContent-Length: 0\n\n");
        Receiver receiver = responding("HTTP/1.1 " + status + " Moved\nLocation: " + elsewhere.url("http", "127.0.0.1")
                + "\nContent-Length: 0\n\n");
        assertThat(get(receiver.url("http", "127.0.0.1")).status()).isEqualTo(status);
        assertThat(elsewhere.requests).isEmpty();
    }

    @Test
    void post_fieldsOfTheResponse_byLowerCaseNames() throws Exception {
        Receiver receiver = responding("HTTP/1.1 429 Slow Down\nRETRY-After: 7\nContent-Length: 0\n\n");
        assertThat(get(receiver.url("http", "127.0.0.1")).fields()).containsEntry("retry-after", "7");
    }

    @Test
    void post_offTheList_isNotSent() throws Exception {
        Receiver receiver = responding("HTTP/1.1 200 OK\nContent-Length: 0\n\n");
        URI url = receiver.url("http", "127.0.0.1");
        WebhookClient client = client(URI.create("https://shop.example/"), SHORT);
        assertThat(client.isAllowed(url)).isFalse();
        assertThat(failure(post(client, url))).contains("hand-over-urls");
        assertThat(receiver.requests).isEmpty();
    }

    /** Each byte comes before any time-out of a read. */
    @Test
    void post_trickledHead_endsInTime() throws Exception {
        Receiver receiver = receiver((out, socket) -> trickle(out, "HTTP/1.1 200 OK\r\nX: "));
        assertTakesNoLongerThanTheDeadline(receiver);
    }

    @Test
    void post_trickledBody_endsInTime() throws Exception {
        Receiver receiver = receiver((out, socket) -> trickle(out, "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"));
        assertTakesNoLongerThanTheDeadline(receiver);
    }

    private static void trickle(OutputStream out, String beginning) throws Exception {
        out.write(beginning.getBytes(StandardCharsets.UTF_8));
        while (true) {
            out.write('x');
            out.flush();
            Thread.sleep(50);
        }
    }

    @Test
    void post_silence_endsInTime() throws Exception {
        assertTakesNoLongerThanTheDeadline(receiver((out, socket) -> Thread.sleep(60_000)));
    }

    private void assertTakesNoLongerThanTheDeadline(Receiver receiver) {
        long start = System.nanoTime();
        assertThat(failure(receiver.url("http", "127.0.0.1"))).isEqualTo("the receiver did not respond within 1 s");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(SHORT, SHORT.multipliedBy(30));
    }

    /** The thread waits until the name service responds. The hand-over does not. */
    @Test
    void post_nameServiceHangs_endsInTime() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        DnsResolver hanging = new SystemDefaultDnsResolver() {
            @Override
            public InetAddress[] resolve(String name) throws UnknownHostException {
                try {
                    released.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                throw new UnknownHostException(name);
            }
        };
        URI url = URI.create("http://shop.example/");
        assertThat(failure(post(client(url, SHORT, hanging, false), url)))
                .isEqualTo("the receiver did not respond within 1 s");
        released.countDown();
    }

    @Test
    void post_endlessBody_isCutOff() throws Exception {
        byte[] piece = new byte[8192];
        long[] sent = new long[1];
        Receiver receiver = receiver((out, socket) -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 12800; i++) {
                out.write(piece);
                sent[0] += piece.length;
            }
        });
        URI url = receiver.url("http", "127.0.0.1");
        assertThat(failure(post(client(url, Duration.ofSeconds(15)), url)))
                .isEqualTo("the receiver's response has more than 65536 bytes");
        assertThat(sent[0]).isLessThan(20 << 20);
    }

    @Test
    void post_64KiB_areRead() throws Exception {
        String body = "x".repeat(64 << 10);
        Receiver receiver = responding("HTTP/1.1 200 OK\nContent-Length: 65536\n\n" + body);
        assertThat(get(receiver.url("http", "127.0.0.1")).body()).isEqualTo(body);
    }

    /** A refusal that we cannot read must not look like a response without words, which means consent. */
    @Test
    void post_encodedResponse_failed() throws Exception {
        Receiver receiver = responding("HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 2\n\n\u001f\u0008");
        assertThat(failure(receiver.url("http", "127.0.0.1"))).contains("encoded");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense\n\n",
                "HTTP/1.1 200 OK\nContent-Length: 10\n\nhalf",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nzz\n",
                ""
            })
    void post_brokenResponse_failed(String response) throws Exception {
        Receiver receiver = receiver((out, socket) -> {
            out.write(response.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
            socket.close();
        });
        assertThat(failure(receiver.url("http", "127.0.0.1"))).startsWith("the receiver cannot be reached: ");
    }

    @Test
    void post_nobodyListens_failed() throws Exception {
        assertThat(failure(URI.create("http://127.0.0.1:" + Ports.free() + "/")))
                .startsWith("the receiver cannot be reached: ");
    }

    @Test
    void post_certificateThatNobodyTrusts_failed() throws Exception {
        Path file = directory.resolve("receiver.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "test-only",
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, "test-only".toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, "test-only".toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        Receiver receiver = new Receiver(
                tls.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress()),
                (out, socket) ->
                        out.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
        URI url = receiver.url("https", "localhost");
        assertThat(failure(post(client(url, Duration.ofSeconds(10)), url)))
                .startsWith("there is no secure connection to the receiver: ");
        assertThat(receiver.requests).isEmpty();
    }

    @Test
    void post_proxyIsConfigured_goesToTheReceiver() throws Exception {
        Receiver receiver = responding("HTTP/1.1 204 No Content\n\n");
        Receiver proxy = responding("HTTP/1.1 502 Proxy\nContent-Length: 0\n\n");
        ProxyProperties.during(
                proxy.server.getLocalPort(),
                () -> assertThat(get(receiver.url("http", "127.0.0.1")).status())
                        .isEqualTo(204));
        assertThat(proxy.requests).isEmpty();
    }

    private static DnsResolver leading(List<String> addresses) {
        List<String> left = new CopyOnWriteArrayList<>(addresses);
        return new SystemDefaultDnsResolver() {
            @Override
            public InetAddress[] resolve(String name) throws UnknownHostException {
                String address = left.size() > 1 ? left.remove(0) : left.get(0);
                return new InetAddress[] {InetAddress.getByName(address)};
            }
        };
    }

    /** Whoever controls the name cannot turn to another address what was checked for this one. */
    @Test
    void post_nameLeadsElsewhereLater_isCheckedForEachConnection() throws Exception {
        Receiver receiver = responding("HTTP/1.1 200 OK\nConnection: close\nContent-Length: 0\n\n");
        URI url = receiver.url("http", "shop.example");
        WebhookClient client = client(url, SHORT, leading(List.of("127.0.0.1", "169.254.169.254")), true);
        assertThat(post(client, url).join().status()).isEqualTo(200);
        assertThat(failure(post(client, url)))
                .isEqualTo("the receiver cannot be found: the receiver's name leads to 169.254.169.254, to which no"
                        + " webhook is sent");
        assertThat(receiver.requests).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.8.8.8",
                "::1",
                "0.0.0.0",
                "::",
                "169.254.169.254",
                "fe80::1",
                "fd00:ec2::254",
                "100.100.100.200",
                "224.0.0.1",
                "255.255.255.255",
                "ff02::1",
                "::ffff:169.254.169.254",
                "::ffff:127.0.0.1",
                "64:ff9b::a9fe:a9fe",
                "64:ff9b::7f00:1",
                "64:ff9b:1::a9fe:a9fe",
                "64:ff9b::6464:64c8",
                "64:ff9b::a83f:8110",
                "2002:a83f:8110::1",
                "64:ff9b::1",
                "0.1.2.3",
                "168.63.129.16",
                "192.0.0.192",
                "fd20:ce::254",
                "fd00:c1::a9fe:a9fe",
                "2002:a9fe:a9fe::1",
                "2002:7f00:1::1",
                "::7f00:1"
            })
    void resolve_whereNoReceiverIs_refused(String address) {
        ReceiverResolver resolver = new ReceiverResolver(leading(List.of(address)), "app1.lan", false);
        assertThat(catchThrowable(() -> resolver.resolve("shop.example")))
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("to which no webhook is sent");
    }

    /** The operator has listed the receiver, which may be in the LAN or outside. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.7",
                "192.168.1.2",
                "fd00::7",
                "203.0.113.7",
                "2001:db8::7",
                "64:ff9b::cb00:7107",
                "2002:cb00:7107::1",
                "fd20:ce::7"
            })
    void resolve_whereReceiversAre(String address) throws Exception {
        ReceiverResolver resolver = new ReceiverResolver(leading(List.of(address)), "app1.lan", false);
        assertThat(resolver.resolve("shop.example")).containsExactly(InetAddress.getByName(address));
    }

    @Test
    void resolve_loopback_underItsOwnNamesOnly() throws Exception {
        ReceiverResolver resolver = new ReceiverResolver(leading(List.of("127.0.0.1")), "app1.lan", false);
        String machine = InetAddress.getLocalHost().getHostName();
        for (String name : List.of("localhost", "LOCALHOST", "127.0.0.1", "[::1]", "App1.lan", machine)) {
            assertThat(resolver.resolve(name)).hasSize(1);
        }
        for (String name : List.of("127.0.0.1.example", "app1", "app1.lan.example", machine + ".shop.example")) {
            assertThat(catchThrowable(() -> resolver.resolve(name))).isInstanceOf(UnknownHostException.class);
        }
        assertThat(new ReceiverResolver(leading(List.of("127.0.0.1")), "app1.lan", true).resolve("shop.example"))
                .hasSize(1);
    }

    @Test
    void post_afterClosing_failed() throws Exception {
        Receiver receiver = receiver((out, socket) -> Thread.sleep(60_000));
        URI url = receiver.url("http", "127.0.0.1");
        WebhookClient client = client(url, Duration.ofSeconds(10));
        CompletableFuture<Response> running = post(client, url);
        while (receiver.requests.isEmpty()) {
            Thread.sleep(10);
        }
        timer.shutdownNow();
        client.close();
        assertThat(failure(running)).startsWith("the receiver cannot be reached");
        assertThat(failure(post(client, url))).isEqualTo("the host is stopping");
    }
}
