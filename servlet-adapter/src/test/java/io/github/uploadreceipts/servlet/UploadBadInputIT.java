package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.problem.ProblemType.FIELDS_TOO_LARGE;
import static io.github.uploadreceipts.problem.ProblemType.FILE_TOO_LARGE;
import static io.github.uploadreceipts.problem.ProblemType.MALFORMED_MULTIPART;
import static io.github.uploadreceipts.problem.ProblemType.TOO_MANY_FILES;
import static io.github.uploadreceipts.problem.ProblemType.UNSUPPORTED_CONTENT;
import static io.github.uploadreceipts.servlet.AdapterFixture.MAX_PUSHED;
import static io.github.uploadreceipts.servlet.AdapterFixture.assertCut;
import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Malformed and endless bodies: the response, how much a client can still push, and that nothing stays stored. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class UploadBadInputIT {

    private static final int MAX_FILE_SIZE = 1_000_000;
    private static final int MAX_FIELD_BYTES = 2_000_000;
    private static final String SEVENTY = "b234567890123456789012345678901234567890123456789012345678901234567890";
    private static final int PROMISED = 56_000_000;

    /** A Content-Length, and one chunk of that length. */
    private static final List<String> FRAMINGS = List.of(
            "Content-Length: " + PROMISED + "\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(PROMISED) + "\r\n");

    private static final UploadLimits LIMITS = UploadLimits.builder()
            .maxFileSize(MAX_FILE_SIZE)
            .maxRequestSize(100_000_000)
            .maxFiles(50)
            .maxFieldBytes(MAX_FIELD_BYTES)
            .build();

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private final ExecutorService clients = Executors.newCachedThreadPool();
    private final List<Future<?>> cuts = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private AdapterFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new AdapterFixture(root);
    }

    @AfterEach
    void stop() throws Exception {
        try {
            for (Future<?> cut : cuts) {
                cut.get();
            }
        } finally {
            clients.shutdownNow();
            fixture.close();
        }
    }

    private void start(UploadLimits limits) throws Exception {
        fixture.start(container, async, limits);
    }

    private Wire.Response post(String head, byte[] body) throws IOException {
        return Wire.exchange(fixture.port(), head, body);
    }

    /** Sends as much as the server accepts. The server may refuse before it has everything. */
    private static void offer(Wire wire, byte[] bytes) {
        try {
            wire.send(bytes);
        } catch (IOException e) {
            // the server has refused the request
        }
    }

    private void assertNothingLeft(String event) throws Exception {
        events.add(event);
        fixture.awaitEvents(events.toArray(String[]::new));
        fixture.awaitNothingLeft();
    }

    /** Checks that the response comes during the body, and ends the connection. */
    private void assertRefusedAndCut(Wire wire, ProblemType type) throws Exception {
        Wire.Response response = wire.response();
        assertProblem(
                response, type.status(), type.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        assertThat(response.header("Connection")).isEqualTo("close");
        assertCutLater(wire);
        assertNothingLeft("refused " + type);
    }

    /** Checks in the background that the connection is cut, because some containers take a second to close. */
    private void assertCutLater(Wire wire) {
        cuts.add(clients.submit(() -> {
            try (wire) {
                assertCut(container, wire);
            }
            return null;
        }));
    }

    private static byte[] body(String... text) {
        return String.join("", text).getBytes(UTF_8);
    }

    private static String repeated(int count, String part) {
        return ("--x\r\n" + part + "\r\n").repeat(count);
    }

    static Stream<Arguments> unwelcomeForms() {
        String file = "--x\r\n" + filePart("a", "a/b", "");
        String field = "--x\r\n" + fieldPart("a", "");
        String stored = "--x\r\n" + filePart("stored", "a/b", "1") + "\r\n";
        return Stream.of(
                Arguments.of(
                        "file one byte too large",
                        FILE_TOO_LARGE,
                        body(stored, file, "v".repeat(MAX_FILE_SIZE + 1), "\r\n--x\r\n")),
                Arguments.of(
                        "fields one byte too large",
                        FIELDS_TOO_LARGE,
                        body(stored, field, "v".repeat(MAX_FIELD_BYTES), "\r\n--x\r\n")),
                Arguments.of("file too many", TOO_MANY_FILES, body(repeated(51, filePart("f", "a/b", "1")))),
                Arguments.of("10,000 files", TOO_MANY_FILES, body(repeated(10_000, filePart("f", "a/b", "1")))),
                Arguments.of("10,000 fields", FIELDS_TOO_LARGE, body(stored, repeated(10_000, fieldPart("f", "")))),
                Arguments.of(
                        "header line of 1 MiB", FIELDS_TOO_LARGE, body(stored, "--x\r\nX-Long: ", "v".repeat(1 << 20))),
                Arguments.of(
                        "header of 1 MiB", FIELDS_TOO_LARGE, body(stored, "--x\r\n", "X-Many: v\r\n".repeat(100_000))),
                Arguments.of(
                        "name of 10,000 characters",
                        FIELDS_TOO_LARGE,
                        body(stored, "--x\r\n", filePart("n".repeat(10_000), "a/b", "1"))),
                Arguments.of(
                        "files in a nested multipart",
                        UNSUPPORTED_CONTENT,
                        body(
                                stored,
                                "--x\r\nContent-Type: multipart/mixed; boundary=y\r\n",
                                fieldPart("f", "--y\r\n"))),
                Arguments.of(
                        "file hidden in a preamble",
                        MALFORMED_MULTIPART,
                        body("\n--x\r\n", filePart("a", "a/b", "1"), "\r\n", stored)),
                Arguments.of("preamble of 1 MiB", MALFORMED_MULTIPART, body("v".repeat(1 << 20))),
                Arguments.of(
                        "NUL in a name", MALFORMED_MULTIPART, body(stored, "--x\r\n", filePart("a\0b", "a/b", "1"))),
                Arguments.of(
                        "CR in a name", MALFORMED_MULTIPART, body(stored, "--x\r\n", filePart("a\rb", "a/b", "1"))),
                Arguments.of(
                        "LF in a name", MALFORMED_MULTIPART, body(stored, "--x\r\n", filePart("a\nb", "a/b", "1"))),
                Arguments.of(
                        "CR LF in a name",
                        MALFORMED_MULTIPART,
                        body(stored, "--x\r\n", filePart("a\r\nb", "a/b", "1"))),
                Arguments.of("part without a header", MALFORMED_MULTIPART, body(stored, "--x\r\n\r\n1\r\n")),
                Arguments.of(
                        "boundary that goes on",
                        MALFORMED_MULTIPART,
                        body(stored, "--xy\r\n", filePart("a", "a/b", "1"))),
                Arguments.of(
                        "coded part",
                        UNSUPPORTED_CONTENT,
                        body(stored, "--x\r\nContent-Transfer-Encoding: base64\r\n", filePart("a", "a/b", "MQ=="))));
    }

    @Test
    void post_unwelcomeForm_isRefusedMidBodyAndCut() throws Exception {
        start(LIMITS);
        for (Arguments form : unwelcomeForms().toList()) {
            for (String framing : FRAMINGS) {
                try {
                    Wire wire = new Wire(fixture.port());
                    wire.send(formHead() + framing);
                    offer(wire, (byte[]) form.get()[2]);
                    assertRefusedAndCut(wire, (ProblemType) form.get()[1]);
                } catch (Exception | AssertionError e) {
                    throw new AssertionError(form.get()[0] + ", " + framing.strip(), e);
                }
            }
        }
    }

    static Stream<Arguments> unwelcomeHeads() {
        return Stream.of(
                Arguments.of(
                        "POST", "Content-Type: multipart/form-data; boundary=" + SEVENTY + "1", MALFORMED_MULTIPART),
                Arguments.of("POST", "Content-Type: multipart/form-data", MALFORMED_MULTIPART),
                Arguments.of("POST", "Content-Type: multipart/form-data boundary=x", MALFORMED_MULTIPART),
                Arguments.of("POST", "Content-Type: multipart/form-data; boundary=x; boundary=y", MALFORMED_MULTIPART),
                Arguments.of("POST", "Content-Type: multipart/", UNSUPPORTED_CONTENT),
                Arguments.of("POST", "Content-Type: multipart/mixed; boundary=a:b", UNSUPPORTED_CONTENT),
                Arguments.of("POST", "Content-Encoding: gzip", UNSUPPORTED_CONTENT),
                Arguments.of("PUT", "Content-Encoding: identity, gzip", UNSUPPORTED_CONTENT),
                Arguments.of("PUT", "Content-Encoding: identity\r\nContent-Encoding: gzip", UNSUPPORTED_CONTENT));
    }

    @Test
    void upload_unwelcomeHead_isRefusedUnreadAndCut() throws Exception {
        start(LIMITS);
        for (Arguments unwelcome : unwelcomeHeads().toList()) {
            for (String framing : FRAMINGS) {
                Wire wire = new Wire(fixture.port());
                wire.send(head((String) unwelcome.get()[0], "/uploads")
                        + unwelcome.get()[1] + "\r\n" + framing);
                assertRefusedAndCut(wire, (ProblemType) unwelcome.get()[2]);
            }
        }
        assertThat(fixture.store.steps).isEmpty();
    }

    @Test
    void post_boundaryOf70Characters_isTaken() throws Exception {
        start(LIMITS);
        Wire.Response response = post(
                head("POST", "/uploads") + "Content-Type: multipart/form-data; boundary=" + SEVENTY + "\r\n",
                form(SEVENTY, filePart("a", "a/b", "1")));
        assertThat(fixture.receipts(response)).hasSize(1);
    }

    @Test
    void post_exactlyTheLimit_isTaken_oneByteMoreIsNot() throws Exception {
        byte[] body = form("x", filePart("a", "a/b", "v".repeat(100)), fieldPart("f", "v".repeat(200)));
        int fieldBytes =
                body.length - 100 - "--x\r\n\r\n--x\r\n\r\n--x--\r\n".length(); // the rest is headers and fields
        UploadLimits limits = UploadLimits.builder()
                .maxRequestSize(body.length)
                .maxFileSize(100)
                .maxFiles(1)
                .maxFieldBytes(fieldBytes)
                .build();
        start(limits);
        assertThat(post(formHead(), body).status()).isEqualTo(201);
        assertThat(postChunked(body).status()).isEqualTo(201);
        assertThat(fixture.files()).hasSize(2);

        String form = new String(body, ISO_8859_1);
        byte[] larger = (form + "\n").getBytes(ISO_8859_1);
        assertProblem(post(formHead(), larger), 413, "request-too-large");
        assertProblem(postChunked(larger), 413, "request-too-large");
        byte[] largerFile = form.replace("vvv\r\n--x\r\n", "vvvv\r\n--x\r\n")
                .replace("vvv\r\n--x--", "vv\r\n--x--")
                .getBytes(ISO_8859_1);
        assertProblem(post(formHead(), largerFile), 413, "file-too-large");
        byte[] largerField = form.replace("vvv\r\n--x\r\n", "vv\r\n--x\r\n")
                .replace("vvv\r\n--x--", "vvvv\r\n--x--")
                .getBytes(ISO_8859_1);
        assertProblem(post(formHead(), largerField), 413, "fields-too-large");
        fixture.await(
                "two files",
                () -> fixture.files().size() == 2 && fixture.descriptors().isEmpty());
    }

    private Wire.Response postChunked(byte[] body) throws IOException {
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(formHead("Transfer-Encoding: chunked") + "\r\n");
            return wire.sendChunk(body).sendChunk(new byte[0]).response();
        }
    }

    /** Bytes after a body that ended too early may be a smuggled request. */
    @Test
    void post_contentLengthTooShort_restIsNoRequest() throws Exception {
        start(LIMITS);
        byte[] body = form("x", filePart("a", "a/b", "1"));
        for (int missing : new int[] {1, 3, 8, 20}) {
            try (Wire wire = new Wire(fixture.port())) {
                wire.send(formHead("Content-Length: " + (body.length - 2 - missing)) + "\r\n");
                wire.send(Arrays.copyOf(body, body.length - 2 - missing));
                offer(wire, body(head("POST", "/uploads"), "Content-Length: 3\r\n\r\nabc"));
                Wire.Response response = wire.response();
                assertProblem(response, 400, "incomplete-body");
                assertThat(response.header("Connection")).isEqualTo("close");
                assertThat(wire.isClosedByPeer()).isTrue();
            }
            assertNothingLeft("refused INCOMPLETE_BODY");
        }
    }

    @Test
    void post_contentLengthTooLong_waitsForTheRest() throws Exception {
        start(LIMITS);
        byte[] body = form("x", filePart("a", "a/b", "1"));
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(formHead("Content-Length: " + (body.length + 1)) + "\r\n").send(body);
            fixture.await("the file", () -> fixture.store.steps.contains("force"));
            assertThat(wire.hasResponse()).isFalse();
            wire.shutdownOutput();
            assertNothingLeft("abandoned");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 3\r\nContent-Length: 4",
                "Content-Length: 3, 4",
                "Content-Length: -3",
                "Content-Length: +3",
                "Content-Length: 0x3",
                "Content-Length: 99999999999999999999",
                "Content-Length: three",
                "Transfer-Encoding: chunked, chunked",
                "Transfer-Encoding: xchunked",
            })
    void post_framingThatIsNone_isRefused(String framing) throws Exception {
        start(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + framing + "\r\n\r\n");
            offer(wire, body("3\r\nabc\r\n0\r\n\r\n"));
            assertThat(wire.statusOrEnd()).isIn(400, 501, Wire.END);
        }
        fixture.awaitNothingLeft();
        assertThat(fixture.listener.events).doesNotContain("stored upload");
    }

    /** RFC 9112, section 6.3: the server refuses, or reads chunks and closes the connection. */
    @Test
    void post_contentLengthAndChunks_hideNoRequest() throws Exception {
        start(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n");
            offer(wire, body("1\r\na\r\n0\r\n\r\n", head("POST", "/uploads"), "Content-Length: 3\r\n\r\nabc"));
            int status = wire.statusOrEnd();
            assertThat(status).isIn(201, 400, Wire.END);
            assertThat(wire.isClosedByPeer()).isTrue();
            assertThat(fixture.files()).hasSize(status == 201 ? 1 : 0);
            assertThat(fixture.files()).allMatch(file -> file.toFile().length() == 1);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, FILE_TOO_LARGE", "true, REQUEST_TOO_LARGE"})
    void post_chunksWithoutEnd_areRefusedAndCut(boolean smallFiles, ProblemType type) throws Exception {
        start(LIMITS.toBuilder().maxRequestSize(5_000_000).build());
        byte[] file = new byte[500_000];
        byte[] chunk = smallFiles ? body("--x\r\n", filePart("f", "a/b", new String(file, UTF_8)), "\r\n") : file;
        Wire wire = new Wire(fixture.port());
        wire.send(formHead("Transfer-Encoding: chunked") + "\r\n");
        wire.sendChunk(body("--x\r\n", filePart("f", "a/b", ""), "\r\n"));
        for (long sent = 0; sent < MAX_PUSHED && !wire.hasResponse(); sent += chunk.length) {
            try {
                wire.sendChunk(chunk);
            } catch (IOException e) {
                break; // the server has refused the request
            }
        }
        assertRefusedAndCut(wire, type);
    }

    /** A container itself must refuse endless bytes that are no content. */
    @ParameterizedTest
    @ValueSource(strings = {"1;x=", "1\r\na\r\n0\r\nX-Long: ", "000000000000000000000000"})
    void post_chunkLineWithoutEnd_isCut(String begin) throws Exception {
        start(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Transfer-Encoding: chunked\r\n\r\n" + begin);
            long pushed = wire.push(2 * MAX_PUSHED);
            if (container.cutsRefusedBodies()) {
                assertThat(pushed).isLessThan(MAX_PUSHED);
            }
        }
        fixture.awaitNothingLeft();
        assertThat(fixture.listener.events).doesNotContain("stored upload");
    }

    private static Map<String, String> namesByParameters() {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("filename=\"a%00b%0D%0Ac\"", "a%00b%0D%0Ac");
        names.put("filename*=UTF-8''a%00b%0D%0Ac", "abc");
        names.put("filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "passwd");
        names.put("filename*=UTF-8''..%5Cboot.ini", "boot.ini");
        names.put("filename*=UTF-8''%E2%80%AEgpj.exe%E2%81%A6%E2%80%8F", "gpj.exe");
        names.put("filename=\"\u202Egpj.\u2066exe\u2069\u200F\"", "gpj.exe");
        names.put("filename=\"\uD83D\uDE00.png\"", "\uD83D\uDE00.png");
        names.put("filename*=utf-8'en'%F0%9F%98%80.png", "\uD83D\uDE00.png");
        names.put("filename=\"" + "\uD83D\uDE00".repeat(70) + ".png\"", "\uD83D\uDE00".repeat(62) + ".png");
        names.put("filename=\"=?UTF-8?Q?=C3=A4.txt?=\"", "=?UTF-8?Q?=C3=A4.txt?=");
        names.put("filename=\"a.txt\"; filename*=UTF-8''%C3%A4.txt", "\u00E4.txt");
        names.put("filename*=UTF-8''%C3%A4.txt; filename=\"a.txt\"", "\u00E4.txt");
        names.put("filename=\"a.txt\"; filename*=UTF-8''%C3.txt", "a.txt");
        names.put("filename=\"a.txt\"; filename*=UTF-7''b.txt", "a.txt");
        names.put("filename=\"" + "n".repeat(5_000) + ".jpeg\"", "n".repeat(250) + ".jpeg");
        names.put("filename=\"say \"cheese\" now.jpg\"", "say \"cheese\" now.jpg");
        names.put("filename=\"C:\\photos\\\"", "upload");
        names.put("filename=my photo.jpg", "my photo.jpg");
        names.put("filename*=KOI8-R''%C1.jpg", "upload");
        names.put("filename=\".\"", "upload");
        names.put("filename=\"\"", "upload");
        return names;
    }

    /** Malformed content types that programs send, and the boundary that their bodies have. */
    private static Map<String, String> sloppyTypes() {
        Map<String, String> boundaries = new LinkedHashMap<>();
        boundaries.put("multipart/form-data; boundary====1700000000===", "===1700000000===");
        boundaries.put("multipart/form-data;boundary=*****", "*****");
        boundaries.put("multipart/form-data; boundary=a&b$c", "a&b$c");
        boundaries.put("multipart/form-data; boundary=a:b", "a:b");
        boundaries.put("multipart/form-data; boundary = x", "x");
        boundaries.put("multipart/form-data; boundary=x; charset=", "x");
        boundaries.put("multipart/form-data, boundary=AaB03x", "AaB03x");
        boundaries.put("Multipart/Form-Data; boundary=x; pad=" + "p".repeat(2_000), "x");
        return boundaries;
    }

    @Test
    void post_typeThatNoGrammarKnows_isAForm() throws Exception {
        start(LIMITS);
        for (Map.Entry<String, String> type : sloppyTypes().entrySet()) {
            Wire.Response response = post(
                    head("POST", "/uploads") + "Content-Type: " + type.getKey() + "\r\n",
                    form(type.getValue(), filePart("a.jpg", "image/jpeg", "1")));
            assertThat(response.status())
                    .as("%s: %s", type.getKey(), response.body())
                    .isEqualTo(201);
            UploadReceipt receipt = fixture.receipts(response).get(0);
            assertThat(receipt.name()).isEqualTo("a.jpg");
            assertThat(fixture.stored(receipt)).isEqualTo("1");
        }
    }

    /** The exact request of a snippet that many Android applications copied. */
    @Test
    void post_snippetOfAndroid_isAForm() throws Exception {
        start(LIMITS);
        String head = head("POST", "/uploads") + "Connection: Keep-Alive\r\nENCTYPE: multipart/form-data\r\n"
                + "Content-Type: multipart/form-data;boundary=*****\r\nuploaded_file: /sdcard/DCIM/a b.jpg\r\n";
        byte[] body = body(
                "--*****\r\nContent-Disposition: form-data; name=\"uploaded_file\";filename=\"/sdcard/DCIM/a b.jpg\"\r\n",
                "\r\n\0\1*****\r\n--****\r\n--*****--\r\n");
        UploadReceipt receipt = fixture.receipts(post(head, body)).get(0);
        assertThat(receipt.name()).isEqualTo("a b.jpg");
        assertThat(fixture.stored(receipt)).isEqualTo("\0\1*****\r\n--****");
    }

    @Test
    void post_hostileNames_becomeSafeOnes() throws Exception {
        start(LIMITS);
        Map<String, String> names = namesByParameters();
        String[] parts = names.keySet().stream()
                .map(name -> "Content-Disposition: form-data; name=f; " + name + "\r\n\r\n1")
                .toArray(String[]::new);
        List<UploadReceipt> receipts = fixture.receipts(post(formHead(), form("x", parts)));
        assertThat(receipts).extracting(UploadReceipt::name).containsExactlyElementsOf(names.values());
        assertThat(receipts).extracting(UploadReceipt::size).containsOnly(1L);

        for (Map.Entry<String, String> name : names.entrySet()) {
            Wire.Response response = post(
                    head("PUT", "/uploads") + "Content-Disposition: attachment; " + name.getKey() + "\r\n", body("1"));
            assertThat(fixture.receipts(response))
                    .extracting(UploadReceipt::name)
                    .as(name.getKey())
                    .containsExactly(name.getValue());
        }
        assertThat(fixture.files())
                .hasSize(2 * names.size())
                .allMatch(file -> file.getFileName().toString().matches("[0-9A-Za-z_-]{22}"));
    }

    /** The container decides about characters that no field value may have. */
    @ParameterizedTest
    @ValueSource(strings = {"a\0b", "a\rb", "a\nb", "a\r\nb"})
    void put_nameWithRawControls_isNeverOne(String name) throws Exception {
        start(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("PUT", "/uploads") + "Content-Disposition: attachment; filename=\"" + name
                    + "\"\r\nContent-Length: 1\r\n\r\n1");
            if (wire.statusOrEnd() == 201) {
                fixture.await("stored", () -> !fixture.listener.events.isEmpty());
                assertThat(fixture.listener.events).containsAnyOf("stored upload", "stored ab");
            } else {
                fixture.awaitNothingLeft();
            }
        }
    }

    @Test
    void put_nameOf10000Characters_isCutOrRefused() throws Exception {
        start(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("PUT", "/uploads") + "Content-Disposition: attachment; filename=" + "n".repeat(10_000)
                    + "\r\nContent-Length: 1\r\n\r\n");
            offer(wire, body("1"));
            int status = wire.statusOrEnd();
            assertThat(status).isIn(201, 400, 431, Wire.END);
            if (status == 201) {
                fixture.awaitEvents("stored " + "n".repeat(255));
            } else {
                fixture.awaitNothingLeft();
            }
        }
    }

    @Test
    void post_savedWebPage_isContent() throws Exception {
        start(LIMITS);
        String inner = new String(form("y", filePart("inner", "a/b", "2")), UTF_8);
        byte[] body = form("x", filePart("outer", "multipart/related; boundary=y", inner));
        List<UploadReceipt> receipts = fixture.receipts(post(formHead(), body));
        assertThat(receipts).singleElement().extracting(UploadReceipt::name).isEqualTo("outer");
        assertThat(fixture.stored(receipts.get(0))).isEqualTo(inner);
    }

    /** The client ends its half of the connection, or resets it. */
    @Test
    void post_clientGoneAtEvery1000thByte_leavesNothing() throws Exception {
        start(LIMITS);
        byte[] form = form(
                "x",
                filePart("a", "a/b", "1".repeat(6_000)),
                fieldPart("f", "v".repeat(3_000)),
                filePart("b", "a/b", ""),
                filePart("c", "a/b", "2".repeat(9_000)));
        byte[] chunk = body(Integer.toHexString(form.length), "\r\n", new String(form, UTF_8), "\r\n0\r\n\r\n");
        for (int offset = 0; offset < form.length; offset += 1_000) {
            goAt(offset, "Content-Length: " + form.length, form);
            goAt(offset, "Transfer-Encoding: chunked", chunk);
        }
        goAt(chunk.length - "0\r\n\r\n".length(), "Transfer-Encoding: chunked", chunk);
    }

    private void goAt(int offset, String framing, byte[] body) throws Exception {
        byte[] begun = Arrays.copyOf(body, offset);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(formHead(framing) + "\r\n").send(begun).shutdownOutput();
            assertNothingLeft("abandoned");
        }
        if (offset > 0) {
            try (Wire wire = new Wire(fixture.port())) {
                wire.send(formHead(framing) + "\r\n").send(begun);
                fixture.await("a file", () -> !fixture.files().isEmpty());
                wire.reset();
            }
            assertNothingLeft("abandoned");
        }
    }
}
