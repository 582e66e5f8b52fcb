package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.host.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import jakarta.servlet.Filter;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Behind a filter whose request can only be read waiting. */
@ParameterizedClass
@MethodSource(Container.ALL)
class WrappedRequestIT {

    @Parameter
    Container container;

    @TempDir
    Path root;

    private static final class WaitingStream extends ServletInputStream {

        private final ServletInputStream in;
        private boolean finished;

        WaitingStream(ServletInputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            int read = in.read();
            finished = read < 0;
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = in.read(bytes, offset, length);
            finished = read < 0;
            return read;
        }

        @Override
        public boolean isFinished() {
            return finished;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new IllegalStateException("this stream is for those who wait");
        }
    }

    private static HttpServletRequest wrap(HttpServletRequest request) throws IOException {
        WaitingStream stream = new WaitingStream(request.getInputStream());
        return new HttpServletRequestWrapper(request) {
            @Override
            public ServletInputStream getInputStream() {
                return stream;
            }
        };
    }

    @Test
    void post_streamThatTakesNoListener_isReceivedAllTheSame() throws Exception {
        try (AdapterFixture fixture = new AdapterFixture(root)) {
            Map<String, Filter> filters = new LinkedHashMap<>();
            filters.put(
                    "/*", (request, response, chain) -> chain.doFilter(wrap((HttpServletRequest) request), response));
            filters.put("/uploads/*", UploadFilter.create(fixture.host, UploadPolicy.anyone(UploadLimits.defaults())));
            fixture.start(container, true, filters, new HttpServlet() {});
            byte[] body = form("x", filePart("a", "a/b", "one"), filePart("b", "a/b", "two"));
            List<UploadReceipt> receipts = fixture.receipts(Wire.exchange(fixture.port(), formHead(), body));
            assertThat(receipts).extracting(UploadReceipt::name).containsExactly("a", "b");
            assertThat(fixture.stored(receipts.get(1))).isEqualTo("two");
        }
    }
}
