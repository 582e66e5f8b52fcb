package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.internal.peer.TraceContext;
import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.Refusal;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.Part;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@MethodSource(Container.ALL)
class ReceiptsFilterIT {

    private static final String URLENCODED = "application/x-www-form-urlencoded";
    private static final String MULTIPART = "multipart/form-data; boundary=x";

    @Parameter
    Container container;

    @TempDir
    Path root;

    private AdapterFixture fixture;

    /** Responds with the receipts' names, and with what the request's {@code see} parameter asks for. */
    private static final class Application extends HttpServlet {

        private static final long serialVersionUID = 1;

        private final boolean withFilter;

        Application(boolean withFilter) {
            this.withFilter = withFilter;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            StringBuilder seen = new StringBuilder();
            String query = Optional.ofNullable(request.getQueryString()).orElse("");
            for (String what : query.split("&", -1)) {
                seen.append(see(what, request));
            }
            if (query.contains("fail=exception")) {
                throw new ServletException("the application fails");
            }
            response.setStatus(query.contains("fail=status") ? 409 : 200);
            response.setContentType("text/plain;charset=iso-8859-1");
            response.getOutputStream().write(seen.toString().getBytes(ISO_8859_1));
        }

        private String see(String what, HttpServletRequest request) throws IOException, ServletException {
            return switch (what) {
                case "names" ->
                    withFilter
                            ? ReceiptsFilter.receipts(request).stream()
                                    .map(UploadReceipt::name)
                                    .collect(Collectors.joining(","))
                            : "";
                case "stream" -> new String(request.getInputStream().readAllBytes(), ISO_8859_1);
                case "bytes" -> {
                    StringBuilder bytes = new StringBuilder();
                    for (int b = request.getInputStream().read();
                            b >= 0;
                            b = request.getInputStream().read()) {
                        bytes.append((char) b);
                    }
                    yield bytes.append(request.getInputStream().isFinished()).toString();
                }
                case "some" -> new String(request.getInputStream().readNBytes(500), ISO_8859_1);
                case "reader" -> {
                    StringWriter text = new StringWriter();
                    try (BufferedReader reader = request.getReader()) {
                        reader.transferTo(text);
                    }
                    yield text.toString();
                }
                case "length" ->
                    request.getContentLength() + " " + request.getContentLengthLong() + " "
                            + request.getHeader("content-length") + " " + request.getIntHeader("Content-Length") + " "
                            + Collections.list(request.getHeaders("Content-Length"));
                case "parameters" ->
                    Collections.list(request.getParameterNames()).stream()
                            .sorted()
                            .map(name -> name + "=" + List.of(request.getParameterValues(name))
                                    + request.getParameter(name)
                                    + Arrays.toString(request.getParameterMap().get(name)) + ";")
                            .collect(Collectors.joining());
                case "parts" -> {
                    StringBuilder parts = new StringBuilder();
                    for (Part part : request.getParts()) {
                        parts.append(part.getName() + "|" + part.getSubmittedFileName() + "|" + part.getContentType()
                                + "|" + part.getSize() + "|" + part.getHeader("CONTENT-disposition") + "|"
                                + new String(part.getInputStream().readAllBytes(), ISO_8859_1) + ";");
                    }
                    Part none = request.getPart("no such part");
                    Part first = request.getPart("a");
                    yield parts + String.valueOf(none) + (first == null ? "" : first.getSize());
                }
                default -> "";
            };
        }
    }

    @BeforeEach
    void open() throws Exception {
        fixture = new AdapterFixture(root);
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private void start() throws Exception {
        start(ReceiptsFilter.create(fixture.host));
    }

    private void start(Filter filter) throws Exception {
        fixture.start(container, false, Map.of("/orders/*", filter), new Application(true));
    }

    private ReceiptsFilter.Builder takingFiles() {
        return ReceiptsFilter.builder(fixture.host).files(UploadPolicy.anyone(UploadLimits.defaults()));
    }

    private Wire.Response post(String see, String type, String body) throws IOException {
        return Wire.exchange(
                fixture.port(),
                head("POST", "/orders?" + see) + "Content-Type: " + type + "\r\n",
                body.getBytes(UTF_8));
    }

    private Wire.Response postForm(String see, String... parts) throws IOException {
        return post(see, MULTIPART, new String(form("x", parts), UTF_8));
    }

    private static String urlencoded(List<String> tokens) {
        return tokens.stream().map(token -> "receipt=" + token).collect(Collectors.joining("&"));
    }

    private static String json(List<String> tokens) {
        return "{\"receipts\":[" + tokens.stream().map(t -> '"' + t + '"').collect(Collectors.joining(",")) + "]}";
    }

    private List<String> store(int count) throws Exception {
        List<String> tokens = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tokens.add(fixture.store("f" + i, "").token());
        }
        return tokens;
    }

    private List<String> issue(int count) throws Exception {
        UploadReceipt first = fixture.store("f", "").receipt();
        ReceiptTokens issuer = new ReceiptTokens(fixture.keyRing, false);
        return IntStream.range(0, count)
                .mapToObj(i -> issuer.issue(copy(first, "f" + i, Optional.empty())))
                .toList();
    }

    /** Returns a copy of the receipt for another upload, as if that had been stored. */
    private UploadReceipt copy(UploadReceipt receipt, String name, Optional<Batch> batch) {
        UploadId id = UploadId.random();
        return new UploadReceipt(
                id,
                name,
                receipt.type(),
                receipt.size(),
                receipt.digest(),
                List.of(new Location(fixture.host.internalUrl(), receipt.owner().hour(), id)),
                receipt.subject(),
                receipt.issuedAt(),
                receipt.expiresAt(),
                batch,
                receipt.context());
    }

    @Test
    void post_aThousandReceipts_passInOrder() throws Exception {
        start();
        List<String> tokens = new ArrayList<>(issue(1_000));
        Collections.reverse(tokens);
        String names = IntStream.range(0, 1_000).mapToObj(i -> "f" + (999 - i)).collect(Collectors.joining(","));
        String[] parts =
                tokens.stream().map(token -> fieldPart("receipt", token)).toArray(String[]::new);

        assertThat(post("names", URLENCODED, urlencoded(tokens)).body()).isEqualTo(names);
        assertThat(post("names", "application/json", json(tokens)).body()).isEqualTo(names);
        assertThat(postForm("names", parts).body()).isEqualTo(names);
        assertThat(post("parameters", URLENCODED, urlencoded(tokens)).body()).contains(tokens.get(999));

        tokens.add(issue(1).get(0));
        Wire.Response surplus = post("names", URLENCODED, urlencoded(tokens));
        assertProblem(surplus, 422, "receipts-refused");
        assertThat(surplus.body()).contains("\"index\":1000,\"type\":", "#receipt-surplus\"");
    }

    @Test
    void post_eachReceiptAtFault_isNamedByIndexAndType() throws Exception {
        start();
        List<String> good = store(2);
        IssuedReceipt stored = fixture.store("x", "1");
        UploadReceipt receipt = stored.receipt();
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
        String otherUser = fixture.store(UploadPermit.of("berta", UploadLimits.defaults()), "b", new byte[1])
                .token();
        String peer = new PeerTokens(fixture.keyRing, Clock.systemUTC())
                .mint(new PeerRequest("GET", receipt.owner(), 1, receipt.digest(), receipt.type(), Optional.empty()));
        String token = stored.token();
        List<String> tokens = List.of(
                good.get(0),
                token.substring(0, token.length() - 3) + (token.endsWith("AAA") ? "BBB" : "AAA"),
                token.substring(0, token.length() / 2),
                new ReceiptTokens(fixture.keyRing, false).issue(old),
                peer,
                new ReceiptTokens(KeyRing.generate("other"), false).issue(receipt),
                new ReceiptTokens(fixture.keyRing, true).issue(receipt),
                otherUser,
                "",
                good.get(1),
                good.get(0));
        for (Wire.Response response : List.of(
                post("names", URLENCODED, urlencoded(tokens)),
                post("names", "application/json", json(tokens)),
                postForm(
                        "names",
                        tokens.stream().map(t -> fieldPart("receipt", t)).toArray(String[]::new)))) {
            assertProblem(response, 422, "receipts-refused");
            assertThat(response.body()
                            .replaceAll("\"type\":\"[^#]*#([a-z-]*)\"", "$1")
                            .replaceAll("\"title\":\"[^\"]*\",", ""))
                    .isEqualTo("{receipts-refused,\"status\":422,\"errors\":["
                            + "{\"index\":1,receipt-invalid,\"status\":422},"
                            + "{\"index\":2,receipt-invalid,\"status\":422},"
                            + "{\"index\":3,receipt-expired,\"status\":422},"
                            + "{\"index\":4,receipt-invalid,\"status\":422},"
                            + "{\"index\":5,receipt-invalid,\"status\":422},"
                            + "{\"index\":6,receipt-invalid,\"status\":422},"
                            + "{\"index\":7,receipt-invalid,\"status\":422},"
                            + "{\"index\":8,receipt-invalid,\"status\":422},"
                            + "{\"index\":10,receipt-duplicate,\"status\":422}]}");
            assertThat(tokens.stream().filter(t -> !t.isEmpty())).noneMatch(response.body()::contains);
        }
        fixture.awaitEvents("refused RECEIPTS_REFUSED", "refused RECEIPTS_REFUSED", "refused RECEIPTS_REFUSED");
    }

    @Test
    void post_boundReceipt_isForItsSubjectOnly() throws Exception {
        start(ReceiptsFilter.builder(fixture.host)
                .subject(request -> request.getHeader("X-User"))
                .build());
        String token = fixture.store(UploadPermit.of("anna", UploadLimits.defaults()), "a", new byte[1])
                .token();
        for (String user : List.of("anna", "berta", "", "Anna")) {
            Wire.Response response = Wire.exchange(
                    fixture.port(),
                    head("POST", "/orders?names") + "X-User: " + user + "\r\nContent-Type: " + URLENCODED + "\r\n",
                    ("receipt=" + token).getBytes(UTF_8));
            assertThat(response.status()).as(user).isEqualTo(user.equals("anna") ? 200 : 422);
        }
        assertThat(post("names", URLENCODED, "receipt=" + token).status()).isEqualTo(422);
    }

    @Test
    void post_verification_asksForMore() throws Exception {
        start(ReceiptsFilter.builder(fixture.host)
                .verification(ReceiptVerifier::inSequence)
                .build());
        List<String> tokens = new ArrayList<>();
        UploadReceipt plain = fixture.store("p", "").receipt();
        for (int i = 3; i >= 1; i--) {
            tokens.add(new ReceiptTokens(fixture.keyRing, false)
                    .issue(copy(plain, "n" + i, Optional.of(new Batch("b", 3, i)))));
        }
        assertThat(post("names", URLENCODED, urlencoded(tokens)).body()).isEqualTo("n1,n2,n3");
        Wire.Response response = post("names", URLENCODED, urlencoded(tokens.subList(0, 2)));
        assertProblem(response, 422, "receipts-refused");
        assertThat(response.body()).contains("#receipt-outside-batch");
    }

    @Test
    void post_jsonPointers_leadToReceipts() throws Exception {
        start(ReceiptsFilter.builder(fixture.host)
                .json("/order/items", "/photo/receipt")
                .build());
        List<String> tokens = store(2);
        String body = "{\"receipts\":[\"x\"],\"order\":{\"items\":[{\"photo\":{\"receipt\":\"" + tokens.get(1)
                + "\"},\"caption\":\"\u00e4\"},{\"photo\":{\"receipt\":\"" + tokens.get(0) + "\"}}]}}";
        Wire.Response response = post("names&stream", "application/json", body);
        assertThat(response.body()).isEqualTo("f1,f0" + new String(body.getBytes(UTF_8), ISO_8859_1));
        assertThat(post("names", "application/vnd.order+json;charset=utf-8", body)
                        .body())
                .isEqualTo("f1,f0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{}",
                "[]",
                "{\"receipts\":\"x\"}",
                "{\"receipts\":[1]}",
                "{\"receipts\":[null]}",
                "{\"receipts\":[],\"receipts\":[]}",
                "{\"receipts\":[]} x"
            })
    void post_jsonWithoutReceipts_isMalformed(String body) throws Exception {
        start();
        assertProblem(post("names", "application/json", body), 400, "malformed-request");
        fixture.awaitEvents("refused MALFORMED_REQUEST");
    }

    @Test
    void post_jsonTooDeep_isMalformed() throws Exception {
        start();
        String body = "{\"receipts\":[],\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
        assertProblem(post("names", "application/json", body), 400, "malformed-request");
    }

    @Test
    void post_malformedEscape_isMalformed() throws Exception {
        start();
        assertProblem(post("names", URLENCODED, "receipt=%zz"), 400, "malformed-request");
        assertThat(post("names&x=%zz", URLENCODED, "caption=x").status()).isEqualTo(400); // refused by the first parser
    }

    @Test
    void post_filesInTheForm_takeTheirPlaceAmongReceipts() throws Exception {
        start(takingFiles().build());
        List<String> tokens = store(2);
        Wire.Response response = postForm(
                "names&parameters&parts",
                fieldPart("receipt", tokens.get(1)),
                filePart("new.txt", "text/plain", "just now"),
                fieldPart("caption", "c"),
                fieldPart("receipt", tokens.get(0)),
                filePart("last.txt", "text/plain", ""),
                filePart("", "application/octet-stream", ""));

        assertThat(response.status()).as(response.body()).isEqualTo(200);
        assertThat(response.body())
                .startsWith("f1,new.txt,f0,last.txt" + "caption=[c]c[c];")
                .contains("|new.txt|text/plain|8|", "|just now;", "|last.txt|text/plain|0|");
        assertThat(fixture.files()).hasSize(4);
        fixture.awaitEvents("stored new.txt", "stored last.txt");
    }

    /** {@code curl -T} appends the file's name to the URL, and sends no type. */
    @Test
    void put_rawFiles_isOneFile() throws Exception {
        start(takingFiles().rawFiles().build());
        String path = "/orders/caf%C3%A9%20+.txt?names&stream";
        Wire.Response response = Wire.exchange(fixture.port(), head("PUT", path), "the file".getBytes(UTF_8));
        assertThat(response.status()).as(response.body()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("caf\u00e9 +.txt" + "the file");
        fixture.awaitEvents("stored caf\u00e9 +.txt");

        String empty = head("PUT", "/orders/?names&length") + "Content-Disposition: attachment; filename=\"a.b\"\r\n";
        assertThat(Wire.exchange(fixture.port(), empty, new byte[0]).body()).startsWith("a.b0 0 0");
        assertThat(fixture.files()).hasSize(2);
    }

    @Test
    void put_rawFiles_formsAndJsonAreBodiesWithReceipts() throws Exception {
        start(takingFiles().rawFiles().build());
        String token = store(1).get(0);
        String put = head("PUT", "/orders?names") + "Content-Type: ";
        byte[] json = json(List.of(token)).getBytes(UTF_8);
        byte[] form = ("receipt=" + token).getBytes(UTF_8);
        assertThat(Wire.exchange(fixture.port(), put + "application/json\r\n", json)
                        .body())
                .isEqualTo("f0");
        assertThat(Wire.exchange(fixture.port(), put + URLENCODED + "\r\n", form)
                        .body())
                .isEqualTo("f0");
        assertThat(post("names&stream", "text/plain", "a note").body()).isEqualTo("a note");
        assertThat(fixture.files()).hasSize(1);
    }

    @Test
    void put_withoutRawFiles_isBodyAsBefore() throws Exception {
        start(takingFiles().build());
        byte[] note = "a note".getBytes(UTF_8);
        assertThat(Wire.exchange(fixture.port(), head("PUT", "/orders/a.txt?names&stream"), note)
                        .body())
                .isEqualTo("a note");
        assertThat(fixture.files()).isEmpty();
    }

    @Test
    void post_filesNotPermitted_areRefused() throws Exception {
        start();
        Wire.Response response = postForm("names", filePart("a", "a/b", "1"));
        assertProblem(response, 403, "forbidden");
        assertThat(fixture.store.steps).isEmpty();
        assertThat(postForm("names", filePart("", "a/b", "")).status()).isEqualTo(200);
    }

    @Test
    void post_policyRefuses_nothingIsRead() throws Exception {
        start(ReceiptsFilter.builder(fixture.host)
                .files(UploadPolicy.signedIn(UploadLimits.defaults()))
                .build());
        assertProblem(postForm("names", filePart("a", "a/b", "1")), 401, "not-signed-in");
        assertThat(post("names", URLENCODED, "receipt=" + store(1).get(0)).body())
                .as("without files the policy is not called")
                .isEqualTo("f0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"names&fail=exception", "names&fail=status"})
    void post_applicationFails_filesOfTheFormGo(String query) throws Exception {
        start(takingFiles().build());
        String token = store(1).get(0);
        Wire.Response response = postForm(query, fieldPart("receipt", token), filePart("a", "a/b", "1"));
        assertThat(response.status()).isGreaterThanOrEqualTo(400);
        fixture.await("one file", () -> fixture.files().size() == 1);
        assertThat(fixture.listener.stored()).isEmpty();
        assertThat(fixture.receipts(new Wire.Response(0, Map.of(), json(List.of()))))
                .isEmpty();
        assertThat(post("names", URLENCODED, "receipt=" + token).body()).isEqualTo("f0");
    }

    @Test
    void post_receiptRefused_filesOfTheFormGo() throws Exception {
        start(takingFiles().build());
        Wire.Response response = postForm("names", filePart("a", "a/b", "1"), fieldPart("receipt", "forged"));
        assertProblem(response, 422, "receipts-refused");
        assertThat(response.body()).contains("\"index\":1,");
        fixture.awaitNothingLeft();
        assertThat(fixture.listener.stored()).isEmpty();
    }

    @Test
    void post_storeFails_isSaidAndLeavesNothing() throws Exception {
        fixture.store.fail("publish", 1);
        start(takingFiles().build());
        assertProblem(postForm("names", filePart("a", "a/b", "1"), filePart("b", "a/b", "1")), 500, "storage-failed");
        fixture.awaitNothingLeft();
    }

    @Test
    void post_bodyTooLarge_isRefused() throws Exception {
        start(ReceiptsFilter.builder(fixture.host).maxBodySize(1_000).build());
        assertThat(post("length", URLENCODED, "a=" + "v".repeat(998)).body()).startsWith("1000 1000 1000 1000 [1000]");
        assertProblem(post("names", URLENCODED, "a=" + "v".repeat(999)), 413, "request-too-large");
        assertProblem(postForm("names", fieldPart("a", "v".repeat(1_000))), 413, "request-too-large");
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/orders") + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
            wire.sendChunk(new byte[600]).sendChunk(new byte[600]);
            assertProblem(wire.response(), 413, "request-too-large");
        }
    }

    @Test
    void post_fieldsBesideFilesTooLarge_areRefused() throws Exception {
        start(takingFiles().maxBodySize(1_000).build());
        assertThat(postForm("names", filePart("a", "a/b", "v".repeat(5_000))).status())
                .isEqualTo(200);
        assertProblem(postForm("names", fieldPart("a", "v".repeat(1_000))), 413, "fields-too-large");
    }

    @Test
    void post_trickle_endsAtTheDeadline() throws Exception {
        start(ReceiptsFilter.builder(fixture.host)
                .deadline(Duration.ofMillis(300))
                .build());
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/orders") + "Content-Type: " + URLENCODED + "\r\nContent-Length: 1000000\r\n\r\n");
            while (!wire.hasResponse()) {
                wire.send("a");
                LockSupport.parkNanos(5_000_000);
            }
            assertProblem(wire.response(), 408, "too-slow");
        }
        fixture.awaitEvents("refused TOO_SLOW");
    }

    @Test
    void post_clientLeaves_isTold() throws Exception {
        start(takingFiles().build());
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/orders") + "Content-Type: " + MULTIPART + "\r\nContent-Length: 1000\r\n\r\n--x\r\n"
                    + filePart("a", "a/b", "1"));
            wire.shutdownOutput();
            fixture.awaitEvents("abandoned");
        }
        fixture.awaitNothingLeft();
    }

    /** Users paste receipts with white space around them. */
    @Test
    void post_whiteSpaceAroundReceipts_isDropped() throws Exception {
        start();
        String token = store(1).get(0);
        assertThat(post("names", URLENCODED, "receipt=+" + token + "%0D%0A%09").body())
                .isEqualTo("f0");
        assertThat(postForm("names", fieldPart("receipt", "\r\n " + token + "\n"))
                        .body())
                .isEqualTo("f0");
        String broken = token.substring(0, 9) + "%0A" + token.substring(9);
        assertProblem(post("names", URLENCODED, "receipt=" + broken), 422, "receipts-refused");
    }

    /** If the filter did not recognize the form, the application would see no receipts. */
    @Test
    void post_typeThatNoGrammarKnows_isReadNonetheless() throws Exception {
        start();
        String token = store(1).get(0);
        String form = new String(form("==x==", fieldPart("receipt", token)), UTF_8);
        assertThat(post("names", "multipart/form-data; boundary===x==", form).body())
                .isEqualTo("f0");
        assertThat(post("names", "application/json; x", json(List.of(token))).body())
                .isEqualTo("f0");
        assertProblem(post("names", "multipart/mixed; boundary===x==", form), 415, "unsupported-content");
    }

    @Test
    void get_any_passesThrough() throws Exception {
        start();
        Wire.Response response = Wire.exchange(fixture.port(), head("GET", "/orders?names&parameters"), new byte[0]);
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("names=[][];parameters=[][];");
    }

    @Test
    void post_receiptsInTheQuery_areIgnored() throws Exception {
        start();
        String token = store(1).get(0);
        assertThat(post("names&receipt=" + token, URLENCODED, "a=b").body()).isEmpty();
    }

    /** Compares what an application reads from a body with the filter and without it. */
    @Test
    void post_any_isSeenAsWithoutTheFilter() throws Exception {
        String fields = "b=2&a=1&a=%C3%A4+%26&empty=&flag";
        String formBody = new String(
                form(
                        "x",
                        fieldPart("a", "1"),
                        "Content-Disposition: form-data; name=\"a\"; filename=\"../f.txt\"\r\n"
                                + "Content-Type: text/plain\r\n\r\nline\r\n--",
                        fieldPart("a", "3"),
                        fieldPart("b", "2")), // last, because Undertow groups its parts by name
                UTF_8);
        String json = "{\"receipts\":[],\"text\":\"\u00e4\"}";
        List<List<String>> requests = new ArrayList<>();
        for (String see : List.of("stream", "bytes", "reader", "parameters", "length")) {
            requests.add(List.of(see, URLENCODED + ";charset=utf-8", fields));
            requests.add(List.of(see, "application/json;charset=utf-8", json));
            requests.add(List.of(see, "application/json;charset=iso-8859-1", json));
            requests.add(List.of(see, "text/plain", "no charset: \u00e4"));
        }
        requests.add(List.of("parameters&a=0&q=%C3%A4", URLENCODED + ";charset=utf-8", fields));
        requests.add(List.of("parts", MULTIPART, formBody));
        requests.add(List.of("parameters", MULTIPART, formBody));
        requests.add(List.of("length", MULTIPART, formBody));

        fixture.start(container, false, Map.of(), new Application(false));
        List<String> without = send(requests);
        fixture.close();
        fixture = new AdapterFixture(root);
        start(takingFiles().build());
        List<String> with = send(requests);
        for (int i = 0; i < requests.size(); i++) {
            assertThat(with.get(i))
                    .as(requests.get(i).toString())
                    .isEqualTo(without.get(i))
                    .startsWith("200 ");
        }
    }

    private List<String> send(List<List<String>> requests) throws IOException {
        List<String> responses = new ArrayList<>();
        for (List<String> request : requests) {
            Wire.Response response = post(request.get(0), request.get(1), request.get(2));
            responses.add(response.status() + " " + response.body());
        }
        return responses;
    }

    @Test
    void post_multipartStream_isTheFormAgain() throws Exception {
        start(takingFiles().build());
        String body = "preamble\r\n"
                + new String(form("x", fieldPart("a", "1"), filePart("f", "a/b", "content")), UTF_8) + "epilogue";
        String lines = String.join(
                "\r\n",
                "--x",
                "content-disposition: form-data; name=\"a\"",
                "",
                "1",
                "--x",
                "content-disposition: form-data; name=\"file\"; filename=\"f\"",
                "content-type: a/b",
                "",
                "content",
                "--x--",
                "");
        assertThat(post("stream", MULTIPART, body).body()).isEqualTo(lines);
        int length = lines.length();
        assertThat(post("length", MULTIPART, body).body())
                .isEqualTo(length + " " + length + " " + length + " " + length + " [" + length + "]");
    }

    @Test
    void post_applicationReadsHalf_nothingStaysOpen() throws Exception {
        start(takingFiles().build());
        Wire.Response response = postForm("some", filePart("f", "a/b", "x".repeat(100_000)));
        assertThat(response.body()).hasSize(500).endsWith("xxx");
        fixture.await("no descriptor", () -> fixture.descriptors().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "a+b", "\"a b\""})
    void post_madeUpCharset_isMalformed(String charset) throws Exception {
        start();
        Wire.Response response = post("names", URLENCODED + ";charset=" + charset, "receipt=x");
        if (container.isJetty()) {
            assertThat(response.status()).as("refused before any filter").isEqualTo(500);
        } else {
            assertProblem(response, 400, "malformed-request");
        }
    }

    @Test
    void post_tooManyFields_isRefused() throws Exception {
        start();
        assertThat(post("names", URLENCODED, "a&".repeat(10_000)).status()).isEqualTo(200);
        assertProblem(post("names", URLENCODED, "a&".repeat(10_001)), 413, "fields-too-large");
    }

    /** A refusal like a FetchException, which is not visible in this module. */
    private static final class Lost extends IOException implements Refusal {

        private static final long serialVersionUID = 1;

        Lost() {
            super("app2.lan:8080 does not respond");
        }

        @Override
        public Problem problem() {
            return Problem.of(ProblemType.UNAVAILABLE, "Try again later.");
        }
    }

    /** Throws a refusal in the way that the query names. */
    private static final class Refusing extends HttpServlet {

        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            response.setHeader("X-Application", "was here");
            switch (request.getQueryString()) {
                case "thrown" -> throw new Lost();
                case "cause" -> throw new ServletException(new IllegalStateException(new Lost()));
                case "unchecked" -> throw new UncheckedIOException(new Lost());
                case "written" -> {
                    response.getOutputStream().print("half of a page");
                    throw new Lost();
                }
                case "writer" -> {
                    response.getWriter().print("half of a page");
                    throw new Lost();
                }
                case "dispatched" -> {
                    if (request.getDispatcherType() == DispatcherType.ASYNC) {
                        assertThat(ReceiptsFilter.receipts(request)).hasSize(1);
                        throw new ServletException(new Lost());
                    }
                    request.startAsync().dispatch();
                }
                case "thread" -> {
                    AsyncContext async = request.startAsync();
                    async.start(() -> {
                        try {
                            ReceiptsFilter.refuse(async.getResponse(), new Lost());
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                        async.complete();
                    });
                }
                default -> throw new ServletException("no refusal");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"thrown", "cause", "unchecked", "written", "writer", "dispatched", "thread"})
    void post_applicationLetsARefusalPass_theResponseIsItsProblem(String how) throws Exception {
        boolean async = how.equals("dispatched") || how.equals("thread");
        fixture.start(container, async, Map.of("/orders/*", takingFiles().build()), new Refusing());

        Wire.Response response = postForm(how, filePart("f", "a/b", "content"));

        assertThat(response.status()).isEqualTo(503);
        assertThat(response.header("Content-Type"))
                .as("with a charset if the application has taken the writer")
                .startsWith("application/problem+json");
        assertThat(response.body())
                .isEqualTo(
                        Problem.of(ProblemType.UNAVAILABLE, "Try again later.").toJson());
        assertThat(response.headers())
                .containsEntry("retry-after", "5")
                .containsEntry("cache-control", "no-store")
                .containsEntry("x-application", "was here");
        fixture.await("withdrawn files of the form", () -> fixture.files().isEmpty());
        if (!how.equals("thread")) {
            fixture.await("told", () -> fixture.listener.events.contains("refused UNAVAILABLE"));
        }
    }

    @Test
    void post_applicationFailsOtherwise_isTheContainers() throws Exception {
        fixture.start(container, false, Map.of("/orders/*", takingFiles().build()), new Refusing());
        assertThat(postForm("other", fieldPart("a", "1")).status()).isEqualTo(500);
        fixture.awaitEvents();
    }

    /** What the application then asks of peers belongs to the trace; a thread that serves another request later does not. */
    @Test
    void application_knowsTheTraceOfItsRequest() throws Exception {
        String trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        List<String> seen = new CopyOnWriteArrayList<>();
        fixture.start(container, false, Map.of("/orders/*", takingFiles().build()), new HttpServlet() {
            @Override
            protected void doPost(HttpServletRequest request, HttpServletResponse response) {
                seen.add(TraceContext.current().orElse("none"));
            }

            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response) {
                seen.add(TraceContext.current().orElse("gone"));
            }
        });
        for (String field : List.of("traceparent: " + trace, "traceparent: x", "X: y")) {
            String requestHead = head("POST", "/orders") + field + "\r\nContent-Type: " + URLENCODED + "\r\n";
            assertThat(Wire.exchange(fixture.port(), requestHead, "a=b".getBytes(UTF_8))
                            .status())
                    .isEqualTo(200);
        }
        assertThat(seen).containsExactly(trace, "none", "none");
        seen.clear();
        String traced = head("POST", "/orders") + "traceparent: " + trace + "\r\nContent-Type: " + URLENCODED + "\r\n";
        for (int i = 0; i < 20; i++) { // some on the thread of the one before
            Wire.exchange(fixture.port(), traced, "a=b".getBytes(UTF_8));
            Wire.exchange(fixture.port(), head("GET", "/orders"), new byte[0]);
        }
        assertThat(seen).containsOnly(trace, "gone").hasSize(40);
    }

    @Test
    void receipts_withoutTheFilter_isTheCallersMistake() throws Exception {
        fixture.start(container, false, Map.of(), new Application(true));
        assertThat(post("names", URLENCODED, "a=b").status()).isEqualTo(500);
    }
}
