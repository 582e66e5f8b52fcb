package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.handover.TestMessages;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.UploadId;
import jakarta.servlet.http.HttpServlet;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that finish hand-overs, and those that do not. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class FinishIT {

    private static final URI RECEIVER = URI.create("https://shop.example/stored");
    private static final String FINISHED = "{\"type\":\"upload.finished\"}";
    private static final String ORIGIN = "https://www.example.org";

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private AdapterFixture fixture;
    private UploadReceipt receipt;
    private String path;

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
        UploadPolicy policy = UploadPolicy.anyone(UploadLimits.defaults());
        fixture.start(
                container,
                async,
                Map.of(
                        "/api/files/*",
                        UploadFilter.builder(fixture.host, policy)
                                .allowOrigins(ORIGIN)
                                .build()),
                new HttpServlet() {});
        receipt = fixture.store("a.txt", "hello").receipt();
        path = TestMessages.finishUrl(fixture.host, receipt, RECEIVER).getPath();
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private Map<String, String> signed(String body) {
        return TestMessages.sign(fixture.keyRing, RECEIVER, receipt.id(), Instant.now(), body);
    }

    private Wire.Response post(String at, Map<String, String> fields, String body) throws Exception {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder(head("POST", at));
        fields.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        head.append("Content-Type: application/json\r\nOrigin: " + ORIGIN + "\r\n");
        return Wire.exchange(fixture.port(), head.toString(), bytes);
    }

    private void assertRefused(Wire.Response response, ProblemType type) throws Exception {
        assertProblem(response, type.status(), type.uri().replaceAll(".*#", ""));
        assertThat(response.header("Access-Control-Allow-Origin")).isEmpty();
        assertThat(fixture.files()).as("nothing but the upload is stored").hasSize(1);
    }

    @Test
    void finishUrl_isBelowTheFilter() {
        assertThat(TestMessages.finishUrl(fixture.host, receipt, RECEIVER).toString())
                .startsWith("http://127.0.0.1:8080/api/files/finish/A");
    }

    @Test
    void finish_notSigned() throws Exception {
        assertRefused(post(path, Map.of(), FINISHED), ProblemType.SIGNATURE_INVALID);
    }

    @Test
    void finish_byAStranger() throws Exception {
        Map<String, String> strange =
                TestMessages.sign(KeyRing.generate("test"), RECEIVER, receipt.id(), Instant.now(), FINISHED);
        assertRefused(post(path, strange, FINISHED), ProblemType.SIGNATURE_INVALID);
        Map<String, String> other = TestMessages.sign(
                fixture.keyRing, URI.create("https://shop.example/"), receipt.id(), Instant.now(), FINISHED);
        assertRefused(post(path, other, FINISHED), ProblemType.SIGNATURE_INVALID);
    }

    @Test
    void finish_replayed_withAnotherBodyOrLaterOrForAnotherUpload() throws Exception {
        assertRefused(post(path, signed(FINISHED), FINISHED + " "), ProblemType.SIGNATURE_INVALID);
        for (int seconds : new int[] {-310, 310}) {
            Map<String, String> old = TestMessages.sign(
                    fixture.keyRing, RECEIVER, receipt.id(), Instant.now().plusSeconds(seconds), FINISHED);
            assertRefused(post(path, old, FINISHED), ProblemType.SIGNATURE_INVALID);
        }
        Map<String, String> other =
                TestMessages.sign(fixture.keyRing, RECEIVER, UploadId.random(), Instant.now(), FINISHED);
        assertRefused(post(path, other, FINISHED), ProblemType.SIGNATURE_INVALID);
    }

    /** A cut token is no name for a file that is uploaded. */
    @Test
    void finish_tokenIsChanged_notFound() throws Exception {
        assertRefused(post(path + "A", signed(FINISHED), FINISHED), ProblemType.NOT_FOUND);
        assertRefused(post(path.substring(0, path.length() - 9), Map.of(), FINISHED), ProblemType.NOT_FOUND);
        assertRefused(post("/api/files/finish/A", signed(FINISHED), FINISHED), ProblemType.NOT_FOUND);
    }

    /** Or strangers would hold the few threads that wait for slow bodies. */
    @Test
    void finish_tokenIsChanged_bodyIsNotAwaited() throws Exception {
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", path + "A") + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
            assertRefused(wire.response(), ProblemType.NOT_FOUND);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{}",
                "{\"type\":\"upload.stored\"}",
                "{\"type\":\"upload.finished\",\"type\":\"upload.refused\"}",
                "{\"type\":\"upload.refused\",\"data\":{\"message\":1}}"
            })
    void finish_bodyIsNotUnderstood(String body) throws Exception {
        assertRefused(post(path, signed(body), body), ProblemType.MALFORMED_REQUEST);
    }

    @Test
    void finish_dataAreTooLong() throws Exception {
        String body = "{\"type\":\"upload.finished\",\"data\":\"" + "x".repeat(1023) + "\"}";
        Wire.Response response = post(path, signed(body), body);
        assertRefused(response, ProblemType.MALFORMED_REQUEST);
        assertThat(response.body()).contains("1025 bytes");
    }

    @Test
    void finish_bodyIsTooLong() throws Exception {
        String body = "{\"type\":\"upload.finished\",\"x\":\"" + "x".repeat(16 << 10) + "\"}";
        assertRefused(post(path, signed(body), body), ProblemType.REQUEST_TOO_LARGE);
        assertRefused(
                Wire.exchangeChunked(fixture.port(), head("POST", path), body.getBytes(StandardCharsets.UTF_8)),
                ProblemType.REQUEST_TOO_LARGE);
    }

    /** The paths of uploads are the application's, and a file may be sent to any of them. */
    @Test
    void upload_toAPathThatOnlyLooksLikeIt_isReceived() throws Exception {
        assertThat(post("/api/files/finish/a.json", Map.of(), FINISHED).status())
                .isEqualTo(201);
        assertThat(post("/api/files/finish", Map.of(), FINISHED).status()).isEqualTo(201);
    }
}
