package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.share.UploadRequestLink;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
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

/** What strangers send by upload-request links, with and without a script. */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class UploadRequestIT {

    private static final String PAGE =
            "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nSec-Fetch-Mode: navigate\r\n";
    private static final String MULTIPART = "Content-Type: multipart/form-data; boundary=x\r\n";
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private AdapterFixture fixture;

    @BeforeEach
    void begin() throws Exception {
        fixture = new AdapterFixture(root);
        ShareFilter filter = ShareFilter.builder(fixture.host)
                .limits(UploadLimits.builder().maxFileSize(1 << 20).build())
                .build();
        fixture.start(container, async, Map.of("/s/*", filter), new HttpServlet() {});
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private String path(UploadRequestLink.Builder link) {
        return link.build()
                .url(fixture.keyRing, "http://127.0.0.1/s/", Clock.systemUTC())
                .substring("http://127.0.0.1".length());
    }

    private static UploadRequestLink.Builder link() {
        return UploadRequestLink.to("ann").id("r7").title("Photos <b>").askedBy("Ann & Co\u202E");
    }

    private Wire.Response get(String path, String fields) throws IOException {
        return Wire.exchange(fixture.port(), head("GET", path) + fields, new byte[0]);
    }

    private Wire.Response send(String path, String fields, String... parts) throws IOException {
        return Wire.exchange(fixture.port(), head("POST", path) + MULTIPART + fields, form("x", parts));
    }

    private Wire.Response askTicket(String path, String json) throws IOException {
        return Wire.exchange(
                fixture.port(),
                head("POST", path + "?ticket") + "Content-Type: application/json\r\n",
                json.getBytes(StandardCharsets.UTF_8));
    }

    private List<UploadReceipt> stored(int count) throws Exception {
        fixture.await(
                "stored", () -> fixture.listener.told(UploadEvent.Stored.class).size() >= count);
        assertThat(fixture.listener.told(UploadEvent.Stored.class)).hasSize(count);
        return fixture.listener.told(UploadEvent.Stored.class).stream()
                .map(UploadEvent.Stored::receipt)
                .toList();
    }

    private static JsonNode context(UploadReceipt receipt) throws IOException {
        return JSON.readTree(receipt.context().orElseThrow());
    }

    @Test
    void page_saysWhatIsAskedFor() throws Exception {
        String path =
                path(link().words("<script>\u202E").files(3).fileSize(5_000_000).types("image/*", "application/pdf"));
        Wire.Response page = get(path, PAGE);
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Type")).isEqualToIgnoringCase("text/html;charset=utf-8");
        assertThat(page.header("Content-Security-Policy"))
                .startsWith("default-src 'none'; style-src 'sha256-")
                .contains("form-action 'self'; base-uri 'none'; frame-ancestors 'none'; script-src 'nonce-")
                .endsWith("connect-src 'self'; require-trusted-types-for 'script'");
        assertThat(page.header("Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(page.header("Cache-Control")).isEqualTo("private, no-store");
        assertThat(page.header("Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
        assertThat(page.body())
                .contains("<bdi>Photos &lt;b&gt;</bdi>", "<bdi>Ann &amp; Co</bdi> asks you for files")
                .contains("&lt;script&gt;", "closes in 7 days")
                .contains("accept=\"image/*,application/pdf\"", " multiple")
                .contains("Up to 3 files of 1.0 MB each, only pictures and PDF.")
                .doesNotContain("\u202E", "<b>", "ann\"");
        Wire.Response one = get(path(link().files(1).nameNotAsked()), "");
        assertThat(one.body())
                .contains("One file of up to 1.0 MB.")
                .doesNotContain(" multiple")
                .doesNotContain("id=\"sender\"");
        assertThat(Wire.exchange(fixture.port(), head("HEAD", path), new byte[0])
                        .status())
                .isEqualTo(200);
    }

    @Test
    void form_threeFiles_arriveWithTheName() throws Exception {
        Wire.Response thanks = send(
                path(link()),
                PAGE,
                fieldPart("sender", " Jörg\u202E <i> \uD83D\uDC4B "),
                filePart("a.png", "image/png", "one"),
                filePart("b<b>.txt", "text/html", "two"),
                filePart("c \uD83C\uDF89.jpg", "image/jpeg", "three"));
        assertThat(thanks.status()).as(thanks.body()).isEqualTo(201);
        assertThat(thanks.header("Cache-Control")).isEqualTo("private, no-store");
        assertThat(thanks.header("Content-Security-Policy")).contains("frame-ancestors 'none'");
        assertThat(thanks.body())
                .contains("Thank you", "3 files have arrived for <bdi>Ann &amp; Co</bdi>", "<bdi>a.png</bdi>")
                .doesNotContain("<b>");
        List<UploadReceipt> receipts = stored(3);
        assertThat(receipts).extracting(UploadReceipt::name).startsWith("a.png", "b<b>.txt");
        for (UploadReceipt receipt : receipts) {
            assertThat(receipt.subject()).contains("ann");
            assertThat(context(receipt).path("request").asText()).isEqualTo("r7");
            assertThat(context(receipt).path("sender").asText()).isEqualTo("Jörg <i> \uD83D\uDC4B");
            assertThat(receipt.expiresAt()).isAfter(receipt.issuedAt().plus(Duration.ofDays(7)));
        }
        assertThat(receipts.stream().map(UploadReceipt::context).distinct()).hasSize(1);
        assertThat(fixture.stored(receipts.get(2))).isEqualTo("three");
    }

    @Test
    void form_twice_areTwoSubmissions_andAProgramGetsJson() throws Exception {
        String path = path(link());
        Wire.Response first = send(path, "", filePart("a", "a/b", "one"));
        assertThat(first.status()).isEqualTo(201);
        assertThat(first.body()).isEqualTo("{\"files\":[{\"name\":\"a\",\"size\":3}]}");
        send(path, "", fieldPart("sender", "\u202E"), filePart("a", "a/b", "one"));
        List<UploadReceipt> receipts = stored(2);
        assertThat(context(receipts.get(0)).path("submission").asText())
                .hasSize(22)
                .isNotEqualTo(context(receipts.get(1)).path("submission").asText());
        assertThat(context(receipts.get(1)).has("sender")).isFalse();
    }

    @Test
    void form_beyondTheTerms_nothingStays() throws Exception {
        String path = path(link().files(2).fileSize(10).types("image/*").nameRequired());
        String name = fieldPart("sender", "Bob");
        String picture = filePart("a.png", "image/png", "x");
        assertRefused(
                send(path, PAGE, picture), 400, "The sender&#39;s name is missing", "The sender's name is missing");
        assertRefused(send(path, PAGE, fieldPart("sender", "\u202E "), picture), 400, "name is missing");
        assertRefused(send(path, PAGE, picture, name), 400, "name is missing");
        assertRefused(send(path, PAGE, name), 400, "There is no file");
        assertRefused(send(path, PAGE, name, filePart("", "application/octet-stream", "")), 400, "There is no file");
        assertRefused(send(path, PAGE, name, picture, picture, picture), 413, "at most 2 files");
        assertRefused(
                send(path, PAGE, name, picture, filePart("b.png", "image/png", "x".repeat(11))), 413, "up to 10 bytes");
        assertRefused(send(path, PAGE, name, filePart("a", "text/plain", "x")), 415, "Only pictures are asked for");
        assertProblem(send(path, "", picture), 400, "malformed-request");
        fixture.awaitNothingLeft();
        assertThat(fixture.listener.stored()).isEmpty();
        assertThat(fixture.listener.told(UploadEvent.Refused.class))
                .extracting(UploadEvent.Refused::place)
                .containsOnly(UploadEvent.Place.LINK);
    }

    private static void assertRefused(Wire.Response response, int status, String... anyOf) {
        assertThat(response.status()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).contains("Nothing was sent");
        assertThat(List.of(anyOf)).as(response.body()).anyMatch(response.body()::contains);
    }

    /** The ticket of the application would let in whoever has it. */
    @Test
    void form_ownTicket_isNotLookedAt() throws Exception {
        String ticket = TicketIssuer.create(fixture.keyRing)
                .issue(UploadTicket.builder(Clock.systemUTC()).subject("bob").build());
        Wire.Response sent = send(
                path(link()),
                "Upload-Ticket: " + ticket + "\r\n",
                fieldPart("ticket", ticket),
                fieldPart("slot", "7"),
                filePart("a", "a/b", "one"));
        assertThat(sent.status()).as(sent.body()).isEqualTo(201);
        assertThat(stored(1).get(0).subject()).contains("ann");
        assertProblem(
                Wire.exchange(
                        fixture.port(),
                        head("POST", "/s/-") + "Upload-Ticket: " + ticket + "\r\n",
                        "one".getBytes(StandardCharsets.UTF_8)),
                401,
                "ticket-invalid");
        assertProblem(
                Wire.exchange(fixture.port(), head("POST", "/s/-") + MULTIPART, form("x", filePart("a", "a/b", "one"))),
                401,
                "ticket-required");
    }

    @Test
    void ticket_sendsFilesByTus() throws Exception {
        String path = path(link().nameRequired());
        Wire.Response asked = askTicket(path, "{\"files\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"sender\":\"Jörg\"}");
        assertThat(asked.status()).as(asked.body()).isEqualTo(201);
        assertThat(asked.header("Cache-Control")).contains("no-store");
        String ticket = JSON.readTree(asked.body()).path("ticket").asText();
        List<String> tokens = new ArrayList<>();
        for (int slot = 0; slot < 2; slot++) {
            Wire.Response created = Wire.exchange(
                    fixture.port(),
                    head("POST", "/s/-") + "Tus-Resumable: 1.0.0\r\nUpload-Length: 5\r\nUpload-Ticket: " + ticket
                            + "\r\nUpload-Slot: " + slot + "\r\n",
                    new byte[0]);
            assertThat(created.status()).as(created.body()).isEqualTo(201);
            String location = created.header("Location");
            assertThat(location).startsWith("-/");
            Wire.Response appended = Wire.exchange(
                    fixture.port(),
                    head("PATCH", "/s/" + location) + "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
                            + "Content-Type: application/offset+octet-stream\r\n",
                    "hello".getBytes(StandardCharsets.UTF_8));
            assertThat(appended.status()).as(appended.body()).isEqualTo(204);
            tokens.add(appended.header("Upload-Receipt"));
            assertThat(stored(tokens.size())).hasSameSizeAs(tokens); // is told after the response
        }
        List<UploadReceipt> receipts = stored(2);
        Wire.Response thanks = send(
                path,
                PAGE,
                fieldPart("sender", "Jörg"),
                fieldPart("receipt", tokens.get(0)),
                fieldPart("receipt", tokens.get(1)));
        assertThat(thanks.body()).contains("Thank you", "2 files have arrived");
        String other = path(link().id("r8"));
        assertThat(send(other, PAGE, fieldPart("receipt", tokens.get(0))).status())
                .isEqualTo(422);
        assertThat(receipts).allSatisfy(receipt -> {
            assertThat(receipt.subject()).contains("ann");
            assertThat(context(receipt).path("sender").asText()).isEqualTo("Jörg");
            assertThat(receipt.batch().orElseThrow().id())
                    .isEqualTo(context(receipt).path("submission").asText());
            assertThat(receipt.batch().orElseThrow().count()).isEqualTo(2);
        });
        assertThat(receipts)
                .extracting(receipt -> receipt.batch().orElseThrow().sequence())
                .containsExactly(1, 2);
    }

    @Test
    void ticket_refusals() throws Exception {
        String path = path(link().files(2).nameRequired());
        assertProblem(askTicket(path, "{\"files\":[1]}"), 400, "malformed-request");
        assertProblem(askTicket(path, "{\"files\":[1,2,3],\"sender\":\"B\"}"), 413, "too-many-files");
        assertProblem(askTicket(path, "{\"files\":[],\"sender\":\"B\"}"), 413, "too-many-files");
        assertProblem(askTicket(path, "{\"files\""), 400, "malformed-request");
        assertProblem(askTicket(path, " ".repeat(600_000)), 413, "request-too-large");
        Wire.Response fromElsewhere = Wire.exchange(
                fixture.port(),
                head("POST", path + "?ticket") + "Sec-Fetch-Site: cross-site\r\nContent-Type: application/json\r\n",
                "{\"sender\":\"B\"}".getBytes(StandardCharsets.UTF_8));
        assertProblem(fromElsewhere, 403, "forbidden");
    }

    private static String basic(String password) {
        return "Authorization: Basic "
                + Base64.getEncoder().encodeToString((":" + password).getBytes(StandardCharsets.UTF_8)) + "\r\n";
    }

    @Test
    void password_beforeEverything() throws Exception {
        String path = path(link().password("pä ss"));
        Wire.Response asked = get(path, PAGE);
        assertThat(asked.status()).isEqualTo(401);
        assertThat(asked.body())
                .contains("This page needs a password", "<form method=\"post\">")
                .doesNotContain("Photos");
        assertProblem(askTicket(path, "{}"), 401, "password-required");
        assertThat(send(path, PAGE, filePart("a", "a/b", "x")).status()).isEqualTo(401);
        Wire.Response wrong = password(path, "other");
        assertThat(wrong.status()).isEqualTo(401);
        assertThat(wrong.body()).contains("not right");
        Wire.Response right = password(path, "p%C3%A4+ss");
        assertThat(right.status()).as(right.body()).isEqualTo(303);
        assertThat(right.header("Location")).isEqualTo(path.substring(3));
        String cookie = right.header("Set-Cookie");
        assertThat(cookie).matches("upload-link-pass=[^;]+; Path=" + path + "; Max-Age=43200; HttpOnly; SameSite=Lax");
        String pass = "Cookie: " + cookie.substring(0, cookie.indexOf(';')) + "\r\n";
        assertThat(get(path, pass + PAGE).body()).contains("Photos");
        assertThat(send(path, pass + PAGE, filePart("a", "a/b", "x")).status()).isEqualTo(201);
        assertThat(send(path, basic("pä ss"), filePart("a", "a/b", "x")).status())
                .isEqualTo(201);
        assertProblem(send(path, basic("x"), filePart("a", "a/b", "x")), 401, "password-required");
        assertThat(stored(2)).hasSize(2);
    }

    private Wire.Response password(String path, String encoded) throws IOException {
        return Wire.exchange(
                fixture.port(),
                head("POST", path) + PAGE + "Content-Type: application/x-www-form-urlencoded\r\n",
                ("password=" + encoded).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void link_expiredOrAltered() throws Exception {
        String path = path(link());
        assertProblem(get(path.substring(0, path.length() - 1), ""), 404, "not-found");
        assertProblem(get(path + "A", ""), 404, "not-found");
        assertThat(fixture.files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELETE", "PUT", "OPTIONS"})
    void otherMethod_refused(String method) throws Exception {
        Wire.Response response =
                Wire.exchange(fixture.port(), head(method, path(link())), "x".getBytes(StandardCharsets.UTF_8));
        assertProblem(response, 405, "method-not-allowed");
        assertThat(response.header("Allow")).isEqualTo("GET, HEAD, POST");
    }

    @Test
    void form_fromAnotherSite_orBrokenOff() throws Exception {
        String path = path(link());
        Wire.Response refused = send(path, "Sec-Fetch-Site: cross-site\r\n", filePart("a", "a/b", "x"));
        assertProblem(refused, 403, "forbidden");
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", path) + MULTIPART + "Content-Length: 1000\r\n\r\n--x\r\n"
                    + filePart("a", "a/b", "half"));
            fixture.await("file", () -> !fixture.files().isEmpty());
        }
        fixture.awaitNothingLeft();
        assertThat(fixture.listener.stored()).isEmpty();
        assertThat(fixture.listener.told(UploadEvent.Refused.class))
                .extracting(event -> event.problem().type())
                .contains(ProblemType.FORBIDDEN);
    }

    /** The files' ticket needs the sender's name, which is in the body: so no peer can be asked. */
    @Test
    void form_hostIsDrained_saysWhatToDo() throws Exception {
        fixture.host.drain(true);
        Wire.Response refused = send(path(link()), PAGE, filePart("a.txt", "text/plain", "one"));
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.body()).contains("Nothing was sent", "Go back in a few minutes, and send them again.");
        assertThat(fixture.files()).isEmpty();
    }
}
