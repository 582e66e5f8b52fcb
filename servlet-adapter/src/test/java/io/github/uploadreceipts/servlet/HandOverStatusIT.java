package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.servlet.testing.EventReader;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import jakarta.servlet.http.HttpServlet;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What a client learns of the hand-over of its upload, in each container. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class HandOverStatusIT {

    private static final String PROCESSING = "{\"status\":\"processing\"}";
    private static final byte[] BYTES = "hello".getBytes(StandardCharsets.US_ASCII);
    private static final String ORIGIN = "https://www.example.org";

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private UploadHost host;
    private Container.Running running;
    private TusClient client;

    @BeforeEach
    void start() throws Exception {
        host = UploadHost.builder(
                        KeyRing.generate("test"),
                        LocalUploadStore.builder(root)
                                .durability(Durability.BUFFERED)
                                .open())
                .internalUrl("http://127.0.0.1:8080")
                .developmentMode()
                .handOver("scanner", receipt -> Verdict.waiting())
                .build();
        UploadFilter filter = UploadFilter.builder(host, UploadPolicy.anyone(UploadLimits.defaults()))
                .allowOrigins(ORIGIN)
                .allowCredentials()
                .build();
        running = container.start(Container.App.of(Map.of("/uploads/*", filter), new HttpServlet() {}, async));
        client = new TusClient(running.port());
    }

    @AfterEach
    void stop() throws Exception {
        running.close();
        host.close();
    }

    private String completed() throws Exception {
        String path = client.created(BYTES.length);
        Wire.Response last = client.patch(path, 0, BYTES);
        assertThat(last.status()).isEqualTo(204);
        assertThat(last.header("Upload-Status")).isEqualTo("processing");
        return path;
    }

    private UploadReceipt receipt(String path) throws Exception {
        return host.receipts().verify(client.head(path).header("Upload-Receipt"));
    }

    /** The scanner may be told a little later than the client. */
    private void finish(UploadReceipt receipt, Verdict verdict) throws Exception {
        HostAccess.handOvers(host).finishNow(receipt.owner(), "scanner", verdict);
    }

    private EventReader events(String path, String... fields) throws Exception {
        return EventReader.open(URI.create("http://127.0.0.1:" + running.port() + path + "/events"), fields);
    }

    @Test
    void events_verdictComesMeanwhile() throws Exception {
        String path = completed();
        UploadReceipt receipt = receipt(path);
        try (EventReader events = events(path)) {
            assertThat(events.status()).isEqualTo(200);
            assertThat(events.header("Content-Type")).startsWith("text/event-stream");
            assertThat(events.header("Cache-Control")).isEqualTo("no-store");
            assertThat(events.header("X-Accel-Buffering")).isEqualTo("no");
            assertThat(events.status("status")).isEqualTo(PROCESSING);
            if (async) {
                finish(receipt, Verdict.done("{\"pages\":3}"));
                assertThat(events.status("status")).isEqualTo("{\"status\":\"done\",\"data\":{\"pages\":3}}");
            }
            assertThat(events.next()).isEqualTo("END");
        }
        assertThat(client.head(path).header("Upload-Status")).isEqualTo(async ? "done" : "processing");
    }

    /** Comments keep the connection open past the time-outs of containers, which are 30 s. */
    @Test
    void events_nothingHappensFor45Seconds() throws Exception {
        String path = completed();
        UploadReceipt receipt = receipt(path);
        try (EventReader events = events(path)) {
            assertThat(events.status("status")).isEqualTo(PROCESSING);
            for (int i = 0; async && i < 3; i++) {
                assertThat(events.next()).isEqualTo(":");
            }
            finish(receipt, Verdict.done());
            assertThat(events.status("status")).isEqualTo(async ? "{\"status\":\"done\"}" : "END");
        }
    }

    @Test
    void events_verdictIsThere() throws Exception {
        String path = completed();
        finish(receipt(path), Verdict.refused("Enthält einen Virus: ☣"));
        try (EventReader events = events(path)) {
            assertThat(events.status("status"))
                    .isEqualTo("{\"status\":\"refused\",\"message\":\"Enthält einen Virus: ☣\"}");
            assertThat(events.next()).isEqualTo("END");
        }
        Wire.Response status = client.head(path);
        assertThat(status.status()).isEqualTo(200);
        assertThat(status.header("Upload-Status")).isEqualTo("refused");
        assertThat(status.header("Upload-Message")).isEqualTo("Enth%C3%A4lt%20einen%20Virus%3A%20%E2%98%A3");
        assertThat(status.header("Upload-Receipt")).isNotEmpty();
    }

    @Test
    void status_ofLongMessage_fitsThroughFrontServers() throws Exception {
        String path = completed();
        finish(receipt(path), Verdict.refused("ä".repeat(Verdict.MAX_BYTES / 2)));
        Wire.Response status = client.head(path);
        assertThat(status.header("Upload-Message")).startsWith("%C3%A4").endsWith("%C3%A4");
        assertThat(status.headers().toString()).hasSizeBetween(3_300, 4_000);
    }

    @Test
    void events_uploadGoesMeanwhile() throws Exception {
        String path = completed();
        try (EventReader events = events(path)) {
            assertThat(events.status("status")).isEqualTo(PROCESSING);
            assertThat(client.delete(path).status()).isEqualTo(204);
            assertThat(events.next()).isEqualTo("END");
        }
        assertProblem(get(path + "/events", ""), 410, "upload-gone");
    }

    @Test
    void events_refused() throws Exception {
        String incomplete = client.created(BYTES.length);
        assertProblem(get(incomplete + "/events", ""), 409, "not-finished");
        assertThat(client.patch(incomplete, 0, BYTES).status()).isEqualTo(204); // nothing was stopped
        assertProblem(get("/uploads/AQ" + "x".repeat(60) + "/events", ""), 404, "not-found");
        Wire.Response posted = Wire.exchange(running.port(), head("POST", incomplete + "/events"), new byte[0]);
        assertProblem(posted, 405, "method-not-allowed");
        assertThat(posted.header("Allow")).isEqualTo("GET, OPTIONS");
    }

    private Wire.Response get(String path, String fields) throws Exception {
        return Wire.exchange(running.port(), head("GET", path) + fields, new byte[0]);
    }

    @Test
    void events_ofAnotherOrigin() throws Exception {
        String path = completed();
        finish(receipt(path), Verdict.done());
        try (EventReader events = events(path, "Origin", ORIGIN)) {
            assertThat(events.header("Access-Control-Allow-Origin")).isEqualTo(ORIGIN);
            assertThat(events.header("Access-Control-Allow-Credentials")).isEqualTo("true");
            assertThat(events.header("Access-Control-Expose-Headers")).contains("Upload-Message", "Upload-Status");
            assertThat(events.status("status")).isEqualTo("{\"status\":\"done\"}");
        }
    }

    @Test
    void receipts_ofAForm_haveAStatus() throws Exception {
        Wire.Response response =
                Wire.exchange(running.port(), formHead(), form("x", filePart("a.txt", "text/plain", "hello")));
        assertThat(response.status()).isEqualTo(201);
        assertThat(response.body()).endsWith("\"size\":5,\"status\":\"processing\"}]}");
    }

    @Test
    void ietf_wholeUploadAndStatus() throws Exception {
        Wire.Response whole = Wire.exchange(
                running.port(),
                head("POST", "/uploads") + "Upload-Complete: ?1\r\nContent-Type: text/plain\r\n",
                BYTES);
        assertThat(whole.status()).isEqualTo(201);
        assertThat(whole.body()).endsWith("\"size\":5,\"status\":\"processing\"}]}");
        Wire.Response status = Wire.exchange(running.port(), head("HEAD", completed()), new byte[0]);
        assertThat(status.status()).isEqualTo(204);
        assertThat(status.header("Upload-Status")).isEqualTo("processing");
    }
}
