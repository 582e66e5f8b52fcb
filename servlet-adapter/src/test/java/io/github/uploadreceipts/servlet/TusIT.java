package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.TusClient.BYTES;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static io.github.uploadreceipts.servlet.TusClient.metadata;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.StringJoiner;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Resumable uploads by tus 1.0.0, on one host. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class TusIT {

    private static final byte[] NONE = {};

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private AdapterFixture fixture;
    private TusClient client;

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
        fixture.start(
                container,
                async,
                UploadLimits.builder()
                        .maxFileSize(1 << 20)
                        .idleTimeout(Duration.ofSeconds(60))
                        .build());
        client = new TusClient(fixture.port());
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private UploadReceipt receipt(Wire.Response response) throws Exception {
        return fixture.host.receipts().verify(response.header("Upload-Receipt"));
    }

    @Test
    void options_sayWhatIsSpoken() throws Exception {
        Wire.Response response = client.send("OPTIONS", TusClient.ENDPOINT, "", NONE);

        assertThat(response.status()).isEqualTo(204);
        assertThat(response.header("Tus-Version")).isEqualTo("1.0.0");
        assertThat(response.header("Tus-Extension"))
                .isEqualTo("creation,creation-with-upload,creation-defer-length,expiration,checksum,termination,"
                        + "concatenation");
        assertThat(response.header("Tus-Max-Size")).isEqualTo("1048576");
        assertThat(response.header("Tus-Checksum-Algorithm")).isEqualTo("sha1,sha256");
    }

    @Test
    void upload_inTwoRequests_receiptInTheLastResponseAndInHead() throws Exception {
        Wire.Response created = client.create("Upload-Length: 11\r\nUpload-Metadata: "
                + metadata("filename", "gr\u00FC\u00DFe.txt") + "," + metadata("filetype", "text/plain") + "\r\n");
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        String path = TusClient.path(created);
        assertThat(path).startsWith("/uploads/").hasSizeLessThan(909);

        Wire.Response first = client.patch(path, 0, ascii("hello "));
        assertThat(first.status()).as(first.body()).isEqualTo(204);
        assertThat(first.header("Upload-Offset")).isEqualTo("6");
        assertThat(first.header("Upload-Expires")).endsWith("GMT");
        assertThat(first.header("Upload-Receipt")).isEmpty();
        Wire.Response between = client.head(path);
        assertThat(between.status()).isEqualTo(200);
        assertThat(between.header("Upload-Offset")).isEqualTo("6");
        assertThat(between.header("Upload-Length")).isEqualTo("11");
        assertThat(between.header("Upload-Metadata")).startsWith("filename ");
        assertThat(between.header("Cache-Control")).isEqualTo("no-store");

        Wire.Response last = client.patch(path, 6, ascii("world"));
        assertThat(last.status()).as(last.body()).isEqualTo(204);
        UploadReceipt receipt = receipt(last);
        assertThat(receipt.name()).isEqualTo("gr\u00FC\u00DFe.txt");
        assertThat(receipt.type()).isEqualTo("text/plain");
        assertThat(fixture.stored(receipt)).isEqualTo("hello world");
        assertThat(receipt.digest().hex())
                .isEqualTo("b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
        assertThat(receipt(client.head(path))).isEqualTo(receipt);
        assertThat(receipt(client.patch(path, 11, NONE))).isEqualTo(receipt);
    }

    @Test
    void creation_ofAFileInAFolder_pathInTheReceipt() throws Exception {
        String folder = "Upload-Metadata: " + metadata("filename", "a.jpg") + ",";
        Wire.Response created =
                client.create("Upload-Length: 1\r\n" + folder + metadata("relativePath", "/U\u0308ber/a.jpg") + "\r\n");
        assertThat(receipt(client.patch(TusClient.path(created), 0, ascii("a"))).path())
                .contains("\u00DCber/a.jpg");
        Wire.Response alone = client.create(
                "Upload-Length: 1\r\n" + BYTES + folder + metadata("relativePath", "null") + "\r\n", ascii("a"));
        assertThat(receipt(alone).path()).isEmpty();

        for (String path : List.of("../a.jpg", "a//a.jpg", "a/".repeat(32) + "a.jpg")) {
            Wire.Response refused =
                    client.create("Upload-Length: 1\r\n" + folder + metadata("relativePath", path) + "\r\n");
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.body()).contains("path");
        }
    }

    @Test
    void creation_withAllBytes_receiptsInItsBody() throws Exception {
        Wire.Response created = client.create("Upload-Length: 5\r\n" + BYTES, ascii("hello"));

        assertThat(created.status()).as(created.body()).isEqualTo(201);
        assertThat(created.header("Upload-Offset")).isEqualTo("5");
        assertThat(fixture.receipts(created)).isEqualTo(List.of(receipt(created)));
        assertThat(fixture.stored(receipt(created))).isEqualTo("hello");
    }

    @Test
    void creation_ofNothing_completeAtOnce() throws Exception {
        Wire.Response created = client.create("Upload-Length: 0\r\n");

        assertThat(created.status()).as(created.body()).isEqualTo(201);
        assertThat(receipt(created).size()).isZero();
        assertThat(fixture.stored(receipt(created))).isEmpty();
        assertThat(fixture.listener.told(UploadEvent.Received.class))
                .extracting(UploadEvent.Received::way)
                .containsExactly(UploadEvent.Way.TUS);
    }

    @Test
    void length_saidLater() throws Exception {
        String path = TusClient.path(client.create("Upload-Defer-Length: 1\r\n"));
        assertThat(client.head(path).header("Upload-Defer-Length")).isEqualTo("1");

        assertThat(client.patch(path, 0, ascii("abc")).status()).isEqualTo(204);
        Wire.Response last = client.patch(path, 3, ascii("de"), "Upload-Length: 5\r\n");

        assertThat(fixture.stored(receipt(last))).isEqualTo("abcde");
    }

    @Test
    void checksum_wrong_chunkDiscarded() throws Exception {
        String path = client.created(6);
        client.patch(path, 0, ascii("abc"));
        String right = Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-1").digest(ascii("def")));

        assertProblem(
                client.patch(path, 3, ascii("dxf"), "Upload-Checksum: sha1 " + right + "\r\n"),
                460,
                "checksum-mismatch");
        assertThat(client.head(path).header("Upload-Offset")).isEqualTo("3");
        assertProblem(
                client.patch(path, 3, ascii("def"), "Upload-Checksum: md4 " + right + "\r\n"),
                400,
                "malformed-request");
        Wire.Response last = client.patch(path, 3, ascii("def"), "Upload-Checksum: sha1 " + right + "\r\n");

        assertThat(fixture.stored(receipt(last))).isEqualTo("abcdef");
        assertThat(receipt(last).digest().hex())
                .isEqualTo("bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721");
    }

    @Test
    void termination_thenGone() throws Exception {
        String path = client.created(6);
        client.patch(path, 0, ascii("abc"));

        assertThat(client.delete(path).status()).isEqualTo(204);
        assertThat(client.head(path).status()).isEqualTo(404);
        assertProblem(client.patch(path, 3, ascii("def")), 404, "upload-gone");
        fixture.awaitNothingLeft();
    }

    @Test
    void concatenation_ofTwo_oneFile() throws Exception {
        String first = client.created(3, "Upload-Concat: partial\r\n");
        String second = client.created(4, "Upload-Concat: partial\r\n");
        assertThat(client.patch(second, 0, ascii("defg")).header("Upload-Receipt"))
                .isEmpty();
        assertThat(client.patch(first, 0, ascii("abc")).status()).isEqualTo(204);

        Wire.Response joined =
                client.create("Upload-Concat: final;" + first + " http://h" + second + "\r\nUpload-Metadata: "
                        + metadata("filename", "both") + "," + metadata("relativePath", "x/both") + "\r\n");
        assertThat(joined.status()).as(joined.body()).isEqualTo(201);
        assertThat(receipt(joined).path()).contains("x/both");
        assertThat(fixture.stored(receipt(joined))).isEqualTo("abcdefg");
        assertThat(receipt(joined).name()).isEqualTo("both");
        Wire.Response head = client.head(TusClient.path(joined));
        assertThat(head.header("Upload-Concat")).startsWith("final;");
        assertThat(head.header("Upload-Offset")).isEqualTo("7");
        assertThat(client.head(first).header("Upload-Concat")).isEqualTo("partial");
        assertProblem(client.patch(TusClient.path(joined), 7, ascii("x")), 403, "forbidden");
    }

    /**
     * Clients send many parts at once. Their URLs have to pass the container in one field, however long: here each has
     * 300 characters, more than the token of a sealed upload whose host has a long name, and a long public URL.
     */
    @Test
    void concatenation_ofSixteen_passesTheContainer() throws Exception {
        StringJoiner partials = new StringJoiner(" ");
        StringBuilder expected = new StringBuilder();
        for (char c = 'a'; c < 'a' + 16; c++) {
            String path = client.created(1, "Upload-Concat: partial\r\n");
            assertThat(client.patch(path, 0, ascii(String.valueOf(c))).status()).isEqualTo(204);
            partials.add("https://" + "h".repeat(300 - "https://".length() - path.length()) + path);
            expected.append(c);
        }

        Wire.Response joined = client.create("Upload-Concat: final;" + partials + "\r\n");
        assertThat(joined.status()).as(joined.body()).isEqualTo(201);
        assertThat(fixture.stored(receipt(joined))).isEqualTo(expected.toString());
    }

    @Test
    void method_override() throws Exception {
        String path = client.created(3);

        Wire.Response response = client.send(
                "POST", path, TUS + BYTES + "Upload-Offset: 0\r\nX-HTTP-Method-Override: PATCH\r\n", ascii("abc"));

        assertThat(response.status()).as(response.body()).isEqualTo(204);
        assertThat(fixture.stored(receipt(response))).isEqualTo("abc");
    }

    /** As clients, libraries and proxies spell it. */
    @Test
    void spelledOtherwise_taken() throws Exception {
        String bytes = metadata("filename", "a") + ",thumbnail //79gA==";
        Wire.Response created = Wire.exchangeChunked(
                fixture.port(),
                AdapterFixture.head("POST", TusClient.ENDPOINT) + TUS + "Upload-Length: 6\r\nUpload-Metadata: " + bytes
                        + "\r\n",
                NONE);
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        assertThat(created.header("Upload-Offset")).isEqualTo("0");
        String path = TusClient.path(created);
        String encoded = path.replace("/uploads/A", "/uploads/%41");
        assertThat(encoded).isNotEqualTo(path);

        Wire.Response first = client.send(
                "PATCH",
                encoded,
                TUS + "Content-Type: application/offset+octet-stream; charset=UTF-8\r\nUpload-Offset: 0\r\n",
                ascii("abc"));
        assertThat(first.status()).as(first.body()).isEqualTo(204);
        assertThat(client.head(path + "/").header("Upload-Offset")).isEqualTo("3");
        assertThat(client.head(path).header("Upload-Metadata")).isEqualTo(bytes);
        Wire.Response last = client.send(
                "PUT",
                encoded + "/",
                TUS + BYTES + "Upload-Offset: 3\r\nX-HTTP-Method-Override: PATCH\r\n",
                ascii("def"));
        assertThat(fixture.stored(receipt(last))).isEqualTo("abcdef");

        assertProblem(
                Wire.exchangeChunked(
                        fixture.port(),
                        AdapterFixture.head("POST", TusClient.ENDPOINT) + TUS + "Upload-Length: 6\r\n",
                        ascii("abcdef")),
                415,
                "unsupported-content");
        assertThat(client.send("GET", path, TUS + "X-HTTP-Method-Override: DELETE\r\n", NONE)
                        .status())
                .isEqualTo(204);
        fixture.awaitNothingLeft();
    }

    @Test
    void connection_cut_bytesKept() throws Exception {
        String path = client.created(100_000);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(AdapterFixture.head("PATCH", path) + TUS + BYTES
                    + "Upload-Offset: 0\r\nContent-Length: 100000\r\n\r\n");
            wire.send(new byte[60_000]);
            fixture.await(
                    "bytes",
                    () -> fixture.files().stream()
                            .anyMatch(file -> file.toFile().length() == 60_000));
            wire.reset();
        }

        fixture.await("offset", () -> "60000".equals(client.head(path).header("Upload-Offset")));
        Wire.Response last = client.patch(path, 60_000, new byte[40_000]);
        assertThat(receipt(last).size()).isEqualTo(100_000);
    }

    @Test
    void writer_halfDead_takenOver() throws Exception {
        String path = client.created(10);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(AdapterFixture.head("PATCH", path) + TUS + BYTES
                    + "Upload-Offset: 0\r\nContent-Length: 10\r\n\r\n");
            wire.send(ascii("abc"));
            fixture.await(
                    "bytes",
                    () -> fixture.files().stream()
                            .anyMatch(file -> file.toFile().length() == 3));

            assertThat(client.head(path).header("Upload-Offset")).isEqualTo("3");
            Wire.Response last = client.patch(path, 3, ascii("defghij"));
            assertThat(fixture.stored(receipt(last))).isEqualTo("abcdefghij");
            if (async) {
                assertThat(wire.response().status()).isEqualTo(423);
            }
        }
    }
}
