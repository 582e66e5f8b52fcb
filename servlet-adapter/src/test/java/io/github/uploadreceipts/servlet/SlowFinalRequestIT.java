package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertCut;
import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.Refusal;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
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

/** Final requests whose bytes come slowly, or not at all. */
@ParameterizedClass
@MethodSource(Container.ALL)
class SlowFinalRequestIT {

    private static final int SILENT = 250;
    private static final int THREADS = 24;
    private static final Duration IDLE = Duration.ofSeconds(4);
    private static final Duration CONTAINERS_IDLE = Duration.ofSeconds(6);
    private static final Duration SLACK = Duration.ofSeconds(5);
    private static final UploadPolicy FILES =
            UploadPolicy.anyone(UploadLimits.builder().idleTimeout(IDLE).build());
    private static final String URLENCODED = "application/x-www-form-urlencoded";
    private static final String MULTIPART = "multipart/form-data; boundary=x";
    private static final String ONLY_SIZE_OF_A_CHUNK =
            head("POST", "/orders") + "Content-Type: " + MULTIPART + "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n";

    @Parameter
    Container container;

    @TempDir
    Path root;

    private AdapterFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new AdapterFixture(root);
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    /** Responds with what it was sent, in the way that the query names. */
    private static final class Application extends HttpServlet {

        private static final long serialVersionUID = 1;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) {
            response.setStatus(204);
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            switch (String.valueOf(request.getQueryString())) {
                case "fails" -> throw new ServletException("the application fails");
                case "refuses" -> throw new ServletException(new Lost());
                case "async" -> goOnAsync(request, response);
                case "redispatched" -> redispatch(request, response);
                default -> respond(request, response);
            }
        }

        private static void respond(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            String names = ReceiptsFilter.receipts(request).stream()
                    .map(UploadReceipt::name)
                    .collect(Collectors.joining(","));
            String[] values = request.getParameterValues("note");
            String parts = String.valueOf(request.getContentType()).startsWith("multipart")
                    ? request.getParts().stream()
                            .map(part -> part.getName() + part.getSize())
                            .collect(Collectors.joining(","))
                    : "";
            int length = request.getInputStream().readAllBytes().length;
            response.setContentType("text/plain");
            response.getOutputStream()
                    .write((names + " " + Arrays.toString(values) + " " + parts + " " + length).getBytes(UTF_8));
        }

        private static void goOnAsync(HttpServletRequest request, HttpServletResponse response) {
            AsyncContext context = request.startAsync(request, response);
            context.start(() -> {
                try {
                    respond(request, response);
                } catch (IOException | ServletException e) {
                    throw new IllegalStateException(e);
                } finally {
                    context.complete();
                }
            });
        }

        private static void redispatch(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            if (request.getDispatcherType() == DispatcherType.ASYNC) {
                respond(request, response);
            } else {
                request.startAsync(request, response).dispatch();
            }
        }
    }

    private static final class Lost extends RuntimeException implements Refusal {

        private static final long serialVersionUID = 1;

        @Override
        public Problem problem() {
            return Problem.of(ProblemType.UPLOAD_GONE);
        }
    }

    private void start(boolean async) throws Exception {
        start(ReceiptsFilter.builder(fixture.host).files(FILES).asyncDispatch(), async);
    }

    private void start(ReceiptsFilter.Builder receipts, boolean async) throws Exception {
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put("/orders/*", receipts.build());
        filters.put("/orders", new Behind());
        fixture.start(
                container,
                Container.App.of(filters, new Application(), async)
                        .threads(THREADS)
                        .idle(CONTAINERS_IDLE));
    }

    /** A filter behind ours, such as one of Spring: it does nothing for the application's own dispatches. */
    private static final class Behind implements Filter {

        @Override
        public void doFilter(
                jakarta.servlet.ServletRequest request,
                jakarta.servlet.ServletResponse response,
                jakarta.servlet.FilterChain chain)
                throws IOException, ServletException {
            if (request.getDispatcherType() == DispatcherType.REQUEST) {
                ((HttpServletResponse) response).addHeader("Behind", "passed");
            }
            chain.doFilter(request, response);
        }
    }

    private static String post(String query, String type, int length) {
        return head("POST", "/orders" + query) + "Content-Type: " + type + "\r\nContent-Length: " + length + "\r\n\r\n";
    }

    @Test
    void silent_asyncDispatch_needNoThreads() throws Exception {
        start(true);
        assertThat(statuses(SILENT)).containsOnly(408);
    }

    /**
     * Only few may wait on a thread. The others are told to come again, and the host goes on. Tomcat must support
     * asynchronous requests for that: otherwise it waits for the rest of a refused body.
     */
    @Test
    void silent_waiting_leaveThreadsForOthers() throws Exception {
        start(ReceiptsFilter.builder(fixture.host).files(FILES), container.isTomcat());
        Map<Integer, Long> counts =
                statuses(SILENT).stream().collect(Collectors.groupingBy(status -> status, Collectors.counting()));
        int waited = container.isJetty() ? 408 : Wire.END; // others end a read that times out with its connection
        assertThat(counts).containsOnlyKeys(waited, 503);
        assertThat(counts.get(waited)).isBetween(1L, 64L);
    }

    /** Begins silent requests, checks that others are served meanwhile, and returns what the silent ones get. */
    private List<Integer> statuses(int count) throws Exception {
        List<Wire> wires = new ArrayList<>();
        try {
            long begin = System.nanoTime();
            for (int i = 0; i < count; i++) {
                String silent = i % 2 == 0 ? post("", MULTIPART, 100) : ONLY_SIZE_OF_A_CHUNK;
                wires.add(new Wire(fixture.port()).send(silent));
            }
            for (int i = 0; i < 20; i++) {
                assertThat(Wire.exchange(fixture.port(), head("GET", "/"), new byte[0])
                                .status())
                        .isEqualTo(204);
            }
            assertThat(Wire.exchange(
                                    fixture.port(),
                                    head("POST", "/orders") + "Content-Type: " + URLENCODED + "\r\n",
                                    "note=quick".getBytes(UTF_8))
                            .status())
                    .isIn(200, 503);
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(IDLE);
            List<Integer> statuses = new ArrayList<>();
            for (Wire wire : wires) {
                int status = wire.statusOrEnd();
                if (status == 408 && !statuses.contains(status)) {
                    assertCut(wire);
                }
                statuses.add(status);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(CONTAINERS_IDLE.plus(SLACK));
            return statuses;
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?async", "?redispatched"})
    void slow_anyType_reachesTheApplicationWhole(String query) throws Exception {
        start(true);
        String token = fixture.store("a.txt", "abc").token();
        String fields = "note=1&receipt=" + token + "&note=2";
        assertThat(response(query, URLENCODED, fields)).isEqualTo("a.txt [1, 2]  " + fields.length());
        String json = "{\"receipts\":[\"" + token + "\"]}";
        assertThat(response(query, "application/json", json)).isEqualTo("a.txt null  " + json.length());
        String parts = new String(
                form("x", fieldPart("note", "1"), filePart("b.txt", "text/plain", "b"), fieldPart("receipt", token)),
                UTF_8);
        assertThat(response(query, MULTIPART, parts))
                .isEqualTo("b.txt,a.txt [1] note1,file1,receipt" + token.length() + " " + parts.length());
        fixture.awaitStored("b.txt");
    }

    private String response(String query, String type, String body) throws IOException {
        Wire.Response response = slowly(query, type, body);
        assertThat(response.status()).as(response.body()).isEqualTo(200);
        assertThat(response.header("Behind")).isEqualTo("passed");
        return response.body();
    }

    private Wire.Response slowly(String query, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(ISO_8859_1);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(post(query, type, bytes.length));
            int size = bytes.length / 3;
            for (int sent = 0; sent < bytes.length; sent += size) {
                LockSupport.parkNanos(20_000_000);
                wire.send(Arrays.copyOfRange(bytes, sent, Math.min(bytes.length, sent + size)));
            }
            return wire.response();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Test
    void slow_applicationFailsOrRefuses_asWithAnyOther() throws Exception {
        start(true);
        String parts = new String(form("x", filePart("b.txt", "text/plain", "b")), UTF_8);
        Wire.Response failed = slowly("?fails", MULTIPART, parts);
        assertThat(failed.status()).isEqualTo(500);
        fixture.awaitNothingLeft();
        assertProblem(slowly("?refuses", MULTIPART, parts), 410, "upload-gone");
        fixture.awaitNothingLeft();
        assertProblem(slowly("", URLENCODED, "receipt=false"), 422, "receipts-refused");
        assertProblem(slowly("", "application/json", "{\"receipts\":7}"), 400, "malformed-request");
        assertThat(Optional.of(slowly("", URLENCODED, "note=x").status())).hasValue(200);
    }

    @Test
    void slow_clientLeaves_isEnded() throws Exception {
        start(true);
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(post("", MULTIPART, 1_000)).send("--x\r\n" + filePart("b.txt", "text/plain", "begun"));
            fixture.await("begun", () -> !fixture.files().isEmpty());
            wire.reset();
        }
        fixture.awaitNothingLeft();
        fixture.awaitEvents("abandoned");
    }
}
