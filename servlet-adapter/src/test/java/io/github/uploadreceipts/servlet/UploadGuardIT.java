package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A filter in front of ours asks for a field of the form, as those against cross-site request forgery do. */
@ParameterizedClass
@MethodSource(Container.ALL)
class UploadGuardIT {

    private static final String URLENCODED = "Content-Type: application/x-www-form-urlencoded\r\n";
    private static final String MULTIPART = "Content-Type: multipart/form-data; boundary=x\r\n";
    private static final String TOKEN = fieldPart("_csrf", "secret");
    private static final int MEBIBYTE = 1 << 20;

    /** More than containers read of a form. */
    private static final int MANY = 1001;

    @Parameter
    Container container;

    @TempDir
    Path root;

    private AdapterFixture fixture;

    /** Reads the body before our filters, as other filters do. */
    private interface InFront {
        Optional<String> token(HttpServletRequest request) throws IOException;
    }

    /** Demands a token, and signs a user in. */
    private static Filter demanding(InFront inFront) {
        return (servletRequest, servletResponse, chain) -> {
            HttpServletRequest request = (HttpServletRequest) servletRequest;
            Optional<String> token = Optional.ofNullable(request.getHeader("X-CSRF-TOKEN"));
            if (token.isEmpty()) {
                token = inFront.token(request);
            }
            if (token.equals(Optional.of("secret"))) {
                chain.doFilter(signedIn(request), servletResponse);
            } else {
                ((HttpServletResponse) servletResponse).sendError(HttpServletResponse.SC_FORBIDDEN);
            }
        };
    }

    private static HttpServletRequest signedIn(HttpServletRequest request) {
        return new HttpServletRequestWrapper(request) {
            @Override
            public String getRemoteUser() {
                return "ann";
            }
        };
    }

    /** Reads the forms of PUT and PATCH requests from their stream, which containers do not. */
    private static void readForm(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!request.getMethod().equals("POST") && request.getContentType().contains("urlencoded")) {
            byte[] form = request.getInputStream().readAllBytes();
            assertThat(new String(form, UTF_8)).contains("_csrf=secret");
        }
        chain.doFilter(request, response);
    }

    private static final class Application extends HttpServlet {
        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            List<UploadReceipt> receipts = ReceiptsFilter.receipts(request);
            response.setContentType("text/plain");
            response.getWriter()
                    .write(receipts.stream().map(UploadReceipt::name).collect(Collectors.joining(",")) + " by "
                            + receipts.stream()
                                    .flatMap(receipt -> receipt.subject().stream())
                                    .distinct()
                                    .collect(Collectors.joining(","))
                            + " with " + request.getParameter("note"));
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

    private void start(Map<String, Filter> inFront) throws Exception {
        Map<String, Filter> filters = new LinkedHashMap<>(inFront);
        filters.put("/uploads/*", UploadFilter.create(fixture.host, UploadPolicy.signedIn(UploadLimits.defaults())));
        filters.put("/orders", ReceiptsFilter.create(fixture.host));
        Duration idle = Duration.ofSeconds(4); // some containers end waiting reads only by this
        fixture.start(
                container, Container.App.of(filters, new Application(), true).idle(idle));
    }

    /** The guard, and the filters that ask for fields. */
    private record Guarded(UploadGuard guard) implements Filter {

        @Override
        public void init(FilterConfig config) {
            guard.init(config);
        }

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            Filter demanding = demanding(asked -> Optional.ofNullable(asked.getParameter("_csrf")));
            guard.doFilter(
                    request,
                    response,
                    (guarded, same) -> readForm(
                            (HttpServletRequest) guarded,
                            (HttpServletResponse) same,
                            (read, last) -> demanding.doFilter(read, last, chain)));
        }

        @Override
        public void destroy() {
            guard.destroy();
        }
    }

    private void startGuarded(Map<String, String> settings) throws Exception {
        start(Map.of("/*", new Guarded(UploadGuard.create(fixture.host, settings))));
    }

    private void startGuarded() throws Exception {
        startGuarded(Map.of());
    }

    private void startUnguarded(InFront inFront) throws Exception {
        start(Map.of("/*", demanding(inFront)));
    }

    private List<String> upload(int count) throws Exception {
        String[] parts = new String[count];
        for (int i = 0; i < count; i++) {
            parts[i] = filePart(i + ".txt", "text/plain", "content");
        }
        List<String> tokens = new ArrayList<>();
        for (int from = 0; from < count; from += 100) {
            String[] some = Arrays.copyOfRange(parts, from, Math.min(count, from + 100));
            Wire.Response response = Wire.exchange(fixture.port(), formHead("X-CSRF-TOKEN: secret"), form("x", some));
            assertThat(response.status()).as(response.body()).isEqualTo(201);
            tokens.addAll(AdapterFixture.tokens(response));
        }
        return tokens;
    }

    private static String names(int count) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(i + ".txt");
        }
        return String.join(",", names);
    }

    private static byte[] urlencoded(List<String> tokens) {
        return ("_csrf=secret&note=gift&"
                        + tokens.stream().map(token -> "receipt=" + token).collect(Collectors.joining("&")))
                .getBytes(UTF_8);
    }

    private static byte[] multipart(List<String> tokens, String... more) {
        List<String> parts = new ArrayList<>(List.of(TOKEN, fieldPart("note", "gift")));
        tokens.forEach(token -> parts.add(fieldPart("receipt", token)));
        parts.addAll(List.of(more));
        return form("x", parts.toArray(String[]::new));
    }

    private UploadReceipt receipt(Wire.Response response) throws Exception {
        return fixture.host
                .receipts()
                .subject("ann")
                .verifyAll(AdapterFixture.tokens(response))
                .get(0);
    }

    private void assertNothingHeld() throws Exception {
        fixture.await("memory", () -> fixture.engine.memory().held() == 0);
    }

    @Test
    void finalRequest_arrivesWhole() throws Exception {
        startGuarded();
        List<String> tokens = upload(1000);
        for (int count : List.of(1, 100, 1000)) {
            List<String> sent = tokens.subList(0, count);
            String expected = names(count) + " by ann with gift";
            for (String method : List.of("POST", "PUT", "PATCH")) {
                String head = head(method, "/orders");
                assertThat(Wire.exchange(fixture.port(), head + URLENCODED, urlencoded(sent))
                                .body())
                        .isEqualTo(expected);
                assertThat(Wire.exchangeChunked(fixture.port(), head + MULTIPART, multipart(sent))
                                .body())
                        .isEqualTo(expected);
            }
            String json = "{\"receipts\":[\"" + String.join("\",\"", sent) + "\"]}";
            String head = head("POST", "/orders?note=gift") + "Content-Type: application/json\r\n";
            assertThat(Wire.exchange(fixture.port(), head + "X-CSRF-TOKEN: secret\r\n", json.getBytes(UTF_8))
                            .body())
                    .isEqualTo(expected);
        }
        assertNothingHeld();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 60_000, 3 * MEBIBYTE})
    void upload_tokenBeforeTheFile(int size) throws Exception {
        startGuarded();
        byte[] body = form("x", TOKEN, filePart("a.txt", "text/plain", "c".repeat(size)));
        for (String head : List.of(formHead(), formHead("Expect: 100-continue"))) {
            try (Wire wire = new Wire(fixture.port())) {
                wire.send(head, body);
                Wire.Response response = wire.response();
                response = response.status() == 100 ? wire.response() : response;
                assertThat(response.status()).as(response.body()).isEqualTo(201);
                UploadReceipt receipt = receipt(response);
                assertThat(fixture.stored(receipt)).hasSize(size);
                assertThat(receipt.subject()).contains("ann");
            }
        }
        assertThat(Wire.exchangeChunked(fixture.port(), formHead(), body).status())
                .isEqualTo(201);
        assertNothingHeld();
    }

    @Test
    void upload_byteByByte() throws Exception {
        startGuarded();
        byte[] body = form("x", TOKEN, filePart("a.txt", "text/plain", "content"));
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(formHead("Transfer-Encoding: chunked") + "\r\n");
            for (byte one : body) {
                wire.sendChunk(new byte[] {one});
            }
            wire.sendChunk(new byte[0]);
            Wire.Response response = wire.response();
            assertThat(response.status()).as(response.body()).isEqualTo(201);
            assertThat(fixture.stored(receipt(response))).isEqualTo("content");
        }
    }

    @Test
    void upload_tokenInAHeaderField() throws Exception {
        startGuarded();
        String raw = head("POST", "/uploads") + "X-CSRF-TOKEN: secret\r\nContent-Type: text/plain\r\n";
        assertThat(Wire.exchange(fixture.port(), raw, new byte[10]).status()).isEqualTo(201);
        TusClient tus = new TusClient(fixture.port());
        String path = tus.created(3, "X-CSRF-TOKEN: secret\r\n");
        assertThat(tus.patch(path, 0, new byte[3], "X-CSRF-TOKEN: secret\r\n").status())
                .isEqualTo(204);
    }

    @Test
    void upload_tokenAfterTheFileOrNone_isForbidden() throws Exception {
        startGuarded();
        assertForbidden(form("x", filePart("a.txt", "text/plain", "c".repeat(MEBIBYTE)), TOKEN));
        assertForbidden(form("x", fieldPart("long", "v".repeat(MEBIBYTE)), TOKEN));
        assertForbidden("no form at all".getBytes(UTF_8));
        assertNothingHeld();
    }

    /** The container may end the connection of a client that still sends, and then there is no response to read. */
    private void assertForbidden(byte[] form) throws Exception {
        try {
            assertThat(Wire.exchange(fixture.port(), formHead(), form).status()).isEqualTo(403);
        } catch (SocketException e) {
            assertThat(e).hasMessageMatching("Broken pipe|Connection reset.*");
        }
    }

    @Test
    void finalRequest_badForm_isRefused() throws Exception {
        startGuarded(Map.of("body-deadline", "PT2S", "max-body-size", "1000"));
        String head = head("POST", "/orders") + URLENCODED;
        assertProblem(Wire.exchange(fixture.port(), head, new byte[1001]), 413, "request-too-large");
        assertProblem(Wire.exchangeChunked(fixture.port(), head, new byte[1001]), 413, "request-too-large");
        assertProblem(Wire.exchange(fixture.port(), head, "a=%x".getBytes(UTF_8)), 400, "malformed-request");
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head + "Content-Length: 100\r\n\r\n_csrf=se");
            assertThat(wire.statusOrEnd()).isIn(408, Wire.END); // some containers close the connection themselves
        }
        fixture.awaitEvents(
                "refused REQUEST_TOO_LARGE",
                "refused REQUEST_TOO_LARGE",
                "refused MALFORMED_REQUEST",
                "refused TOO_SLOW");
        assertNothingHeld();
    }

    /** The container has read the form, and gives its fields. */
    @Test
    void unguarded_finalRequest_fieldsAreTheContainers() throws Exception {
        startUnguarded(request -> Optional.ofNullable(request.getParameter("_csrf")));
        List<String> tokens = upload(MANY);
        String head = head("POST", "/orders?note=gift") + URLENCODED;
        byte[] some = urlencoded(tokens.subList(0, 100));
        assertThat(Wire.exchange(fixture.port(), head, some).body()).isEqualTo(names(100) + " by ann with gift");
        assertThat(Wire.exchangeChunked(fixture.port(), head, some).body()).isEqualTo(names(100) + " by ann with gift");
        assertThat(namesOrNone(head, urlencoded(tokens))).isIn("", names(MANY) + " by ann with gift");
    }

    /** The container has parsed the form, and gives its parts. */
    @Test
    void unguarded_multipartFinalRequest_fieldsAreTheContainers() throws Exception {
        startUnguarded(request -> Optional.ofNullable(request.getParameter("_csrf")));
        List<String> tokens = upload(MANY);
        String head = head("POST", "/orders") + MULTIPART;
        byte[] some = multipart(tokens.subList(0, 20), filePart("", "application/octet-stream", ""));
        assertThat(Wire.exchange(fixture.port(), head, some).body()).isEqualTo(names(20) + " by ann with gift");
        assertThat(Wire.exchangeChunked(fixture.port(), head, some).body()).isEqualTo(names(20) + " by ann with gift");
        assertThat(namesOrNone(head, multipart(tokens))).isIn("", names(MANY) + " by ann with gift");
        byte[] cutOff = Arrays.copyOf(some, some.length - "\r\n--x--\r\n".length());
        assertThat(namesOrNone(head, cutOff)).isEmpty();
    }

    /** The container has the file, in a place of its own. */
    @Test
    void unguarded_multipartFinalRequest_withFiles_isRefusedWithAdvice() throws Exception {
        startUnguarded(request -> Optional.ofNullable(request.getParameter("_csrf")));
        String head = head("POST", "/orders") + MULTIPART;
        byte[] form = multipart(upload(1), filePart("b.txt", "text/plain", "content"));
        assertReadBefore(Wire.exchange(fixture.port(), head, form));
    }

    /** Returns what the application responds; empty if it is not reached. Containers may close the connection. */
    private String namesOrNone(String head, byte[] body) throws IOException {
        try {
            Wire.Response response = Wire.exchange(fixture.port(), head, body);
            return response.status() == 200 ? response.body() : "";
        } catch (SocketException | EOFException e) {
            return "";
        }
    }

    @Test
    void unguarded_bodyIsGone_isToldToTheClientAndInTheLog() throws Exception {
        startUnguarded(
                request -> Optional.of(new String(request.getInputStream().readAllBytes(), UTF_8))
                        .map(body -> body.contains("secret") ? "secret" : body));
        byte[] body = "_csrf=secret&receipt=x".getBytes(UTF_8);
        String head = head("POST", "/orders");
        assertReadBefore(Wire.exchange(fixture.port(), head + URLENCODED, body));
        assertMayBeReadBefore(Wire.exchangeChunked(fixture.port(), head + URLENCODED, body));
        assertReadBefore(Wire.exchange(fixture.port(), head + MULTIPART, body));
        assertMayBeReadBefore(Wire.exchangeChunked(fixture.port(), head + MULTIPART, body));
        assertReadBefore(Wire.exchange(fixture.port(), formHead(), body));
        assertMayBeReadBefore(Wire.exchangeChunked(fixture.port(), formHead(), body));
        assertReadBefore(
                Wire.exchange(fixture.port(), head("POST", "/uploads") + "Content-Type: text/plain\r\n", body));
    }

    @Test
    void unguarded_readerWasUsed_isToldToTheClient() throws Exception {
        startUnguarded(request -> Optional.of(request.getReader().readLine()).map(line -> "secret"));
        String head = head("POST", "/orders") + URLENCODED;
        assertReadBefore(Wire.exchange(fixture.port(), head, "a=b".getBytes(UTF_8)));
        assertReadBefore(Wire.exchange(fixture.port(), formHead(), "a=b".getBytes(UTF_8)));
    }

    /** The client may have sent nothing, because it has declared no length. */
    private static void assertMayBeReadBefore(Wire.Response response) {
        assertProblem(response, 400, "incomplete-body");
        assertThat(response.body()).contains("UploadGuard");
    }

    private static void assertReadBefore(Wire.Response response) {
        assertProblem(response, 500, "body-read-before");
        assertThat(response.body()).contains("UploadGuard");
    }
}
