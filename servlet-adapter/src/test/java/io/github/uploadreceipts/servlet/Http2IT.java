package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** All filters on one HTTP/2 connection. The connection survives the failure of any of its streams. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class Http2IT {

    private static final int MAX_FILE_SIZE = 1_000_000;
    private static final String REFUSE = "X-Refuse: true";
    private static final String FORM = "Content-Type: multipart/form-data; boundary=x";
    private static final UploadLimits LIMITS =
            UploadLimits.builder().maxFileSize(MAX_FILE_SIZE).build();

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private AdapterFixture fixture;
    private Http2 connection;

    /** Responds with the names of the files, in the client's order. */
    private static final class Application extends HttpServlet {

        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            for (UploadReceipt receipt : ReceiptsFilter.receipts(request)) {
                response.getOutputStream().print(receipt.name() + " ");
            }
        }
    }

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
        UploadPolicy policy = request -> {
            if (request.getHeader("X-Refuse") != null) {
                throw new UploadRefusedException(Problem.of(ProblemType.FORBIDDEN, "Not today."));
            }
            return UploadPermit.anyone(LIMITS);
        };
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put("/uploads/*", UploadFilter.create(fixture.host, policy));
        filters.put("/internal/uploads/*", DeliveryFilter.create(fixture.host));
        filters.put("/orders/*", ReceiptsFilter.create(fixture.host));
        fixture.start(container, async, filters, new Application());
        connection = new Http2(fixture.port());
    }

    @AfterEach
    void stop() throws Exception {
        connection.close();
        fixture.close();
    }

    private UploadReceipt upload(String name, byte[] content) throws Exception {
        Wire.Response response = connection.exchange(
                "POST", "/uploads", content, "Content-Disposition: attachment; filename=\"" + name + "\"");
        assertThat(response.status()).as(response.body()).isEqualTo(201);
        return fixture.receipts(response).get(0);
    }

    private Wire.Response peer(String method, UploadReceipt receipt, String... fields) throws Exception {
        PeerRequest request = new PeerRequest(
                method, receipt.owner(), receipt.size(), receipt.digest(), receipt.type(), Optional.empty());
        List<String> all = new ArrayList<>(List.of(fields));
        all.add("Authorization: Bearer " + new PeerTokens(fixture.keyRing, Clock.systemUTC()).mint(request));
        return connection.exchange(method, receipt.owner().path(), new byte[0], all.toArray(String[]::new));
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private void assertRefused(Http2Stream stream, Wire.Response response) throws Exception {
        if (container.resetsRefusedStreams()) {
            fixture.await("reset", stream::isReset);
            assertOnlyTheStreamEnded(response);
        } else {
            assertSaysNothingOfConnections(response);
            fixture.awaitNothingLeft();
        }
    }

    private static void assertSaysNothingOfConnections(Wire.Response response) {
        assertThat(response.headers().keySet()).doesNotContain("connection", "keep-alive", "transfer-encoding");
    }

    private void assertOnlyTheStreamEnded(Wire.Response response) throws Exception {
        assertSaysNothingOfConnections(response);
        fixture.awaitNothingLeft();
        UploadReceipt next = upload("next", random(100_000));
        assertThat(next.size()).isEqualTo(100_000);
        assertThat(connection.isOpen()).isTrue();
    }

    @Test
    void post_raw_isReceived() throws Exception {
        byte[] content = random(777_777);
        assertThat(fixture.stored(upload("a.bin", content)).getBytes(ISO_8859_1))
                .isEqualTo(content);
    }

    @Test
    void post_multipart_givesReceiptsInPartOrder() throws Exception {
        byte[] body = form("x", filePart("b", "a/b", "second\r\n--y"), filePart("a", "a/b", "x".repeat(200_000)));
        List<UploadReceipt> receipts = fixture.receipts(connection.exchange("POST", "/uploads", body, FORM));
        assertThat(receipts).extracting(UploadReceipt::name).containsExactly("b", "a");
        assertThat(fixture.stored(receipts.get(0))).isEqualTo("second\r\n--y");
        assertThat(fixture.stored(receipts.get(1))).isEqualTo("x".repeat(200_000));
    }

    @Test
    void post_manyAtOnce_areReceivedEach() throws Exception {
        List<Http2Stream> streams = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            streams.add(connection.begin("POST", "/uploads", "Content-Type: a/b"));
        }
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < streams.size(); i++) {
                streams.get(i).send(chunk(i, round).getBytes(UTF_8), round == 2);
            }
        }
        for (int i = 0; i < streams.size(); i++) {
            UploadReceipt receipt = fixture.receipts(streams.get(i).response()).get(0);
            assertThat(fixture.stored(receipt)).isEqualTo(chunk(i, 0) + chunk(i, 1) + chunk(i, 2));
        }
    }

    /** Tomcat ends connections with many small frames, so the chunks are large. */
    private static String chunk(int stream, int round) {
        return (stream + "." + round + " ").repeat(1_000);
    }

    @Test
    void post_refusedByPolicy_endsTheStreamOnly() throws Exception {
        Http2Stream stream = connection.begin("POST", "/uploads", REFUSE, "Content-Length: 10000000000");
        Wire.Response response = stream.response();
        assertProblem(response, 403, "forbidden");
        assertRefused(stream, response);
    }

    @Test
    void post_fileTooLarge_isRefusedMidBodyAndEndsTheStreamOnly() throws Exception {
        Http2Stream stream = connection.begin("POST", "/uploads");
        stream.send(new byte[MAX_FILE_SIZE + 1], false);
        Wire.Response response = stream.response();
        assertProblem(response, 413, "file-too-large");
        assertRefused(stream, response);
    }

    @Test
    void post_missingFinalBoundary_endsTheStreamOnly() throws Exception {
        Wire.Response response =
                connection.exchange("POST", "/uploads", ("--x\r\n" + filePart("f", "a/b", "1")).getBytes(UTF_8), FORM);
        assertProblem(response, 400, "incomplete-body");
        assertOnlyTheStreamEnded(response);
    }

    @Test
    void post_clientResetsTheStream_leavesNothing() throws Exception {
        Http2Stream stream = connection.begin("POST", "/uploads", "Content-Length: 900000");
        stream.send(random(100_000), false);
        fixture.await("file", () -> !fixture.files().isEmpty());
        stream.reset();
        fixture.awaitNothingLeft();
        fixture.awaitEvents("abandoned");
        assertThat(upload("next", new byte[3]).size()).isEqualTo(3);
        assertThat(connection.isOpen()).isTrue();
    }

    @Test
    void get_fileAndRange_areDelivered() throws Exception {
        byte[] content = random(700_000);
        UploadReceipt receipt = upload("a", content);
        String text = new String(content, ISO_8859_1);

        Wire.Response complete = peer("GET", receipt);
        assertThat(complete.status()).isEqualTo(200);
        assertThat(complete.body()).isEqualTo(text);
        assertThat(complete.headers())
                .containsEntry("repr-digest", receipt.digest().toString());
        Wire.Response part = peer("GET", receipt, "Range: bytes=65535-600000");
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.headers()).containsEntry("content-range", "bytes 65535-600000/700000");
        assertThat(part.body()).isEqualTo(text.substring(65_535, 600_001));
        fixture.await("no descriptor", () -> fixture.descriptors().isEmpty());
    }

    @Test
    void delete_discards() throws Exception {
        UploadReceipt receipt = upload("a", new byte[3]);
        assertThat(peer("DELETE", receipt).status()).isEqualTo(204);
        assertProblem(peer("DELETE", receipt), 410, "upload-gone");
        assertOnlyTheStreamEnded(peer("GET", receipt));
    }

    @Test
    void post_finalRequest_isVerifiedInOrder() throws Exception {
        List<String> fields = new ArrayList<>();
        for (String name : List.of("b", "c", "a")) {
            Wire.Response response = connection.exchange(
                    "PUT", "/uploads", new byte[1], "Content-Disposition: attachment; filename=" + name);
            fields.add("receipt=" + AdapterFixture.tokens(response).get(0));
        }
        String type = "Content-Type: application/x-www-form-urlencoded";
        byte[] body = String.join("&", fields).getBytes(UTF_8);
        Wire.Response response = connection.exchange("POST", "/orders", body, type);
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("b c a ");
        assertProblem(
                connection.exchange("POST", "/orders", "receipt=x".getBytes(UTF_8), type), 422, "receipts-refused");
    }
}
