package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static io.github.uploadreceipts.servlet.TusClient.BYTES;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Uploads whose clients disconnect before they get their receipts. Nothing stays stored, and no listener is told of
 * them.
 */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class LostResponseIT {

    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private final AtomicBoolean losing = new AtomicBoolean();
    private AdapterFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put(
                "/*",
                (request, response, chain) ->
                        chain.doFilter(request, losing.getAndSet(false) ? withoutClient(response) : response));
        filters.put("/uploads/*", UploadFilter.create(fixture.host, UploadPolicy.anyone(UploadLimits.defaults())));
        fixture.start(container, async, filters, new HttpServlet() {});
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private static ServletResponse withoutClient(ServletResponse response) {
        return new HttpServletResponseWrapper((HttpServletResponse) response) {
            @Override
            public ServletOutputStream getOutputStream() throws IOException {
                throw new IOException("Broken pipe");
            }
        };
    }

    /** Loses the first response, and then repeats the request. The listener is told only after the second one. */
    private void assertListenerToldOnlyAfterTheResponse(String requestHead, byte[] body, String... names)
            throws Exception {
        losing.set(true);
        try (Wire lost = new Wire(fixture.port())) {
            lost.send(requestHead, body);
            fixture.await("withdrawal", () -> withdrawn() == names.length);
            assertThat(fixture.listener.told(UploadEvent.Abandoned.class))
                    .singleElement()
                    .satisfies(abandoned -> {
                        assertThat(abandoned.id()).isPresent();
                        assertThat(abandoned.bytes()).isGreaterThanOrEqualTo(body.length);
                    });
        }
        assertThat(fixture.listener.stored()).isEmpty();
        Wire.Response response = Wire.exchange(fixture.port(), requestHead, body);
        assertThat(response.status()).as(response.body()).isEqualTo(201);
        fixture.awaitStored(names);
        assertThat(withdrawn()).isEqualTo(names.length);
    }

    private long withdrawn() {
        return fixture.store.steps.stream().filter("withdraw"::equals).count();
    }

    @Test
    void completeFiles_inAForm() throws Exception {
        assertListenerToldOnlyAfterTheResponse(
                formHead(),
                AdapterFixture.form("x", filePart("a", "a/b", "one"), filePart("b", "a/b", "two")),
                "a",
                "b");
    }

    @Test
    void completeFile() throws Exception {
        assertListenerToldOnlyAfterTheResponse(head("POST", "/uploads") + "Content-Type: a/b\r\n", HELLO, "upload");
    }

    @Test
    void resumable_allBytesWithItsCreation() throws Exception {
        assertListenerToldOnlyAfterTheResponse(
                head("POST", "/uploads") + TUS + BYTES + "Upload-Length: 5\r\n", HELLO, "upload");
    }

    @Test
    void resumable_empty() throws Exception {
        assertListenerToldOnlyAfterTheResponse(
                head("POST", "/uploads") + TUS + "Upload-Length: 0\r\n", new byte[0], "upload");
    }

    @Test
    void resumable_concatenation() throws Exception {
        TusClient client = new TusClient(fixture.port());
        String partial = client.created(HELLO.length, "Upload-Concat: partial\r\n");
        assertThat(client.patch(partial, 0, HELLO).status()).isEqualTo(204);
        assertThat(fixture.listener.events).isEmpty();
        assertListenerToldOnlyAfterTheResponse(
                head("POST", "/uploads") + TUS + "Upload-Concat: final;" + partial + "\r\n", new byte[0], "upload");
    }

    /** The upload stays, because the client gets its receipt by HEAD. */
    @Test
    void resumable_responseToTheLastBytesLost_uploadStays() throws Exception {
        TusClient client = new TusClient(fixture.port());
        String path = client.created(HELLO.length);
        losing.set(true);
        try (Wire lost = new Wire(fixture.port())) {
            lost.send(head("PATCH", path) + TUS + BYTES + "Upload-Offset: 0\r\n", HELLO);
            fixture.awaitStored("upload");
        }
        assertThat(client.head(path).header("Upload-Receipt")).isNotEmpty();
        fixture.awaitStored("upload");
        assertThat(withdrawn()).isZero();
    }
}
