package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.IetfClient.BYTES;
import static io.github.uploadreceipts.servlet.IetfClient.COMPLETE;
import static io.github.uploadreceipts.servlet.IetfClient.ENDPOINT;
import static io.github.uploadreceipts.servlet.IetfClient.OPEN;
import static io.github.uploadreceipts.servlet.TusClient.path;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.permit.FileSize;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Resumable uploads by Resumable Uploads for HTTP, on one host. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class IetfIT {

    private static final byte[] NONE = {};
    private static final int MAX_SIZE = 1 << 20;
    private static final String IANA = "https://iana.org/assignments/http-problem-types#";
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private AdapterFixture fixture;
    private IetfClient client;

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
        UploadLimits limits = UploadLimits.builder().maxFileSize(MAX_SIZE).build();
        fixture.start(
                container,
                async,
                UploadFilter.create(
                        fixture.host,
                        request -> request.getHeader("Upload-Ticket") == null
                                ? UploadPermit.anyone(limits)
                                : UploadPermit.byTicket(limits)));
        client = new IetfClient(fixture.port());
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String digest(String field, String content) {
        var hash = ContentDigest.newHash();
        hash.update(ascii(content));
        return field + ": " + ContentDigest.of(hash) + "\r\n";
    }

    /**
     * Returns the receipt in the response to the last append. That response is the same as the response to an upload in
     * one request.
     */
    private UploadReceipt completed(Wire.Response response, String content) throws Exception {
        assertThat(response.status()).as(response.body()).isEqualTo(201);
        assertThat(response.header("Content-Type")).isEqualTo("application/json");
        assertThat(response.header("Upload-Complete")).isEqualTo("?1");
        UploadReceipt receipt = fixture.receipts(response).get(0);
        assertThat(fixture.stored(receipt)).isEqualTo(content);
        return receipt;
    }

    private static void assertOpen(Wire.Response response, int status, long offset) {
        assertThat(response.status()).as(response.body()).isEqualTo(status);
        assertThat(response.header("Upload-Complete")).isEqualTo("?0");
        assertThat(response.header("Upload-Offset")).isEqualTo(Long.toString(offset));
        assertThat(response.header("Upload-Limit")).matches("max-size=" + MAX_SIZE + ", max-age=[0-9]+");
        assertThat(response.header("Cache-Control")).isEqualTo("no-store");
    }

    private static JsonNode assertProblem(Wire.Response response, int status, String type) throws Exception {
        assertThat(response.status()).as(response.body()).isEqualTo(status);
        assertThat(response.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(response.header("Upload-Complete")).isEqualTo("?0");
        JsonNode problem = JSON.readTree(response.body());
        assertThat(problem.path("type").asText()).endsWith(type);
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        return problem;
    }

    /** An incomplete file must never get a receipt. */
    @Test
    void upload_inParts_receiptInTheLastResponse() throws Exception {
        Wire.Response created = client.create(
                OPEN + "Content-Type: text/plain\r\nContent-Disposition: inline; filename=\"greeting.txt\"\r\n"
                        + "Upload-Length: 11\r\n",
                ascii("hello"));
        assertOpen(created, 201, 5);
        assertThat(created.body()).isEmpty();
        String path = path(created);
        assertThat(path).startsWith("/uploads/");

        assertOpen(client.append(path, 5, ascii(" wor"), OPEN), 204, 9);
        Wire.Response between = client.head(path);
        assertOpen(between, 204, 9);
        assertThat(between.header("Upload-Length")).isEqualTo("11");
        assertThat(client.send("GET", path, "", NONE).header("Upload-Offset")).isEqualTo("9");
        assertThat(fixture.listener.stored()).isEmpty();

        Wire.Response last = client.append(path, 9, ascii("ld"), COMPLETE, "Want-Repr-Digest: sha-256=1\r\n");
        UploadReceipt receipt = completed(last, "hello world");
        assertThat(receipt.name()).isEqualTo("greeting.txt");
        assertThat(receipt.type()).isEqualTo("text/plain");
        assertThat(last.header("Repr-Digest")).isEqualTo(receipt.digest().toString());

        Wire.Response after = client.head(path);
        assertThat(after.header("Upload-Complete")).isEqualTo("?1");
        assertThat(after.header("Upload-Offset")).isEqualTo("11");
        assertThat(after.header("Repr-Digest")).isEqualTo(receipt.digest().toString());
        assertThat(fixture.host.receipts().verify(after.header("Upload-Receipt")))
                .isEqualTo(receipt);
        assertThat(completed(client.append(path, 11, NONE, COMPLETE), "hello world"))
                .isEqualTo(receipt);
        assertProblem(client.append(path, 11, ascii("!"), COMPLETE), 400, IANA + "inconsistent-upload-length");
        fixture.awaitStored("greeting.txt");
    }

    /** All bytes of the declared length have arrived, but the client has not declared that they are complete. */
    @Test
    void completion_onlyWhereItIsDeclared() throws Exception {
        String path = client.created("Upload-Length: 5\r\n");
        assertOpen(client.append(path, 0, ascii("hello"), OPEN), 204, 5);
        assertOpen(client.head(path), 204, 5);

        completed(client.append(path, 5, NONE, COMPLETE), "hello");
        completed(client.append(client.created("Upload-Length: 0\r\n"), 0, NONE, COMPLETE), "");
    }

    @Test
    void length_unknown_takenFromTheLastRequest() throws Exception {
        String path = client.created();
        assertThat(client.head(path).headers()).doesNotContainKey("upload-length");
        client.append(path, 0, ascii("hello"), OPEN);

        completed(client.sendChunked("PATCH", path, IetfClient.patch(5) + COMPLETE, ascii(" world")), "hello world");
        assertThat(client.head(path).header("Upload-Length")).isEqualTo("11");
    }

    /**
     * A client that sends everything in one request, such as URLSession with an upload task that it makes resumable
     * itself.
     */
    @Test
    void creation_withAllContent_isAPlainUpload() throws Exception {
        Wire.Response raw =
                client.create(COMPLETE + "Upload-Length: 5\r\n" + digest("Repr-Digest", "hello"), ascii("hello"));
        completed(raw, "hello");
        completed(client.create(COMPLETE, NONE), "");
        completed(client.sendChunked("PUT", ENDPOINT, COMPLETE + "Upload-Length: 5\r\n", ascii("hello")), "hello");
        Wire.Response multipart = client.create(
                COMPLETE + "Content-Type: multipart/form-data; boundary=x\r\n",
                form("x", filePart("a.txt", "text/plain", "one"), filePart("b.txt", "text/plain", "two")));
        assertThat(multipart.header("Upload-Complete")).isEqualTo("?1");
        assertThat(fixture.receipts(multipart)).extracting(UploadReceipt::name).containsExactly("a.txt", "b.txt");
    }

    @Test
    void creation_thatBringsAll_wrong_refused() throws Exception {
        assertProblem(
                client.create(COMPLETE + "Upload-Length: 6\r\n", ascii("hello")),
                400,
                IANA + "inconsistent-upload-length");
        assertProblem(
                client.sendChunked("POST", ENDPOINT, COMPLETE + "Upload-Length: 4\r\n", ascii("hello")),
                400,
                IANA + "inconsistent-upload-length");
        for (String field : List.of("Content-Digest", "Repr-Digest")) {
            assertProblem(client.create(COMPLETE + digest(field, "HELLO"), ascii("hello")), 400, "#checksum-mismatch");
        }
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(AdapterFixture.head("POST", ENDPOINT) + COMPLETE + "Content-Length: " + (MAX_SIZE + 1)
                    + "\r\n\r\n");
            Wire.Response large = wire.response();
            assertProblem(large, 413, "#file-too-large");
            assertThat(large.header("Upload-Limit")).isEqualTo("max-size=" + MAX_SIZE);
        }
        fixture.awaitNothingLeft();
    }

    @Test
    void creation_ofTooMuch_refused() throws Exception {
        Wire.Response refused = client.create(OPEN + "Upload-Length: " + (MAX_SIZE + 1) + "\r\n", NONE);

        assertProblem(refused, 413, "#file-too-large");
        assertThat(refused.header("Upload-Limit")).isEqualTo("max-size=" + MAX_SIZE);
        assertThat(refused.headers()).doesNotContainKey("location");
    }

    @Test
    void creation_ofAFormInParts_refused() throws Exception {
        assertProblem(
                client.create(OPEN + "Content-Type: multipart/form-data; boundary=x\r\n", ascii("--x\r\n")),
                415,
                "#unsupported-content");
        fixture.awaitNothingLeft();
    }

    @Test
    void append_atAnotherOffset_refusedWithTheRightOne() throws Exception {
        String path = client.created();
        client.append(path, 0, ascii("hello"), OPEN);

        Wire.Response refused = client.append(path, 3, ascii("lo world"), COMPLETE);
        JsonNode problem = assertProblem(refused, 409, IANA + "mismatching-upload-offset");
        assertThat(refused.header("Upload-Offset")).isEqualTo("5");
        assertThat(problem.path("expected-offset").asLong()).isEqualTo(5);
        assertThat(problem.path("provided-offset").asLong()).isEqualTo(3);

        completed(client.append(path, 5, ascii(" world"), COMPLETE), "hello world");
    }

    @Test
    void append_ofAnotherLength_refused() throws Exception {
        String path = client.created("Upload-Length: 5\r\n");
        for (String fields : List.of(OPEN + "Upload-Length: 6\r\n", COMPLETE, COMPLETE + "Upload-Length: 5\r\n")) {
            assertProblem(client.append(path, 0, ascii("hell"), fields), 400, IANA + "inconsistent-upload-length");
        }
        assertProblem(
                client.sendChunked("PATCH", path, IetfClient.patch(0) + COMPLETE, ascii("hell")),
                400,
                IANA + "inconsistent-upload-length");

        assertOpen(client.head(path), 204, 4); // the chunked body was too short only at its end
        completed(client.append(path, 4, ascii("o"), COMPLETE), "hello");
    }

    /** By the draft, an upload with more bytes than its length must not be resumed. */
    @Test
    void append_overTheLength_endsTheUpload() throws Exception {
        for (boolean chunked : List.of(true, false)) {
            String path = client.created("Upload-Length: 5\r\n");
            Wire.Response refused = chunked
                    ? client.sendChunked("PATCH", path, IetfClient.patch(0) + OPEN, ascii("hello!"))
                    : client.append(path, 0, ascii("hello!"), OPEN);

            assertProblem(refused, 400, IANA + "inconsistent-upload-length");
            assertThat(client.head(path).status()).isEqualTo(410);
        }
        fixture.awaitNothingLeft();
    }

    @Test
    void append_withoutWhatItNeeds_refused() throws Exception {
        String path = client.created();
        assertProblem(client.send("PATCH", path, BYTES + OPEN, ascii("x")), 400, "#malformed-request");
        assertProblem(client.append(path, 0, ascii("x")), 400, "#malformed-request");
        for (String offset : List.of("-1", "1.0", "\"0\"", "0, 0", "1000000000000000")) {
            assertProblem(
                    client.send("PATCH", path, BYTES + OPEN + "Upload-Offset: " + offset + "\r\n", ascii("x")),
                    400,
                    "#malformed-request");
        }
        for (String type : List.of("", "Content-Type: application/octet-stream\r\n")) {
            assertProblem(
                    client.send("PATCH", path, type + OPEN + "Upload-Offset: 0\r\n", ascii("x")),
                    415,
                    "#unsupported-content");
        }
        assertOpen(client.head(path), 204, 0);
    }

    @Test
    void append_ofDamagedContent_noneKept() throws Exception {
        String path = client.created();
        client.append(path, 0, ascii("hello"), OPEN);

        assertProblem(
                client.append(path, 5, ascii(" word!"), COMPLETE + digest("Content-Digest", " world")),
                400,
                "#checksum-mismatch");
        assertOpen(client.head(path), 204, 5);
        completed(
                client.append(path, 5, ascii(" world"), COMPLETE + digest("Content-Digest", " world")), "hello world");
    }

    /** The digest of the complete upload is wrong, so nothing is left to resume. */
    @Test
    void upload_ofAnotherDigest_notKept() throws Exception {
        String path = client.created(digest("Repr-Digest", "hello world"));
        client.append(path, 0, ascii("hello"), OPEN);

        Wire.Response refused = client.append(path, 5, ascii(" word!"), COMPLETE);
        assertThat(refused.status()).as(refused.body()).isEqualTo(422);
        assertThat(refused.header("Upload-Complete")).isEqualTo("?1");
        assertThat(client.head(path).status()).isEqualTo(410);
        fixture.awaitNothingLeft();
    }

    @Test
    void connection_brokenInAnAppend_bytesKept() throws Exception {
        byte[] content = new byte[300_000];
        Arrays.fill(content, (byte) 'x');
        String path = client.created();
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(AdapterFixture.head("PATCH", path) + IetfClient.patch(0) + COMPLETE + "Content-Length: "
                            + content.length + "\r\n\r\n")
                    .send(Arrays.copyOf(content, 200_000));
            fixture.await(
                    "bytes",
                    () -> fixture.files().stream()
                            .anyMatch(file -> file.toFile().length() == 200_000));
            wire.reset();
        }

        Wire.Response asked = client.head(path);
        assertOpen(asked, 204, 200_000);
        assertThat(asked.header("Upload-Length")).isEqualTo("300000");
        assertThat(completed(
                                client.append(path, 200_000, Arrays.copyOf(content, 100_000), COMPLETE),
                                "x".repeat(300_000))
                        .size())
                .isEqualTo(content.length);
    }

    @Test
    void cancellation_nothingLeft() throws Exception {
        String path = client.created();
        client.append(path, 0, ascii("hello"), OPEN);

        assertThat(client.send("DELETE", path, "", NONE).status()).isEqualTo(204);
        assertThat(client.head(path).status()).isEqualTo(410);
        fixture.awaitNothingLeft();
    }

    @Test
    void options_sayWhatIsPossible() throws Exception {
        Wire.Response response = client.send("OPTIONS", ENDPOINT, "", NONE);

        assertThat(response.status()).isEqualTo(204);
        assertThat(response.header("Upload-Limit")).isEqualTo("max-size=" + MAX_SIZE);
        assertThat(response.header("Tus-Version")).isEqualTo("1.0.0");
    }

    @Test
    void ticket_bindsTheUpload() throws Exception {
        UploadTicket ticket = UploadTicket.builder(Clock.systemUTC())
                .size(FileSize.exactly(5))
                .subject("ann")
                .build();
        String field = "Upload-Ticket: " + TicketIssuer.create(fixture.keyRing).issue(ticket) + "\r\n";
        assertProblem(client.create(OPEN + "Upload-Ticket: x\r\n", NONE), 401, "#ticket-invalid");
        Wire.Response created = client.create(OPEN + field, NONE);
        assertThat(created.header("Upload-Limit")).startsWith("max-size=5, ");
        assertThat(path(client.create(OPEN + field, NONE)))
                .as("a client that has missed the first response")
                .isNotEmpty();

        String path = path(created);
        client.append(path, 0, ascii("hell"), OPEN);
        Wire.Response last = client.append(path, 4, ascii("o"), COMPLETE);
        assertThat(last.status()).as(last.body()).isEqualTo(201);
        assertThat(fixture.host
                        .receipts()
                        .subject("ann")
                        .verify(last.header("Upload-Receipt"))
                        .size())
                .isEqualTo(5);
        assertProblem(client.create(OPEN + field, NONE), 409, "#slot-taken");
    }

    /** iOS 17 sends version 3, and iOS 18.0 version 5. */
    @Test
    void olderVersions_differInLittle() throws Exception {
        String three = "Upload-Draft-Interop-Version: 3\r\n";
        Wire.Response half = client.send("POST", ENDPOINT, three + "Upload-Incomplete: ?1\r\n", ascii("hel"));
        assertThat(half.status()).isEqualTo(201);
        assertThat(half.headers()).containsEntry("upload-incomplete", "?1").doesNotContainKey("upload-complete");
        assertThat(half.body()).isEmpty();
        Wire.Response asked = client.send("HEAD", path(half), three, NONE);
        assertThat(asked.status()).isEqualTo(204);
        assertThat(asked.headers()).containsEntry("upload-incomplete", "?1").containsEntry("upload-offset", "3");
        Wire.Response last = client.send("PATCH", path(half), three + "Upload-Offset: 3\r\n", ascii("lo"));
        assertThat(fixture.stored(fixture.receipts(last).get(0))).isEqualTo("hello");
        assertThat(last.headers()).containsEntry("upload-incomplete", "?0");

        Wire.Response both = client.send(
                "POST", ENDPOINT, three + "Upload-Incomplete: ?0\r\n" + OPEN, ascii("half of what an app sends"));
        assertThat(both.header("Upload-Complete"))
                .as("iOS 17 has added its field")
                .isEqualTo("?0");

        String five = "Upload-Draft-Interop-Version: 5\r\n";
        String path = client.created();
        completed(client.send("PATCH", path, five + COMPLETE + "Upload-Offset: 0\r\n", ascii("hello")), "hello");
        Wire.Response whole = client.send("POST", ENDPOINT, three + "Upload-Incomplete: ?0\r\n", ascii("hello"));
        assertThat(fixture.stored(fixture.receipts(whole).get(0))).isEqualTo("hello");
    }

    @Test
    void uploads_servedInBothProtocols() throws Exception {
        TusClient tus = new TusClient(fixture.port());
        String tusPath = tus.created(11);
        tus.patch(tusPath, 0, ascii("hello"));
        assertOpen(client.head(tusPath), 204, 5);
        UploadReceipt receipt = completed(client.append(tusPath, 5, ascii(" world"), COMPLETE), "hello world");
        assertThat(fixture.host.receipts().verify(tus.head(tusPath).header("Upload-Receipt")))
                .isEqualTo(receipt);

        String path = client.created("Upload-Length: 11\r\n");
        client.append(path, 0, ascii("hello"), OPEN);
        assertThat(tus.head(path).header("Upload-Offset")).isEqualTo("5");
        Wire.Response last = tus.patch(path, 5, ascii(" world"));
        assertThat(last.status()).isEqualTo(204);
        assertThat(completed(client.append(path, 11, NONE, COMPLETE), "hello world"))
                .isEqualTo(fixture.host.receipts().verify(last.header("Upload-Receipt")));
    }
}
