package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static io.github.uploadreceipts.servlet.TusClient.BYTES;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A request that another one takes over before it listens for its body. */
@ParameterizedClass
@MethodSource(Container.ALL)
class TakeOverIT {

    private static final String WAITS = "X-Waits";

    @Parameter
    Container container;

    @TempDir
    Path root;

    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch mayListen = new CountDownLatch(1);

    /** Waits when the request's body is requested: the upload is open, and no listener is set yet. */
    private final class Waiting extends HttpServletRequestWrapper {

        Waiting(HttpServletRequest request) {
            super(request);
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            reached.countDown();
            try {
                mayListen.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return super.getInputStream();
        }
    }

    private HttpServletRequest wrap(HttpServletRequest request) {
        return request.getHeader(WAITS) == null ? request : new Waiting(request);
    }

    @Test
    void patch_takenOverBeforeItListens_placeIsFreeAtOnce() throws Exception {
        UploadLimits limits =
                UploadLimits.builder().perAddress(1, Long.MAX_VALUE).build();
        Map<String, Filter> filters = new LinkedHashMap<>();
        try (AdapterFixture fixture = new AdapterFixture(root)) {
            filters.put(
                    "/*", (request, response, chain) -> chain.doFilter(wrap((HttpServletRequest) request), response));
            filters.put("/uploads/*", UploadFilter.create(fixture.host, UploadPolicy.anyone(limits)));
            fixture.start(container, true, filters, new HttpServlet() {});
            TusClient client = new TusClient(fixture.port());
            String path = client.created(10);
            try (Wire silent = new Wire(fixture.port())) {
                silent.send(head("PATCH", path) + TUS + BYTES + WAITS
                        + ": 1\r\nUpload-Offset: 0\r\nContent-Length: 10\r\n\r\n");
                assertThat(reached.await(120, TimeUnit.SECONDS)).isTrue();
                assertThat(client.head(path).header("Upload-Offset")).isEqualTo("0");
                mayListen.countDown();

                assertProblem(silent.response(), 423, "taken-over");
                assertThat(client.patch(path, 0, new byte[10]).status()).isEqualTo(204);
            } finally {
                mayListen.countDown();
            }
            fixture.await("nothing open", () -> fixture.descriptors().isEmpty());
        }
    }
}
