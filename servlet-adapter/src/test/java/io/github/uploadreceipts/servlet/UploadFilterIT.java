package io.github.uploadreceipts.servlet;

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

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@MethodSource(Container.IN_EVERY_WAY)
class UploadFilterIT {

    private static final int MAX_FILE_SIZE = 1_000_000;
    private static final UploadLimits LIMITS = UploadLimits.builder()
            .maxFileSize(MAX_FILE_SIZE)
            .maxRequestSize(100_000_000)
            .maxFiles(50)
            .maxFieldBytes(10_000)
            .build();

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @Parameter(2)
    boolean chunked;

    @TempDir
    Path root;

    private AdapterFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private void startWith(UploadLimits limits) throws Exception {
        fixture.start(container, async, limits);
    }

    private void startWith(UploadPolicy policy) throws Exception {
        fixture.start(container, async, UploadFilter.create(fixture.host, policy));
    }

    private Wire.Response post(String head, byte[] body) throws IOException {
        return chunked ? Wire.exchangeChunked(fixture.port(), head, body) : Wire.exchange(fixture.port(), head, body);
    }

    private void assertNothingLeft(String... events) throws Exception {
        fixture.awaitNothingLeft();
        fixture.awaitEvents(events);
    }

    @Test
    void post_multipart_givesReceiptsInPartOrder() throws Exception {
        startWith(LIMITS);
        byte[] body = form(
                "x",
                fieldPart("title", "ignored"),
                filePart("b.txt", "text/plain", "second\r\n--y"),
                filePart("a.txt", "text/plain", ""),
                fieldPart("receipt", "nobody looks at it without a page"),
                filePart("c.bin", "application/x-c", "\r\n\r\n--"));
        Wire.Response response = post(formHead(), body);

        assertThat(response.status()).as(response.body()).isEqualTo(201);
        assertThat(response.header("Content-Type")).startsWith("application/json");
        assertThat(response.header("Cache-Control")).isEqualTo("no-store");
        List<UploadReceipt> receipts = fixture.receipts(response);
        assertThat(receipts).extracting(UploadReceipt::name).containsExactly("b.txt", "a.txt", "c.bin");
        assertThat(receipts)
                .extracting(UploadReceipt::type)
                .containsExactly("text/plain", "text/plain", "application/x-c");
        assertThat(receipts).extracting(UploadReceipt::size).containsExactly(11L, 0L, 6L);
        assertThat(fixture.stored(receipts.get(0))).isEqualTo("second\r\n--y");
        assertThat(fixture.stored(receipts.get(1))).isEmpty();
        assertThat(fixture.stored(receipts.get(2))).isEqualTo("\r\n\r\n--");
        assertThat(fixture.files()).hasSize(3);
        fixture.awaitEvents("stored b.txt", "stored a.txt", "stored c.bin");
    }

    @Test
    void post_fiftyFiles_keepsTheirOrder() throws Exception {
        startWith(LIMITS);
        String[] parts = IntStream.range(0, 50)
                .mapToObj(i -> filePart((i * 37 % 50) + ".txt", "text/plain", "x".repeat((49 - i) * 2_000) + i))
                .toArray(String[]::new);
        Wire.Response response = post(formHead(), form("x", parts));

        List<UploadReceipt> receipts = fixture.receipts(response);
        assertThat(receipts)
                .extracting(UploadReceipt::name)
                .containsExactlyElementsOf(IntStream.range(0, 50)
                        .mapToObj(i -> (i * 37 % 50) + ".txt")
                        .toList());
        for (int i = 0; i < 50; i++) {
            assertThat(fixture.stored(receipts.get(i))).endsWith("x".repeat((49 - i) * 2_000) + i);
        }
    }

    @Test
    void post_anyBytes_digestIsOfThem() throws Exception {
        startWith(LIMITS);
        byte[] content = new byte[777_777];
        new Random(7).nextBytes(content);
        UploadReceipt receipt =
                fixture.receipts(post(head("POST", "/uploads"), content)).get(0);

        MessageDigest hash = MessageDigest.getInstance("SHA-256");
        assertThat(receipt.digest()).isEqualTo(ContentDigest.of(hash.digest(content)));
        assertThat(receipt.size()).isEqualTo(content.length);
        assertThat(fixture.stored(receipt).getBytes(ISO_8859_1)).isEqualTo(content);
    }

    @Test
    void post_chunked_isReceived() throws Exception {
        startWith(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(formHead("Transfer-Encoding: chunked") + "\r\n");
            for (byte b : form("x", filePart("a", "a/b", "\r\n--\r\nx-"))) {
                wire.sendChunk(new byte[] {b});
            }
            wire.sendChunk(new byte[0]);
            assertThat(fixture.stored(fixture.receipts(wire.response()).get(0))).isEqualTo("\r\n--\r\nx-");
        }
    }

    @Test
    void post_onKeptConnection_getsAResponseEachTime() throws Exception {
        startWith(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            for (int i = 0; i < 5; i++) {
                wire.send(formHead(), form("x", filePart(i + "", "a/b", "content " + i)));
                Wire.Response response = wire.response();
                assertThat(fixture.stored(fixture.receipts(response).get(0))).isEqualTo("content " + i);
            }
        }
    }

    @Test
    void put_raw_takesNameFromDisposition() throws Exception {
        startWith(LIMITS);
        Wire.Response response = post(
                head("PUT", "/uploads") + "Content-Type: image/png\r\n"
                        + "Content-Disposition: attachment; filename*=UTF-8''%C3%A4.png\r\n",
                "picture".getBytes(UTF_8));

        assertThat(response.status()).as(response.body()).isEqualTo(201);
        UploadReceipt receipt = fixture.receipts(response).get(0);
        assertThat(receipt.name()).isEqualTo("ä.png");
        assertThat(receipt.type()).isEqualTo("image/png");
        assertThat(fixture.stored(receipt)).isEqualTo("picture");
    }

    @Test
    void post_rawWithoutNameAndType_getsDefaults() throws Exception {
        startWith(LIMITS);
        UploadReceipt receipt =
                fixture.receipts(post(head("POST", "/uploads"), new byte[0])).get(0);

        assertThat(receipt.name()).isEqualTo("upload");
        assertThat(receipt.type()).isEqualTo("application/octet-stream");
        assertThat(receipt.size()).isZero();
    }

    @Test
    void post_hostileNames_becomeSafeOnes() throws Exception {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("../../etc/passwd", "passwd");
        names.put("C:\\fakepath\\a.txt", "a.txt");
        names.put("..", "upload");
        names.put("a/..", "upload");
        names.put("/", "upload");
        names.put("a%2Fb", "a%2Fb");
        names.put("a:b", "a_b");
        names.put("a.txt. . ", "a.txt");
        names.put("<script>alert(1)</script>", "script>");
        names.put("x%22y\\\"z", "x\"y\"z");
        names.put("a\u202Etxt.exe", "atxt.exe");
        names.put("e\u0301.txt", "é.txt");
        names.put("line\u2028sep", "linesep");
        names.put("\1bell\7\33[1m\177.txt", "bell[1m.txt");
        names.put("5\" disk.txt", "5\" disk.txt");
        names.put("\uFEFFbom", "bom");
        names.put("x".repeat(300) + ".jpeg", "x".repeat(250) + ".jpeg");
        names.put("日本語".repeat(40) + ".png", "日本語".repeat(27) + "日本.png");
        names.put("{{body}}", "{{body}}");
        startWith(LIMITS);
        String[] parts =
                names.keySet().stream().map(name -> filePart(name, "a/b", "")).toArray(String[]::new);

        List<UploadReceipt> receipts = fixture.receipts(post(formHead(), form("x", parts)));
        assertThat(receipts).extracting(UploadReceipt::name).containsExactlyElementsOf(names.values());
        assertThat(fixture.files())
                .extracting(file -> file.getFileName().toString())
                .containsExactlyInAnyOrderElementsOf(receipts.stream()
                        .map(receipt -> receipt.id().toString())
                        .toList());
    }

    @Test
    void post_nameWithRawControls_isRefused() throws Exception {
        startWith(LIMITS);
        assertProblem(post(formHead(), form("x", filePart("a\0b", "a/b", "1"))), 400, "malformed-multipart");
        assertNothingLeft("refused MALFORMED_MULTIPART");
    }

    @Test
    void post_batchAndContext_areInTheReceipts() throws Exception {
        startWith(request ->
                UploadPermit.of("anna", LIMITS).batch(new Batch("b1", 3, 2)).context("{\"order\":7}"));
        Wire.Response response = post(formHead(), form("x", filePart("a", "a/b", "1"), filePart("b", "a/b", "2")));

        List<UploadReceipt> receipts =
                fixture.host.receipts().subject("anna").verifyAll(AdapterFixture.tokens(response));
        assertThat(receipts)
                .extracting(receipt -> receipt.batch().orElseThrow().sequence())
                .containsExactly(2, 3);
        assertThat(receipts)
                .extracting(receipt -> receipt.context().orElseThrow())
                .containsOnly("{\"order\":7}");
    }

    @Test
    void post_moreFilesThanTheBatchHas_leavesNothing() throws Exception {
        startWith(request -> UploadPermit.anyone(LIMITS).batch(new Batch("b1", 1, 1)));
        Wire.Response response = post(formHead(), form("x", filePart("a", "a/b", "1"), filePart("b", "a/b", "2")));

        assertProblem(response, 413, "too-many-files");
        assertNothingLeft("refused TOO_MANY_FILES");
    }

    @Test
    void post_fileTooLarge_isRefusedMidBodyAndLeavesNothing() throws Exception {
        startWith(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(formHead("Content-Length: 49000000") + "\r\n");
            wire.send("--x\r\n" + filePart("a", "a/b", "")).send(new byte[MAX_FILE_SIZE + 1]);
            wire.send(new byte[100]); // the parser holds back bytes that may begin a boundary
            Wire.Response response = wire.response();

            assertProblem(response, 413, "file-too-large");
            assertThat(response.body()).contains("\"limit\":1000000");
            assertThat(response.header("Connection")).isEqualTo("close");
            assertCut(container, wire);
        }
        assertNothingLeft("refused FILE_TOO_LARGE");
    }

    @Test
    void post_fileOfExactlyTheLimit_isTaken() throws Exception {
        startWith(LIMITS);
        Wire.Response response = post(head("POST", "/uploads"), new byte[MAX_FILE_SIZE]);
        assertThat(fixture.receipts(response).get(0).size()).isEqualTo(MAX_FILE_SIZE);
    }

    @Test
    void post_secondFileTooLarge_takesTheFirstAway() throws Exception {
        startWith(LIMITS);
        byte[] body = form("x", filePart("a", "a/b", "1"), filePart("b", "a/b", "x".repeat(MAX_FILE_SIZE + 1)));
        assertProblem(post(formHead(), body), 413, "file-too-large");
        assertNothingLeft("refused FILE_TOO_LARGE");
    }

    @Test
    void post_requestTooLargeByContentLength_isRefusedBeforeTheBody() throws Exception {
        startWith(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(formHead("Expect: 100-continue", "Content-Length: 100000001") + "\r\n");
            Wire.Response response = wire.response();
            assertProblem(response, 413, "request-too-large");
            assertThat(response.body()).contains("\"limit\":100000000,\"actual\":100000001");
            assertCut(container, wire);
        }
        assertThat(fixture.store.steps).isEmpty();
        assertNothingLeft("refused REQUEST_TOO_LARGE");
    }

    @Test
    void post_chunkedRequestTooLarge_isRefusedMidBody() throws Exception {
        startWith(UploadLimits.builder().maxRequestSize(1_000).build());
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(formHead("Transfer-Encoding: chunked") + "\r\n");
            wire.sendChunk(("--x\r\n" + filePart("a", "a/b", "x".repeat(2_000))).getBytes(UTF_8));
            assertProblem(wire.response(), 413, "request-too-large");
        }
        assertNothingLeft("refused REQUEST_TOO_LARGE");
    }

    @Test
    void post_tooManyFiles_leavesNothing() throws Exception {
        startWith(LIMITS);
        String[] parts =
                IntStream.range(0, 51).mapToObj(i -> filePart("f", "a/b", "1")).toArray(String[]::new);
        assertProblem(post(formHead(), form("x", parts)), 413, "too-many-files");
        assertNothingLeft("refused TOO_MANY_FILES");
    }

    @Test
    void post_fieldsTooLarge_leavesNothing() throws Exception {
        startWith(LIMITS);
        byte[] body = form("x", filePart("f", "a/b", "1"), fieldPart("a", "v".repeat(10_000)));
        assertProblem(post(formHead(), body), 413, "fields-too-large");
        assertNothingLeft("refused FIELDS_TOO_LARGE");
    }

    @Test
    void post_missingFinalBoundary_leavesNothing() throws Exception {
        startWith(LIMITS);
        byte[] body = ("--x\r\n" + filePart("f", "a/b", "1") + "\r\n--x\r\n" + filePart("g", "a/b", "2") + "\r\n--x-")
                .getBytes(UTF_8);
        assertProblem(post(formHead(), body), 400, "incomplete-body");
        assertNothingLeft("refused INCOMPLETE_BODY");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST | multipart/form-data | 400 | malformed-multipart",
                "POST | multipart/form-data; boundary=\"\" | 400 | malformed-multipart",
                "POST | multipart/form-data; boundary=\"ends in space \" | 400 | malformed-multipart",
                "POST | multipart/form-data; boundary=y | 400 | incomplete-body",
                "POST | multipart/mixed; boundary=x | 415 | unsupported-content",
                "PUT | multipart/form-data; boundary=x | 415 | unsupported-content",
            })
    void upload_multipartTypeNotTaken_isRefused(String method, String type, int status, String problem)
            throws Exception {
        startWith(LIMITS);
        byte[] body = form("x", filePart("f", "a/b", "1"));
        Wire.Response response = post(head(method, "/uploads") + "Content-Type: " + type + "\r\n", body);
        assertProblem(response, status, problem);
        fixture.awaitNothingLeft();
    }

    @Test
    void post_contentEncoding_isRefused() throws Exception {
        startWith(LIMITS);
        assertProblem(
                post(head("POST", "/uploads") + "Content-Encoding: gzip\r\n", new byte[10]),
                415,
                "unsupported-content");
        assertNothingLeft("refused UNSUPPORTED_CONTENT");
    }

    @Test
    void post_formWithoutFiles_givesNoReceipts() throws Exception {
        startWith(LIMITS);
        byte[] body = form("x", fieldPart("a", "b"), filePart("", "application/octet-stream", ""));
        Wire.Response response = post(formHead(), body);
        assertThat(response.status()).isEqualTo(201);
        assertThat(response.body()).isEqualTo("{\"receipts\":[]}");
        assertThat(fixture.files()).isEmpty();
    }

    @Test
    void post_expectContinue_isInvitedBeforeTheBody() throws Exception {
        startWith(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads")
                    + "Content-Type: a/b\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
            assertThat(wire.response().status()).isEqualTo(100);
            wire.send("abc");
            assertThat(fixture.stored(fixture.receipts(wire.response()).get(0))).isEqualTo("abc");
        }
    }

    @Test
    void post_refusedByPolicy_costsNoUpload() throws Exception {
        startWith(request -> {
            throw new UploadRefusedException(Problem.of(ProblemType.FORBIDDEN, "Not today."));
        });
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Content-Length: 10000000000\r\nExpect: 100-continue\r\n\r\n");
            Wire.Response response = wire.response();
            assertProblem(response, 403, "forbidden");
            assertThat(response.body()).endsWith("\"detail\":\"Not today.\"}");
            assertThat(response.header("Connection")).isEqualTo("close");
            assertCut(container, wire);
        }
        assertThat(fixture.store.steps).isEmpty();
        assertNothingLeft("refused FORBIDDEN");
    }

    @Test
    void post_notSignedIn_isRefused() throws Exception {
        startWith(UploadPolicy.signedIn(LIMITS));
        assertProblem(post(head("POST", "/uploads"), new byte[3]), 401, "not-signed-in");
        assertNothingLeft("refused NOT_SIGNED_IN");
    }

    @Test
    void post_policyFails_getsAResponseAndLeavesNothing() throws Exception {
        startWith(request -> {
            throw new IllegalArgumentException("a bug");
        });
        assertThat(post(head("POST", "/uploads"), new byte[3]).status()).isEqualTo(500);
        fixture.awaitNothingLeft();
    }

    @Test
    void post_noSpaceAboveTheFloor_is507() throws Exception {
        fixture.store.freeSpace = LIMITS.freeSpaceFloor() - 1;
        startWith(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Content-Length: 90000000\r\nExpect: 100-continue\r\n\r\n");
            assertProblem(wire.response(), 507, "no-space");
        }
        assertProblem(post(formHead(), form("x", filePart("a", "a/b", "1"))), 507, "no-space");
        assertNothingLeft("refused NO_SPACE", "refused NO_SPACE");
    }

    @Test
    void post_diskFullMidFile_is507() throws Exception {
        fixture.store.failure = new StoreException.Full("No space left on device", null);
        fixture.store.fail("write", 1);
        startWith(LIMITS);
        assertProblem(
                post(formHead(), form("x", filePart("a", "a/b", ""), filePart("b", "a/b", "1"))), 507, "no-space");
        assertNothingLeft("refused NO_SPACE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "write", "force", "publish"})
    void post_storeFails_leavesNothing(String step) throws Exception {
        fixture.store.fail(step, 1);
        startWith(LIMITS);
        byte[] body = form("x", filePart("a", "a/b", "1"), filePart("b", "a/b", "2"), filePart("c", "a/b", "3"));
        assertProblem(post(formHead(), body), 500, "storage-failed");
        assertNothingLeft("refused STORAGE_FAILED");
    }

    @Test
    void post_stored_responseOnlyWhenDurableAndVisible() throws Exception {
        fixture.store.waitAt("force");
        startWith(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(formHead(), form("x", filePart("a", "a/b", "1"), filePart("b", "a/b", "2")));
            fixture.store.reached.await();
            assertThat(wire.hasResponse()).isFalse();
            fixture.await("both files begun", () -> fixture.store.steps.equals(List.of("create", "create")));
            fixture.store.goOn.countDown();

            assertThat(fixture.receipts(wire.response())).hasSize(2);
        }
        // the first file is forced while the second arrives
        List<String> steps = fixture.store.steps;
        assertThat(steps.subList(0, 4)).containsExactlyInAnyOrder("create", "create", "force", "force");
        assertThat(steps.subList(4, 6)).containsExactly("publish", "publish");
    }

    @Test
    void post_waitsForPublish_beforeItResponds() throws Exception {
        fixture.store.waitAt("publish");
        startWith(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads"), new byte[] {1});
            fixture.store.reached.await();
            assertThat(wire.hasResponse()).isFalse();
            assertThat(fixture.listener.events).isEmpty();
            fixture.store.goOn.countDown();
            assertThat(wire.response().status()).isEqualTo(201);
        }
    }

    @Test
    void post_clientEndsMidBody_leavesNothing() throws Exception {
        startWith(LIMITS);
        byte[] body = form("x", filePart("a", "a/b", "1".repeat(5_000)), filePart("b", "a/b", "2"));
        List<String> events = new ArrayList<>();
        for (boolean inChunks : new boolean[] {false, true}) {
            for (int offset : new int[] {0, 1, 20, 100, 4_000, body.length - 60, body.length - 3}) {
                try (Wire wire = new Wire(fixture.port())) {
                    byte[] begun =
                            new String(body, ISO_8859_1).substring(0, offset).getBytes(ISO_8859_1);
                    if (!inChunks) {
                        wire.send(formHead("Content-Length: " + body.length) + "\r\n")
                                .send(begun);
                    } else {
                        wire.send(formHead("Transfer-Encoding: chunked") + "\r\n");
                        wire.send(Integer.toHexString(body.length) + "\r\n").send(begun);
                    }
                    wire.shutdownOutput();
                    events.add("abandoned");
                    fixture.awaitEvents(events.toArray(String[]::new));
                }
            }
        }
        fixture.awaitNothingLeft();
    }

    @Test
    void post_clientBreaksConnection_leavesNothing() throws Exception {
        startWith(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(formHead("Content-Length: 49000000") + "\r\n--x\r\n" + filePart("a", "a/b", "1".repeat(70_000)));
            fixture.await("file", () -> !fixture.files().isEmpty());
            wire.reset();
        }
        assertNothingLeft("abandoned");
    }

    @Test
    void post_malformedChunk_leavesNothing() throws Exception {
        startWith(LIMITS);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nnot hexadecimal\r\n");
            wire.shutdownOutput(); // Undertow takes a line without digits for the last chunk, and waits for trailers
            assertThat(wire.statusOrEnd()).isIn(400, Wire.END); // in asynchronous mode Tomcat closes at once
        }
        assertNothingLeft("abandoned");
    }

    @Test
    void events_haveIdsAndSizes() throws Exception {
        startWith(UploadLimits.builder().maxFileSize(5).build());
        assertThat(post(head("POST", "/uploads"), new byte[3]).status()).isEqualTo(201);
        fixture.await("stored", () -> fixture.listener.stored().size() == 1); // is told after the response
        assertThat(post(formHead(), form("x", filePart("a", "a/b", "four"))).status())
                .isEqualTo(201);
        fixture.await("stored", () -> fixture.listener.stored().size() == 2);
        List<UploadEvent.Received> received = fixture.listener.told(UploadEvent.Received.class);
        assertThat(received).extracting(UploadEvent.Received::bytes).containsExactly(3L, 4L);
        assertThat(received)
                .extracting(UploadEvent.Received::way)
                .containsExactly(UploadEvent.Way.RAW, UploadEvent.Way.MULTIPART);
        assertThat(received)
                .extracting(UploadEvent.Received::id)
                .containsExactlyElementsOf(fixture.listener.told(UploadEvent.Stored.class).stream()
                        .map(stored -> stored.receipt().id())
                        .toList());

        assertProblem(post(formHead(), form("x", filePart("a", "a/b", "sixsix"))), 413, "file-too-large");
        assertThat(fixture.listener.told(UploadEvent.Refused.class))
                .singleElement()
                .satisfies(refused -> {
                    assertThat(refused.place()).isEqualTo(UploadEvent.Place.UPLOAD);
                    assertThat(refused.id()).isPresent();
                });
        try (Wire wire = new Wire(fixture.port())) {
            begin(wire);
            fixture.await("a third file", () -> fixture.files().size() == 3);
            assertThat(HostAccess.engine(fixture.host).vitals().inFlight()).isEqualTo(1);
            wire.reset();
        }
        fixture.await("abandoned", () -> fixture.listener.events.contains("abandoned"));
        assertThat(fixture.listener.told(UploadEvent.Abandoned.class))
                .singleElement()
                .satisfies(abandoned -> {
                    assertThat(abandoned.id()).isPresent();
                    assertThat(abandoned.bytes()).isLessThanOrEqualTo(1);
                });
        fixture.await(
                "nothing in flight",
                () -> HostAccess.engine(fixture.host).vitals().inFlight() == 0);
    }

    @Test
    void post_moreInFlightThanAnAddressMay_is429() throws Exception {
        startWith(UploadLimits.builder().perAddress(2, Long.MAX_VALUE).build());
        assertThirdIsRefused();
    }

    @Test
    void post_moreInFlightThanASubjectMay_is429() throws Exception {
        UploadLimits limits =
                UploadLimits.builder().perSubject(2, Long.MAX_VALUE).build();
        startWith(request -> UploadPermit.of("anna", limits));
        assertThirdIsRefused();
    }

    private void assertThirdIsRefused() throws Exception {
        try (Wire first = new Wire(fixture.port());
                Wire second = new Wire(fixture.port())) {
            begin(first);
            begin(second);
            fixture.await("two files", () -> fixture.files().size() == 2);
            assertProblem(post(head("POST", "/uploads"), new byte[3]), 429, "too-many-uploads");

            first.send("b");
            assertThat(first.response().status()).isEqualTo(201);
            assertThat(post(head("POST", "/uploads"), new byte[3]).status()).isEqualTo(201);
            second.reset();
        }
        fixture.await("one abandoned", () -> fixture.listener.events.contains("abandoned"));
        try (Wire first = new Wire(fixture.port());
                Wire second = new Wire(fixture.port())) {
            begin(first);
            begin(second);
            first.send("b");
            second.send("b");
            assertThat(first.response().status()).isEqualTo(201);
            assertThat(second.response().status()).isEqualTo(201);
        }
    }

    private static void begin(Wire wire) throws IOException {
        wire.send(head("POST", "/uploads") + "Content-Length: 2\r\n\r\na");
    }

    @Test
    void post_moreBytesInFlightThanAnAddressMay_is429() throws Exception {
        startWith(UploadLimits.builder().perAddress(10, 1_000).build());
        try (Wire first = new Wire(fixture.port())) {
            first.send(head("POST", "/uploads") + "Content-Length: 901\r\n\r\n").send(new byte[900]);
            fixture.await(
                    "one file of 900 bytes",
                    () -> fixture.files().size() == 1
                            && Files.size(fixture.files().get(0)) == 900);
            assertProblem(post(head("POST", "/uploads"), new byte[101]), 429, "too-many-uploads");
            assertThat(post(head("POST", "/uploads"), new byte[99]).status()).isEqualTo(201);
            first.send("b");
            assertThat(first.response().status()).isEqualTo(201);
        }
        assertThat(post(head("POST", "/uploads"), new byte[1_000]).status()).isEqualTo(201);
    }

    @Test
    void otherMethods_areNotAllowed() throws Exception {
        startWith(LIMITS);
        for (String method : List.of("GET", "HEAD", "DELETE", "PATCH")) {
            Wire.Response response = post(head(method, "/uploads"), new byte[0]);
            assertThat(response.status()).as(method).isEqualTo(405);
            assertThat(response.header("Allow")).isEqualTo("POST, PUT, OPTIONS");
        }
        Wire.Response options = post(head("OPTIONS", "/uploads"), new byte[0]);
        assertThat(options.status()).isEqualTo(204);
        assertThat(options.header("Allow")).isEqualTo("POST, PUT, OPTIONS");
        assertThat(fixture.files()).isEmpty();
    }

    @Test
    void get_element_isServedToAnybody() throws Exception {
        startWith(UploadPolicy.signedIn(LIMITS));
        String url = "/uploads/" + UploadFilter.elementName();
        Wire.Response latest = post(head("GET", "/uploads/upload-receipts.js"), new byte[0]);
        Wire.Response immutable = post(head("GET", url + ";jsessionid=1") + "Origin: null\r\n", new byte[0]);
        for (Wire.Response response : List.of(latest, immutable)) {
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body()).contains("customElements.define");
            assertThat(response.header("Content-Type").replace(" ", ""))
                    .isEqualToIgnoringCase("text/javascript;charset=utf-8");
            assertThat(response.headers())
                    .containsEntry("x-content-type-options", "nosniff")
                    .containsEntry("access-control-allow-origin", "*")
                    .containsEntry("cross-origin-resource-policy", "cross-origin");
        }
        assertThat(latest.header("Cache-Control")).isEqualTo("no-cache");
        assertThat(immutable.header("Cache-Control")).isEqualTo("public, max-age=31536000, immutable");

        Wire.Response head = post(head("HEAD", url), new byte[0]);
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Content-Length"))
                .isEqualTo(String.valueOf(latest.body().length()));
        Wire.Response known = post(head("GET", url) + "If-None-Match: " + latest.header("ETag") + "\r\n", new byte[0]);
        assertThat(known.status()).isEqualTo(304);
        assertThat(known.header("ETag")).isEqualTo(latest.header("ETag")).matches("\"[0-9a-f]{16}\"");

        Wire.Response other = post(head("GET", "/uploads/upload-receipts-0123456789abcdef.js"), new byte[0]);
        assertThat(other.status()).isEqualTo(404);
        assertThat(other.header("Cache-Control")).isEqualTo("no-store");
        assertThat(post(head("DELETE", url), new byte[0]).status()).isEqualTo(405);
    }

    @Test
    void cors_allowedOrigin_mayUploadAndRead() throws Exception {
        fixture.start(
                container,
                async,
                UploadFilter.builder(fixture.host, UploadPolicy.anyone(LIMITS))
                        .allowOrigins("https://a.example", "http://localhost:3000")
                        .allowCredentials()
                        .allowHeaders("X-CSRF-Token")
                        .build());
        Wire.Response preflight = post(
                head("OPTIONS", "/uploads")
                        + "Origin: https://a.example\r\nAccess-Control-Request-Method: POST\r\n"
                        + "Access-Control-Request-Headers: content-disposition\r\n",
                new byte[0]);
        assertThat(preflight.status()).isEqualTo(204);
        assertThat(preflight.headers())
                .containsEntry("access-control-allow-origin", "https://a.example")
                .containsEntry("access-control-allow-methods", "POST, PUT, PATCH, HEAD, DELETE, OPTIONS")
                .containsEntry(
                        "access-control-allow-headers",
                        "Authorization, Content-Digest, Content-Disposition, Content-Type, Repr-Digest, Tus-Resumable, "
                                + "Upload-Checksum, Upload-Complete, Upload-Concat, Upload-Defer-Length, "
                                + "Upload-Draft-Interop-Version, Upload-Incomplete, Upload-Length, Upload-Metadata, "
                                + "Upload-Offset, Upload-Slot, Upload-Ticket, Want-Repr-Digest, X-CSRF-Token, "
                                + "X-HTTP-Method-Override, X-Request-ID, X-Requested-With")
                .containsEntry("access-control-allow-credentials", "true")
                .containsEntry("access-control-max-age", "600")
                .containsEntry("vary", "Origin");

        Wire.Response upload = post(head("POST", "/uploads") + "Origin: http://localhost:3000\r\n", new byte[1]);
        assertThat(upload.status()).isEqualTo(201);
        assertThat(upload.headers())
                .containsEntry("access-control-allow-origin", "http://localhost:3000")
                .containsEntry("access-control-allow-credentials", "true")
                .containsEntry(
                        "access-control-expose-headers",
                        "Location, Repr-Digest, Retry-After, Tus-Checksum-Algorithm, Tus-Extension, Tus-Max-Size, "
                                + "Tus-Resumable, Tus-Version, Upload-Complete, Upload-Concat, Upload-Defer-Length, "
                                + "Upload-Expires, Upload-Incomplete, Upload-Length, Upload-Limit, Upload-Message, Upload-Metadata, "
                                + "Upload-Offset, Upload-Receipt, Upload-Status")
                .containsEntry("vary", "Origin");

        Wire.Response refused =
                post(head("POST", "/uploads") + "Origin: https://a.example\r\nContent-Encoding: br\r\n", new byte[1]);
        assertThat(refused.status()).isEqualTo(415);
        assertThat(refused.headers()).containsEntry("access-control-allow-origin", "https://a.example");
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example", "https://a.example.evil.example", "null", "https://A.example"})
    void cors_foreignOrigin_mayNotRead(String origin) throws Exception {
        fixture.start(
                container,
                async,
                UploadFilter.builder(fixture.host, UploadPolicy.anyone(LIMITS))
                        .allowOrigins("https://a.example")
                        .build());
        Wire.Response preflight = post(
                head("OPTIONS", "/uploads") + "Origin: " + origin + "\r\nAccess-Control-Request-Method: POST\r\n",
                new byte[0]);
        Wire.Response upload = post(head("POST", "/uploads") + "Origin: " + origin + "\r\n", new byte[1]);
        assertThat(Stream.of(preflight, upload).flatMap(response -> response.headers().keySet().stream()))
                .noneMatch(name -> name.startsWith("access-control"))
                .contains("vary");
    }

    @Test
    void post_morePartsThanAFormMay_isRefused() throws Exception {
        startWith(UploadPolicy.anyone(UploadLimits.defaults()));
        String[] parts = new String[4_001];
        Arrays.fill(parts, fieldPart("f", ""));
        Wire.Response response =
                post(head("POST", "/uploads") + "Content-Type: multipart/form-data; boundary=x\r\n", form("x", parts));
        assertProblem(response, 413, "fields-too-large");
        fixture.awaitNothingLeft();
    }

    @Test
    void stop_whileAnUploadArrives_refusesItAndLeavesNothing() throws Exception {
        UploadFilter filter = UploadFilter.create(fixture.host, UploadPolicy.anyone(LIMITS));
        fixture.start(container, true, filter);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Content-Type: a/b\r\nContent-Length: 10\r\n\r\n12345");
            fixture.await("the upload", () -> fixture.files().size() == 1);
            filter.destroy();
            Wire.Response response = wire.response();
            assertProblem(response, 503, "unavailable");
            assertThat(response.header("Retry-After")).isEqualTo("5");
        }
        fixture.awaitNothingLeft();
    }

    @Test
    void stop_whileAnUploadBegins_refusesItAndLeavesNothing() throws Exception {
        fixture.store.waitAt("create");
        UploadFilter filter = UploadFilter.create(fixture.host, UploadPolicy.anyone(LIMITS));
        fixture.start(container, true, filter);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Content-Type: a/b\r\nContent-Length: 10\r\n\r\n12345");
            fixture.store.reached.await();
            filter.destroy();
            fixture.store.goOn.countDown();
            assertProblem(wire.response(), 503, "unavailable");
        }
        fixture.awaitNothingLeft();
    }
}
