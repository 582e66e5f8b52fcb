package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.testing.RecordedLog;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The log about a refusal at the default level, and what the response must not contain. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class RefusalLogIT {

    private static final UploadLimits LIMITS =
            UploadLimits.builder().maxFileSize(10).build();
    private static final UploadLimits IMPATIENT =
            UploadLimits.builder().idleTimeout(Duration.ofMillis(300)).build();
    private static final String FROM_BROWSER = "Accept: text/html";

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private final Logger logger = Logger.getLogger("io.github.uploadreceipts.servlet");
    private final RecordedLog log = RecordedLog.of("io.github.uploadreceipts.servlet");
    private final List<String> expected = new ArrayList<>();
    private AdapterFixture fixture;

    @BeforeEach
    void start() throws Exception {
        logger.setLevel(Level.INFO);
        logger.setUseParentHandlers(false);
        fixture = new AdapterFixture(root);
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put("/uploads/*", UploadFilter.create(fixture.host, UploadPolicy.anyone(LIMITS)));
        filters.put("/slow/*", UploadFilter.create(fixture.host, UploadPolicy.anyone(IMPATIENT)));
        filters.put("/private/*", UploadFilter.create(fixture.host, UploadPolicy.signedIn(LIMITS)));
        filters.put("/internal/uploads/*", DeliveryFilter.create(fixture.host));
        filters.put("/orders/*", ReceiptsFilter.create(fixture.host));
        fixture.start(container, async, filters, new HttpServlet() {});
        log.clear(); // what the start says
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
        log.close();
        logger.setUseParentHandlers(true);
        logger.setLevel(null);
    }

    private Wire.Response send(String head, byte[] body) throws IOException {
        return Wire.exchange(fixture.port(), head, body);
    }

    /** The log record may come shortly after the response. There must be only one. */
    private void assertLogged(String line) throws Exception {
        expected.add(line);
        fixture.await("log of " + line, () -> lines().size() >= expected.size());
        assertThat(lines()).isEqualTo(expected);
    }

    private List<String> lines() {
        return log.records().stream()
                .map(entry -> entry.getLevel() + " " + new SimpleFormatter().formatMessage(entry))
                .filter(line -> !line.startsWith("WARNING each upload holds a thread")) // of no refusal, once a filter
                .toList();
    }

    private static String tampered(String token) {
        return token.substring(0, token.length() - 4) + (token.endsWith("AAAA") ? "BBBB" : "AAAA");
    }

    /**
     * Returns four refused receipts: one with a wrong seal, one of another fleet, one of another user, and an expired
     * one.
     */
    private List<String> refusedReceipts() throws Exception {
        IssuedReceipt good = fixture.store("a", "1");
        UploadReceipt receipt = good.receipt();
        UploadReceipt old = new UploadReceipt(
                receipt.id(),
                "old",
                receipt.type(),
                1,
                receipt.digest(),
                receipt.locations(),
                Optional.empty(),
                receipt.issuedAt().minus(Duration.ofDays(2)),
                receipt.issuedAt().minus(Duration.ofDays(1)),
                Optional.empty(),
                Optional.empty());
        return List.of(
                tampered(good.token()),
                new ReceiptTokens(KeyRing.generate("other"), false).issue(receipt),
                fixture.store(UploadPermit.of("berta", LIMITS), "b", new byte[1])
                        .token(),
                new ReceiptTokens(fixture.keyRing, false).issue(old));
    }

    private static final String TAMPERED = "it was changed, or signed with another key of the same name";
    private static final String STRANGE =
            "it is of another kind, or its key is not in this host's key ring (all hosts need the same file)";
    private static final String CAUSES = "0: token refused: " + TAMPERED + "; 1: token refused: " + STRANGE
            + "; 2: token refused: it is bound to a user, who is not the user of the request"
            + "; 3: token refused: it has expired";

    private static void assertSaysNoMore(Wire.Response response, List<String> tokens) {
        assertThat(response.body())
                .doesNotContain("changed", "another kind", "bound", "token refused", "berta", "other");
        tokens.forEach(token -> assertThat(response.body()).doesNotContain(token));
    }

    @Test
    void carriedReceipts_causeOfEach() throws Exception {
        List<String> tokens = refusedReceipts();
        String[] parts = Stream.concat(
                        tokens.stream().map(token -> fieldPart("receipt", token)), Stream.of(filePart("c", "a/b", "3")))
                .toArray(String[]::new);
        Wire.Response response = send(formHead(FROM_BROWSER), form("x", parts));
        assertThat(response.status()).isEqualTo(422);
        assertSaysNoMore(response, tokens);
        assertLogged("INFO an upload is refused: " + CAUSES);
    }

    @Test
    void finalRequest_causeOfEach() throws Exception {
        List<String> tokens = refusedReceipts();
        String[] parts =
                tokens.stream().map(token -> fieldPart("receipt", token)).toArray(String[]::new);
        Wire.Response response =
                send(head("POST", "/orders") + "Content-Type: multipart/form-data; boundary=x\r\n", form("x", parts));
        assertProblem(response, 422, "receipts-refused");
        assertSaysNoMore(response, tokens);
        assertLogged("INFO a final request is refused: " + CAUSES);

        response = send(head("POST", "/orders") + "Content-Type: application/json\r\n", "{}".getBytes(UTF_8));
        assertProblem(response, 400, "malformed-request");
        assertLogged("INFO a final request is refused: MALFORMED_REQUEST: The body has no array of receipts at"
                + " /receipts.");
    }

    @Test
    void upload_cause() throws Exception {
        assertProblem(send(head("POST", "/private"), new byte[1]), 401, "not-signed-in");
        assertLogged("INFO an upload is refused: NOT_SIGNED_IN");

        assertProblem(send(formHead(), form("x", filePart("a", "a/b", "12345678901"))), 413, "file-too-large");
        assertLogged("INFO an upload is refused: FILE_TOO_LARGE: A file may have 10 bytes.");

        assertProblem(send(formHead(), form("y", "")), 400, "incomplete-body");
        assertLogged("INFO an upload is refused: INCOMPLETE_BODY: The final boundary is missing.");

        fixture.store.fail("force", 1);
        assertProblem(send(head("POST", "/uploads"), new byte[1]), 500, "storage-failed");
        assertLogged("INFO an upload is refused: STORAGE_FAILED");
    }

    /** Without asynchronous support the host notices a slow client only when more bytes come. */
    @Test
    void slowUpload_cause() throws Exception {
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/slow") + "Content-Length: 3\r\n\r\na");
            if (!async) {
                fixture.await("the upload", () -> !fixture.files().isEmpty());
                LockSupport.parkNanos(2 * IMPATIENT.idleTimeout().toNanos());
                wire.send("b");
            }
            assertProblem(wire.response(), 408, "too-slow");
            assertLogged("INFO an upload is refused: TOO_SLOW: The body paused for too long.");
        }
    }

    @Test
    void peer_cause() throws Exception {
        IssuedReceipt stored = fixture.store("a", "1");
        UploadReceipt receipt = stored.receipt();
        String path = receipt.owner().path();
        String token = new PeerTokens(fixture.keyRing, Clock.systemUTC())
                .mint(new PeerRequest("GET", receipt.owner(), 1, receipt.digest(), receipt.type(), Optional.empty()));
        String upload = receipt.id().toString();

        assertPeerRefused(
                401,
                head("GET", path),
                "INFO a request between hosts is refused: PEER_TOKEN_REFUSED: it has no peer token");
        assertPeerRefused(
                401,
                bearing("HEAD", path, token),
                "WARNING peer token for " + upload + " refused: it is for another request");
        assertPeerRefused(
                401,
                bearing("GET", path, tampered(token)),
                "WARNING peer token for " + upload + " refused: " + TAMPERED);
        assertPeerRefused(
                401, bearing("GET", path, stored.token()), "WARNING peer token for " + upload + " refused: " + STRANGE);
        assertPeerRefused(
                404,
                bearing("GET", path, token) + "X-Forwarded-For: 10.0.0.1\r\n",
                "INFO a request between hosts is refused: NOT_FOUND: it bears X-Forwarded-For");
    }

    private static String bearing(String method, String path, String token) {
        return head(method, path) + "Authorization: Bearer " + token + "\r\n";
    }

    @Test
    void proxyThatRenamesTheEndpoint_warnedOfOnce() throws Exception {
        String creation = head("POST", "/uploads") + TusClient.TUS + "Upload-Length: 5\r\n";
        send(creation + "X-Original-URI: /shop/uploads?order=7\r\n", new byte[0]);
        assertThat(lines()).isEqualTo(expected);
        send(creation + "X-Original-URI: /media\r\n", new byte[0]);
        assertLogged("WARNING a proxy renames /media to /uploads, so the Location of a resumable upload, which is"
                + " relative to the latter, leads nowhere; end both paths with a slash, or let both end with the same"
                + " segment, or set public-url");
        send(creation + "X-Original-URI: /media\r\n", new byte[0]);
        assertThat(lines()).isEqualTo(expected);
    }

    private void assertPeerRefused(int status, String head, String line) throws Exception {
        Wire.Response response = send(head, new byte[0]);
        assertThat(response.status()).isEqualTo(status);
        assertThat(response.body()).doesNotContain("another", "changed", "Forwarded", "bears");
        assertLogged(line);
    }
}
