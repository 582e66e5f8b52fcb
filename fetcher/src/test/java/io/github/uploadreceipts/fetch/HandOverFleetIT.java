package io.github.uploadreceipts.fetch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.servlet.testing.EventReader;
import io.github.uploadreceipts.servlet.testing.Nginx;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.testing.BrowserScript;
import io.github.uploadreceipts.testing.Ports;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients learn of hand-overs from a host that does not keep their uploads. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class HandOverFleetIT {

    private static final String PROCESSING = "{\"status\":\"processing\"}";
    private static final byte[] BYTES = "hello".getBytes(US_ASCII);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final Container KIND = Container.all().findFirst().orElseThrow();

    @TempDir
    static Path directory;

    private final KeyRing ring = KeyRing.generate("photos");
    private final int[] ports = {Ports.free(), Ports.free()};
    private Member owner;
    private Member other;
    private volatile UploadReceipt finishing;

    private final class Member implements Closeable {

        private final UploadHost host;
        private final PeerFetcher fetcher;
        private final Container.Running running;

        Member(int index) throws IOException {
            host = UploadHost.builder(
                            ring,
                            LocalUploadStore.builder(directory.resolve("host" + index))
                                    .durability(Durability.BUFFERED)
                                    .open())
                    .internalUrl("http://127.0.0.1:" + ports[index])
                    .developmentMode()
                    .handOver("scanner", receipt -> Verdict.waiting())
                    .build();
            fetcher = PeerFetcher.builder(host)
                    .policy(PeerPolicy.privateNetwork().ports(ports))
                    .connectTimeout(Duration.ofSeconds(2))
                    .responseTimeout(Duration.ofSeconds(2)) // which does not hold for those that wait for a verdict
                    .workDirectory(Files.createDirectories(directory.resolve("work" + index)))
                    .build();
            running = PeerServer.start(
                    KIND,
                    ports[index],
                    Map.of(
                            PeerServer.UPLOADS,
                            UploadFilter.create(host, UploadPolicy.anyone(UploadLimits.defaults())),
                            PeerServer.PEERS,
                            DeliveryFilter.create(host)),
                    new Application(),
                    status -> {});
        }

        @Override
        public void close() throws IOException {
            running.close();
            fetcher.close();
            host.close();
        }
    }

    /** Shows a page, and finishes what {@link #finishing} says. */
    private final class Application extends HttpServlet {

        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            if (request.getMethod().equals("POST")) {
                other.host.finish(finishing, "scanner", Verdict.done("{\"pages\":3}"));
            }
            response.setContentType("text/html");
            response.getWriter().write("<!doctype html><title>Page</title>");
        }
    }

    @BeforeAll
    void start() throws IOException {
        owner = new Member(0);
        other = new Member(1);
    }

    @AfterAll
    void stop() throws IOException {
        owner.close();
        other.close();
    }

    private HttpResponse<String> send(int port, String method, String path, byte[] body, String... fields)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, BodyPublishers.ofByteArray(body))
                .header("Tus-Resumable", "1.0.0");
        for (int i = 0; i < fields.length; i += 2) {
            request.header(fields[i], fields[i + 1]);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    private String created() throws Exception {
        HttpResponse<String> created =
                send(ports[0], "POST", "/uploads", new byte[0], "Upload-Length", Integer.toString(BYTES.length));
        return URI.create("http://127.0.0.1/uploads")
                .resolve(created.headers().firstValue("Location").orElseThrow())
                .getPath();
    }

    /** Creates an upload on the owner, completes it through the other host, and returns its path. */
    private String completed() throws Exception {
        String path = created();
        HttpResponse<String> last = send(
                ports[1],
                "PATCH",
                path,
                BYTES,
                "Content-Type",
                "application/offset+octet-stream",
                "Upload-Offset",
                "0");
        assertThat(last.statusCode()).isEqualTo(204);
        assertThat(header(last, "Upload-Status")).isEqualTo("processing");
        return path;
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private HttpResponse<String> status(String path) throws Exception {
        return send(ports[1], "HEAD", path, new byte[0]);
    }

    private UploadReceipt receipt(String path) throws Exception {
        return other.host.receipts().verify(header(status(path), "Upload-Receipt"));
    }

    private static EventReader events(int port, String path) throws Exception {
        return EventReader.open(URI.create("http://127.0.0.1:" + port + path + "/events"));
    }

    private void finish(UploadReceipt receipt, Verdict verdict) throws IOException {
        other.host.finish(receipt, "scanner", verdict);
    }

    @Test
    void events_verdictComesMeanwhile() throws Exception {
        String path = completed();
        UploadReceipt receipt = receipt(path);
        try (EventReader events = events(ports[1], path)) {
            assertThat(events.status("status")).isEqualTo(PROCESSING);
            assertThat(events.next()).isEqualTo(":"); // later than the time-out for other requests
            finish(receipt, Verdict.refused("Enthält einen Virus: ☣"));
            assertThat(events.status("status"))
                    .isEqualTo("{\"status\":\"refused\",\"message\":\"Enthält einen Virus: ☣\"}");
            assertThat(events.next()).isEqualTo("END");
        }
        HttpResponse<String> status = status(path);
        assertThat(header(status, "Upload-Status")).isEqualTo("refused");
        assertThat(header(status, "Upload-Message")).isEqualTo("Enth%C3%A4lt%20einen%20Virus%3A%20%E2%98%A3");
    }

    @Test
    void events_refused() throws Exception {
        String path = created();
        try (EventReader incomplete = events(ports[1], path)) {
            assertThat(incomplete.status()).isEqualTo(409);
        }
        assertThat(send(ports[1], "DELETE", path, new byte[0]).statusCode()).isEqualTo(204);
        try (EventReader gone = events(ports[1], path)) {
            assertThat(gone.status()).isEqualTo(410);
        }
    }

    @Test
    void events_ownerIsAway() throws Exception {
        String path = completed();
        UploadReceipt receipt = receipt(path);
        try (EventReader waiting = events(ports[1], path)) {
            assertThat(waiting.status("status")).isEqualTo(PROCESSING);
            owner.close();
            try (EventReader late = events(ports[1], path)) {
                assertThat(late.status()).isEqualTo(200); // EventSource would never ask again after another one
                assertThat(late.next()).isEqualTo(":");
                owner = new Member(0);
                assertThat(late.status("status")).isEqualTo(PROCESSING);
                finish(receipt, Verdict.done());
                assertThat(late.status("status")).isEqualTo("{\"status\":\"done\"}");
                assertThat(waiting.status("status")).isEqualTo("{\"status\":\"done\"}");
                assertThat(waiting.next()).isEqualTo("END");
            }
        }
    }

    /** Its defaults end a response of which nothing has come for 60 s, and keep small pieces until there are more. */
    @Test
    void events_throughNginx() throws Exception {
        String path = completed();
        UploadReceipt receipt = receipt(path);
        try (Nginx nginx = Nginx.start(directory.resolve("nginx"), ports[1]);
                EventReader events = events(nginx.port(), path)) {
            assertThat(events.status("status")).isEqualTo(PROCESSING);
            for (int i = 0; i < 5; i++) {
                assertThat(events.next()).isEqualTo(":");
            }
            long begin = System.nanoTime();
            finish(receipt, Verdict.done());
            assertThat(events.status("status")).isEqualTo("{\"status\":\"done\"}");
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(12));
            assertThat(events.next()).isEqualTo("END");
        }
    }

    @Test
    void events_inChromium() throws Exception {
        BrowserScript browser = BrowserScript.install("events.mjs");
        String open = completed();
        finishing = receipt(open);
        String gone = completed();
        assertThat(send(ports[1], "DELETE", gone, new byte[0]).statusCode()).isEqualTo(204);
        try (Nginx nginx = Nginx.start(directory.resolve("nginx-of-chromium"), ports[1])) {
            assertThat(browser.play("""
                    {"url":"http://127.0.0.1:%d/","open":"%s","gone":"%s","chromium":"%s","profile":"%s"}""".formatted(
                                    nginx.port(), open, gone, BrowserScript.chromium(), directory.resolve("profile"))))
                    .isEqualTo("{\"states\":[{\"status\":\"processing\"},{\"status\":\"done\",\"data\":{\"pages\":3}}],"
                            + "\"closed\":2,\"requests\":2}");
        }
    }
}
