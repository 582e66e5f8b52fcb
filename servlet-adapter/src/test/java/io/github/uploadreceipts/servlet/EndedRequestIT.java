package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static io.github.uploadreceipts.servlet.TusClient.BYTES;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every asynchronous request ends, and the application is told of it. */
@ParameterizedClass
@MethodSource(Container.ALL)
@Execution(ExecutionMode.CONCURRENT)
class EndedRequestIT {

    private static final Duration CONTAINERS_IDLE = Duration.ofSeconds(8);

    /** One at a time: a request that keeps its place shows with the next one. */
    private static final UploadLimits LIMITS = UploadLimits.builder()
            .perAddress(1, 1L << 30)
            .maxFileSize(1000)
            .maxFiles(1500)
            .maxFieldBytes(10 << 20)
            .idleTimeout(Duration.ofSeconds(2))
            .build();

    @Parameter
    Container container;

    @TempDir
    Path root;

    private final Set<AsyncListener> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger begun = new AtomicInteger();
    private AdapterFixture fixture;

    /** Counts asynchronous requests, as an application's own filter may do. */
    private final class Counted extends HttpServletRequestWrapper {

        Counted(HttpServletRequest request) {
            super(request);
        }

        @Override
        public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
            AsyncContext context = super.startAsync(request, response);
            AsyncListener counter = new Counter();
            open.add(counter);
            begun.incrementAndGet();
            context.addListener(counter);
            return context;
        }
    }

    private final class Counter implements AsyncListener {

        @Override
        public void onComplete(AsyncEvent event) {
            open.remove(this);
        }

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {
            open.remove(this);
        }

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put(
                "/*",
                (request, response, chain) -> chain.doFilter(new Counted((HttpServletRequest) request), response));
        filters.put("/uploads/*", UploadFilter.create(fixture.host, UploadPolicy.anyone(LIMITS)));
        fixture.start(
                container, Container.App.of(filters, new HttpServlet() {}, true).idle(CONTAINERS_IDLE));
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private void awaitEnd() throws Exception {
        fixture.await("end", () -> begun.get() > 0 && open.isEmpty());
        begun.set(0);
    }

    private static String patch(String path, long offset) {
        return head("PATCH", path) + TUS + BYTES + "Upload-Offset: " + offset + "\r\n";
    }

    @Test
    void patch_refusedWhenAllWasRead() throws Exception {
        String path = new TusClient(fixture.port()).created(1);
        awaitEnd();
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(
                    patch(path, 0) + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nvv\r\n0\r\n\r\n");
            Wire.Response response = wire.response();
            while (response.status() == 100) {
                response = wire.response();
            }
            assertThat(response.status()).isEqualTo(413);
            awaitEnd();
        }
    }

    private Wire.Response post(int size) throws IOException {
        return Wire.exchange(fixture.port(), head("POST", "/uploads"), new byte[size]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "write", "force", "publish"})
    void post_storeThrowsAnError(String step) throws Exception {
        fixture.store.error = new AssertionError("injected into the store");
        fixture.store.fail(step, 1);
        Wire.Response response = post(3);
        assertThat(response.status()).isEqualTo(500);
        if (!step.equals("create")) { // which happens on the container's thread, and is left to its error page
            assertProblem(response, 500, "storage-failed");
            awaitEnd();
        }
        fixture.awaitNothingLeft();
        assertThat(post(3).status()).isEqualTo(201);
    }

    @Test
    void patch_storeThrowsAnError() throws Exception {
        TusClient tus = new TusClient(fixture.port());
        String path = tus.created(3);
        fixture.store.error = new AssertionError("injected into the store");
        fixture.store.fail("publish partial", 1);
        assertThat(tus.patch(path, 0, new byte[3]).status()).isEqualTo(500);
        awaitEnd();
        Wire.Response status = tus.head(path);
        assertThat(status.header("Upload-Offset")).isEqualTo("3");
        assertThat(status.header("Upload-Receipt")).isNotEmpty();
        awaitEnd();
    }

    @Test
    void listenerThrowsAnError() throws Exception {
        assertThat(post(3000).status()).isEqualTo(413);
        awaitEnd();
        fixture.listener.failing = true;
        assertThat(post(3).status()).isEqualTo(201);
        awaitEnd();
        assertThat(post(3000).status()).isEqualTo(413);
        awaitEnd();
        assertThat(fixture.stored(fixture.receipts(post(3)).get(0))).hasSize(3);
        awaitEnd();
    }

    /** Undertow takes anything for the end of a chunk, and waits for the next one. */
    @Test
    void post_malformedChunk() throws Exception {
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc");
            fixture.await("the first chunk", () -> !fixture.files().isEmpty());
            wire.send("no end of a chunk");
            assertThat(wire.statusOrEnd()).isEqualTo(container.cutsRefusedBodies() ? 400 : 408);
            wire.shutdownOutput();
            assertThat(wire.isClosedByPeer()).isTrue();
        }
        awaitEnd();
        fixture.awaitNothingLeft();
        assertThat(post(3).status()).isEqualTo(201);
    }

    /** The store cannot be stopped. What it publishes after the response is withdrawn. */
    @ParameterizedTest
    @ValueSource(strings = {"force", "publish"})
    void post_storeHangs(String step) throws Exception {
        fixture.store.waitAt(step);
        Wire.Response response = post(3);
        assertProblem(response, 503, "unavailable");
        assertThat(response.header("Retry-After")).isEqualTo("5");
        awaitEnd();
        fixture.awaitEvents("refused UNAVAILABLE");
        fixture.store.goOn.countDown();
        fixture.awaitNothingLeft();
        fixture.await("place", () -> post(3).status() == 201);
    }

    /** What the upload holds is given back, and its receipts are withdrawn. The container closes the connection. */
    @Test
    void post_responseIsNeverRead() throws Exception {
        byte[] form = formWithLongResponse();
        try (Socket client = new Socket()) {
            client.setReceiveBufferSize(4096);
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), fixture.port()));
            client.getOutputStream()
                    .write((formHead("Accept: text/html", "Content-Length: " + form.length) + "\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            client.getOutputStream().write(form);
            fixture.awaitEvents("abandoned");
            fixture.awaitNothingLeft();
            assertThat(post(3).status()).isEqualTo(201);
            String got = readToTheEnd(client);
            Matcher length = Pattern.compile("(?i)content-length: ([0-9]+)").matcher(got);
            assertThat(length.find()).isTrue();
            assertThat(got.length()).as("bytes").isLessThan(Integer.parseInt(length.group(1)));
        }
    }

    private static byte[] formWithLongResponse() {
        String part = filePart("n".repeat(250), "a/b", "x");
        return form("x", Collections.nCopies(1500, part).toArray(String[]::new));
    }

    /** The client gives the server no window for the body of the response. */
    @Test
    void http2_post_responseIsNeverRead() throws Exception {
        try (Http2 client = new Http2(fixture.port(), 0)) {
            Http2Stream stream = client.begin(
                    "POST", "/uploads", "Content-Type: multipart/form-data; boundary=x", "Accept: text/html");
            stream.send(formWithLongResponse(), true);
            fixture.awaitEvents("abandoned");
            fixture.awaitNothingLeft();
            assertThatExceptionOfType(IOException.class).isThrownBy(stream::response);
        }
        assertThat(post(3).status()).isEqualTo(201);
    }

    private static String readToTheEnd(Socket client) throws IOException {
        client.setSoTimeout(60_000);
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        try {
            client.getInputStream().transferTo(got);
        } catch (SocketException e) {
            // the connection was reset
        }
        return got.toString(StandardCharsets.US_ASCII);
    }
}
