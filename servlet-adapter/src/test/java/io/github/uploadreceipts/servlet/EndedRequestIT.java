package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static io.github.uploadreceipts.servlet.TusClient.BYTES;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Every asynchronous request ends, and the application is told of it. */
@ParameterizedClass
@MethodSource(Container.ALL)
class EndedRequestIT {

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
        filters.put("/uploads/*", UploadFilter.create(fixture.host, UploadPolicy.anyone(UploadLimits.defaults())));
        fixture.start(container, true, filters, new HttpServlet() {});
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
            Wire.Answer answer = wire.answer();
            while (answer.status() == 100) {
                answer = wire.answer();
            }
            assertThat(answer.status()).isEqualTo(413);
            awaitEnd();
        }
    }
}
