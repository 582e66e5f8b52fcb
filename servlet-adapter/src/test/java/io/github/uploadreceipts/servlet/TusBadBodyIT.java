package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.TusClient.BYTES;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Bodies of tus 1.0.0 that are too long, wrong, late or cut off, and concurrent requests with bodies. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class TusBadBodyIT {

    private static final byte[] NONE = {};
    private static final int RACES = Integer.getInteger("upload-receipts-test.races", 20);
    private static final int RACE_SIZE = 200_000;

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private final Random random = new Random(5);
    private AdapterFixture fixture;
    private TusClient client;

    @BeforeEach
    void open() throws Exception {
        fixture = new AdapterFixture(root);
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private void start(UploadLimits.Builder limits) throws Exception {
        fixture.start(container, async, limits.build());
        client = new TusClient(fixture.port());
    }

    private void start() throws Exception {
        start(UploadLimits.builder().maxFileSize(1 << 20).idleTimeout(Duration.ofSeconds(60)));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    private static String patchHead(String path, long offset) {
        return AdapterFixture.head("PATCH", path) + TUS + BYTES + "Upload-Offset: " + offset + "\r\n";
    }

    private static void assertProblem(Wire.Response response, int status, String type) {
        AdapterFixture.assertProblem(response, status, type);
        assertThat(response.header("Tus-Resumable")).isEqualTo("1.0.0");
    }

    private UploadReceipt receipt(Wire.Response response) throws Exception {
        assertThat(response.header("Upload-Receipt"))
                .as(response.status() + response.body())
                .isNotEmpty();
        return fixture.host.receipts().verify(response.header("Upload-Receipt"));
    }

    private void assertOffset(String path, long offset) throws Exception {
        assertThat(client.head(path).header("Upload-Offset")).isEqualTo(Long.toString(offset));
    }

    /** Waits until this number of bytes is on the disk, acknowledged or not. */
    private void awaitBytes(int count) throws Exception {
        fixture.await(
                count + " bytes",
                () -> fixture.files().stream().anyMatch(file -> file.toFile().length() == count));
    }

    @Test
    void overrun_declared_refusedUnread() throws Exception {
        start();
        String path = client.created(10);
        client.patch(path, 0, ascii("abc"));
        for (String length : List.of("8", "1000000000", "900000000000000")) {
            try (Wire wire = new Wire(fixture.port())) {
                wire.send(patchHead(path, 3) + "Expect: 100-continue\r\nContent-Length: " + length + "\r\n\r\n");
                assertProblem(wire.response(), 413, "file-too-large");
            }
        }
        assertOffset(path, 3);
    }

    @Test
    void overrun_inChunks_whatFitsStays() throws Exception {
        start();
        String path = client.created(10);
        assertProblem(
                Wire.exchangeChunked(fixture.port(), patchHead(path, 0), ascii("abcdefghijkl")), 413, "file-too-large");
        assertThat(fixture.stored(receipt(client.head(path)))).isEqualTo("abcdefghij");
        assertProblem(client.patch(path, 10, ascii("k")), 413, "file-too-large");

        String later = TusClient.path(client.create("Upload-Defer-Length: 1\r\n"));
        byte[] large = new byte[(1 << 20) + 1];
        assertProblem(Wire.exchangeChunked(fixture.port(), patchHead(later, 0), large), 413, "file-too-large");
        assertOffset(later, 1 << 20);
    }

    /** Tomcat reads an invited client's bytes before it has a listener. */
    @Test
    void overrun_invited_itsPlaceIsLeft() throws Exception {
        start(UploadLimits.builder().perAddress(1, Long.MAX_VALUE));
        String path = client.created(3);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(patchHead(path, 0) + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .sendChunk(ascii("abcdef"));
            Wire.Response response = wire.response();
            assertProblem(response.status() == 100 ? wire.response() : response, 413, "file-too-large");
        }
        assertThat(client.patch(client.created(3), 0, ascii("abc")).status()).isEqualTo(204);
    }

    /** A container may close the application's objects before its filters. */
    @Test
    void hostClosed_whileAppending_clientMayRetry() throws Exception {
        start();
        String path = client.created(10);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(patchHead(path, 0) + "Content-Length: 10\r\n\r\n").send(ascii("hello"));
            awaitBytes(5);
            fixture.host.close();
            if (async) {
                assertProblem(wire.response(), 423, "taken-over");
            }
        }
        assertThat(fixture.descriptors()).isEmpty();
    }

    /** The client has sent all bytes and got no response. */
    @Test
    void connection_cutAfterTheLastByte_receiptWhenAsked() throws Exception {
        start();
        String path = client.created(5);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(patchHead(path, 0) + "Transfer-Encoding: chunked\r\n\r\n").sendChunk(ascii("hello"));
            awaitBytes(5);
            wire.reset();
        }
        assertThat(fixture.stored(receipt(client.head(path)))).isEqualTo("hello");
    }

    @Test
    void checksum_malformedUnknownOrWrong_nothingKept() throws Exception {
        start();
        String path = client.created(6);
        client.patch(path, 0, ascii("abc"));
        String right = sha1(ascii("def"));
        for (String value : List.of(
                "",
                "sha1",
                right,
                "md5 " + right,
                "SHA1 " + right,
                "sha1 !",
                "sha1 " + right + " x",
                "crc32 AAAAAA==")) {
            assertProblem(
                    client.patch(path, 3, ascii("def"), "Upload-Checksum: " + value + "\r\n"),
                    400,
                    "malformed-request");
        }
        for (String value : List.of("sha1 ", "sha1 AAAA", "sha256 " + right, "sha1 " + sha1(ascii("deg")))) {
            Wire.Response response = client.patch(path, 3, ascii("def"), "Upload-Checksum: " + value + "\r\n");
            assertThat(response.status()).as(value).isIn(400, 460);
        }
        assertProblem(
                client.patch(path, 3, ascii("dxf"), "Upload-Checksum: sha1 " + right + "\r\n"),
                460,
                "checksum-mismatch");
        assertOffset(path, 3);
        Wire.Response last = client.patch(path, 3, ascii("def"), "Upload-Checksum:   sha1   " + right + " \r\n");
        assertThat(fixture.stored(receipt(last))).isEqualTo("abcdef");
    }

    private static String sha1(byte[] bytes) throws Exception {
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-1").digest(bytes));
    }

    @Test
    void checksum_ofBytesCutOff_nothingKept() throws Exception {
        start();
        String path = client.created(100_000);
        client.patch(path, 0, ascii("abc"));
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(patchHead(path, 3) + "Upload-Checksum: sha1 " + sha1(NONE) + "\r\nContent-Length: 99997\r\n\r\n");
            wire.send(new byte[50_000]);
            awaitBytes(50_003);
            wire.reset();
        }
        fixture.await("nothing of it", () -> "3".equals(client.head(path).header("Upload-Offset")));
        fixture.await("no descriptor", () -> fixture.descriptors().isEmpty());
        assertThat(receipt(client.patch(path, 3, new byte[99_997])).size()).isEqualTo(100_000);
    }

    @Test
    void checksum_inTrailer_checkedOrRefused() throws Exception {
        start();
        String path = client.created(6);
        client.patch(path, 0, ascii("abc"));
        assertThat(patchWithTrailer(path, "sha1 " + sha1(ascii("xyz"))).status())
                .isIn(400, 460);
        assertOffset(path, 3);
        assertProblem(patchWithTrailer(path, "md5 AAAA"), 400, "malformed-request");
        assertProblem(patchWithTrailer(path, ""), 400, "malformed-request");
        assertOffset(path, 3);

        Wire.Response response = patchWithTrailer(path, "sha1 " + sha1(ascii("def")));
        if (passesTrailersOn()) {
            assertThat(fixture.stored(receipt(response))).isEqualTo("abcdef");
        } else {
            assertProblem(response, 400, "malformed-request");
            assertOffset(path, 3);
        }
    }

    /** Tomcat passes on only the trailers that its settings name. */
    private boolean passesTrailersOn() {
        return !container.isTomcat();
    }

    private Wire.Response patchWithTrailer(String path, String checksum) throws IOException {
        String trailer = checksum.isEmpty() ? "" : "Upload-Checksum: " + checksum + "\r\n";
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(patchHead(path, 3) + "Trailer: Upload-Checksum\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3\r\ndef\r\n0\r\n" + trailer + "\r\n");
            return wire.response();
        }
    }

    @Test
    void deletion_duringAnAppend_endsIt() throws Exception {
        start();
        String path = client.created(10);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(patchHead(path, 0) + "Content-Length: 10\r\n\r\nabc");
            awaitBytes(3);
            assertThat(client.delete(path).status()).isEqualTo(204);
            assertThat(client.head(path).status()).isEqualTo(404);
            wire.send("defghij");
            assertThat(wire.statusOrEnd()).isIn(423, Wire.END);
        } catch (SocketException e) {
            assertThat(async)
                    .as("the connection was ended before our last bytes")
                    .isTrue();
        }
        assertThat(client.head(path).status()).isEqualTo(404);
        fixture.awaitNothingLeft();
    }

    @Test
    void inFlight_tooMany_refusedAndKept() throws Exception {
        start(UploadLimits.builder().maxFileSize(1000).perAddress(1, 100));
        String first = client.created(10);
        String second = client.created(10);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(patchHead(first, 0) + "Content-Length: 10\r\n\r\nabc");
            awaitBytes(3);
            Wire.Response refused = client.patch(second, 0, ascii("abc"));
            assertProblem(refused, 429, "too-many-uploads");
            assertThat(refused.header("Retry-After")).isEqualTo("5");
            wire.send("defghij");
            assertThat(fixture.stored(receipt(wire.response()))).isEqualTo("abcdefghij");
        }
        String large = client.created(1000);
        assertProblem(client.patch(large, 0, new byte[200]), 429, "too-many-uploads");
        assertThat(client.patch(second, 0, ascii("abc")).status()).isEqualTo(204);
        assertOffset(large, 0);
    }

    /** A thread that waits for bytes notices the pause only when they come. */
    @Test
    void body_pausing_endedAndKept() throws Exception {
        start(UploadLimits.builder().maxFileSize(1000).idleTimeout(Duration.ofSeconds(1)));
        String path = client.created(10);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(patchHead(path, 0) + "Content-Length: 10\r\n\r\nabc");
            awaitBytes(3);
            if (!async) {
                TimeUnit.MILLISECONDS.sleep(1_500);
                wire.send("d");
            }
            assertProblem(wire.response(), 423, "too-slow");
        }
        assertOffset(path, 3);
        assertThat(fixture.stored(receipt(client.patch(path, 3, ascii("defghij")))))
                .isEqualTo("abcdefghij");
    }

    /** Two clients append concurrently, and each resumes at the current offset, again and again. */
    @Test
    void writers_two_bytesExact() throws Exception {
        start();
        ExecutorService writers = Executors.newFixedThreadPool(2);
        int taken = 0;
        try {
            for (int race = 0; race < RACES; race++) {
                byte[] content = new byte[RACE_SIZE];
                random.nextBytes(content);
                String path = client.created(content.length);
                CountDownLatch one = new CountDownLatch(1);
                CountDownLatch other = new CountDownLatch(1);
                Future<Integer> first = writers.submit(() -> write(path, content, one, other));
                Future<Integer> second = writers.submit(() -> write(path, content, other, one));
                taken += first.get(2, TimeUnit.MINUTES) + second.get(2, TimeUnit.MINUTES);
                String stored = fixture.stored(receipt(client.head(path)));
                assertThat(stored.getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(content);
            }
        } finally {
            writers.shutdownNow();
        }
        assertThat(taken).as("times that one took over from the other").isPositive();
    }

    /** Appends until there is a receipt. Returns how often the other client took over. */
    private int write(String path, byte[] content, CountDownLatch begun, CountDownLatch otherBegun) throws Exception {
        int broken = 0;
        while (true) {
            Wire.Response head = client.head(path);
            assertThat(head.status()).isEqualTo(200);
            if (!head.header("Upload-Receipt").isEmpty()) {
                begun.countDown();
                return broken;
            }
            int status = append(path, content, Integer.parseInt(head.header("Upload-Offset")), begun, otherBegun);
            assertThat(status).isIn(204, 409, 413, 423, Wire.END);
            broken += status == 423 || status == Wire.END ? 1 : 0;
        }
    }

    private int append(String path, byte[] content, int offset, CountDownLatch begun, CountDownLatch otherBegun)
            throws Exception {
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(patchHead(path, offset) + "Content-Length: " + (content.length - offset) + "\r\n\r\n");
            for (int sent = offset; sent < content.length; sent += 8_000) {
                wire.send(Arrays.copyOfRange(content, sent, Math.min(content.length, sent + 8_000)));
                if (sent == offset) {
                    begun.countDown();
                    otherBegun.await(1, TimeUnit.MINUTES);
                }
            }
            return wire.statusOrEnd();
        } catch (SocketException e) {
            return Wire.END;
        }
    }
}
