package io.github.uploadreceipts.servlet.internal.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests each rule about containers on its own. Integration tests show that the containers behave so. */
class ContainerMannersTest {

    private static final int SENT = 64 << 20;
    private static final int MOST = 2 << 20;

    /** A body that comes faster than it is read. Asking for the available bytes makes the container read on. */
    private static final class FastBody extends ServletInputStream {

        private int left = SENT;
        private @Nullable ReadListener listener;

        @Override
        public int available() {
            return left;
        }

        @Override
        public int read() {
            throw new AssertionError("bytes are read one by one");
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (left == 0 && length > 0) {
                return -1;
            }
            int count = Math.min(left, length);
            left -= count;
            return count;
        }

        @Override
        public boolean isFinished() {
            return left == 0;
        }

        @Override
        public boolean isReady() {
            assertThat(isFinished())
                    .as("asked after the end, where Tomcat waits")
                    .isFalse();
            return true;
        }

        @Override
        public void setReadListener(ReadListener value) {
            listener = value;
        }
    }

    private static final InputStream RESET = new InputStream() {
        @Override
        public int read() {
            throw new IllegalStateException("buffer has been freed");
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            return read();
        }
    };

    private static final ReadListener LISTENER = new ReadListener() {
        @Override
        public void onDataAvailable() {}

        @Override
        public void onAllDataRead() {}

        @Override
        public void onError(Throwable failure) {}
    };

    private final Map<String, Object> attributes = new HashMap<>();

    private HttpServletRequest request(String field, String... values) {
        return request(TestContexts.jetty(), "HTTP/1.1", field, values);
    }

    private HttpServletRequest request(ServletContext context, String protocol, String field, String... values) {
        return (HttpServletRequest) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "getServletContext" -> context;
                    case "getProtocol" -> protocol;
                    case "getHeader" -> field.equals(arguments[0]) && values.length > 0 ? values[0] : null;
                    case "getHeaders" ->
                        Collections.enumeration(field.equals(arguments[0]) ? List.of(values) : List.of());
                    case "getAttribute" -> attributes.get((String) arguments[0]);
                    case "setAttribute" -> attributes.put((String) arguments[0], arguments[1]);
                    default -> throw new AssertionError(method.getName());
                });
    }

    @Test
    void waitsForBody_undertowAlone() {
        assertThat(ContainerManners.waitsForBody(request(TestContexts.undertow(), "HTTP/1.1", "")))
                .isTrue();
        assertThat(ContainerManners.waitsForBody(request(TestContexts.jetty(), "HTTP/1.1", "")))
                .isFalse();
        assertThat(ContainerManners.waitsForBody(request(TestContexts.tomcat(), "HTTP/1.1", "")))
                .isFalse();
    }

    @Test
    void cuttingLosesResponse_ofConnections() {
        ServletContext tomcat = TestContexts.tomcat();
        assertThat(ContainerManners.cuttingLosesResponse(request(tomcat, "HTTP/1.1", "")))
                .isTrue();
        assertThat(ContainerManners.cuttingLosesResponse(request(tomcat, "HTTP/1.0", "")))
                .isTrue();
        assertThat(ContainerManners.cuttingLosesResponse(request(tomcat, "HTTP/2.0", "")))
                .isFalse();
        assertThat(ContainerManners.cuttingLosesResponse(request(TestContexts.undertow(), "HTTP/2.0", "")))
                .isTrue();
    }

    @Test
    void cuttingLosesResponse_clientThatWaits_onceItIsInvited() throws IOException {
        HttpServletRequest request = request("Expect", "100-continue");
        assertThat(ContainerManners.cuttingLosesResponse(request)).isFalse();
        ContainerManners.invite(request, new FastBody());
        assertThat(ContainerManners.cuttingLosesResponse(request)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"100-continue,true", "100-Continue,true", "'x, 100-continue',true", "x,false", "'',false"})
    void isExpectant(String expectation, boolean expectant) {
        HttpServletRequest request = request("Expect", expectation);
        assertThat(ContainerManners.isExpectant(request)).isEqualTo(expectant);
        assertThat(ContainerManners.invitingBlocks(request)).isEqualTo(expectant);
    }

    @Test
    void invite_fastClient_littleIsTakenBeforehand() throws IOException {
        FastBody body = new FastBody();
        byte[] early = ContainerManners.invite(request("Expect", "100-continue"), body);
        assertThat(early.length).isLessThanOrEqualTo(MOST);
        assertThat(body.left).isEqualTo(SENT - early.length);
    }

    @Test
    void invite_clientThatDoesNotWait_nothingIsRead() throws IOException {
        FastBody body = new FastBody();
        assertThat(ContainerManners.invite(request("Expect"), body)).isEmpty();
        assertThat(body.left).isEqualTo(SENT);
    }

    @Test
    void read_containerFails_isTheConnectionsFault() {
        assertThatIOException().isThrownBy(() -> ContainerManners.read(RESET, new byte[1]));
    }

    @Test
    void buffer_isTheThreads() throws Exception {
        byte[] ours = ContainerManners.buffer();
        assertThat(ContainerManners.buffer()).isSameAs(ours);
        byte[][] others = new byte[1][];
        Thread other = new Thread(() -> others[0] = ContainerManners.buffer());
        other.start();
        other.join();
        assertThat(others[0]).isNotSameAs(ours);
    }

    @Test
    void listen_onlyToABodyThatHasNotEnded() {
        FastBody body = new FastBody();
        assertThat(ContainerManners.listen(body, LISTENER)).isTrue();
        assertThat(body.listener).isSameAs(LISTENER);
        FastBody ended = new FastBody();
        ended.left = 0;
        assertThat(ContainerManners.listen(ended, LISTENER)).isFalse();
        assertThat(ended.listener).isNull();
    }

    @Test
    void isReady_afterTheEnd_theContainerIsNotAsked() throws IOException {
        FastBody body = new FastBody();
        while (ContainerManners.isReady(body)) {
            ContainerManners.read(body, ContainerManners.buffer());
        }
        assertThat(body.left).isZero();
    }

    @Test
    void discardBuffered_fastClient_littleIsRead() throws IOException {
        FastBody body = new FastBody();
        ContainerManners.discardBuffered(request(""), body);
        assertThat(SENT - body.left).isPositive().isLessThanOrEqualTo(MOST);
    }

    @Test
    void discardBuffered_chunksOnTomcat_noReadThatMayWait() throws IOException {
        FastBody body = new FastBody();
        body.left = 1;
        HttpServletRequest chunked = request(TestContexts.tomcat(), "HTTP/1.1", "Transfer-Encoding", "chunked");
        ContainerManners.discardBuffered(chunked, body);
        assertThat(body.left).isOne();
        ContainerManners.discardBuffered(request(TestContexts.tomcat(), "HTTP/1.1", ""), body);
        assertThat(body.left).isZero();
    }

    @Test
    void hasUnknownTransferCoding_anyButOneChunked() {
        assertThat(ContainerManners.hasUnknownTransferCoding(request("Transfer-Encoding")))
                .isFalse();
        assertThat(ContainerManners.hasUnknownTransferCoding(request("Transfer-Encoding", "Chunked")))
                .isFalse();
        assertThat(ContainerManners.hasUnknownTransferCoding(request("Transfer-Encoding", "chunked", "chunked")))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "gzip, chunked", "identity", "x", ""})
    void hasUnknownTransferCoding_another(String coding) {
        assertThat(ContainerManners.hasUnknownTransferCoding(request("Transfer-Encoding", coding)))
                .isTrue();
    }

    @Test
    void isBroken_whatIsTheConnectionsFault() {
        assertThat(ContainerManners.isBroken(new EOFException())).isTrue();
        assertThat(ContainerManners.isBroken(new TimeoutException())).isTrue();
        assertThat(ContainerManners.isBroken(new IllegalStateException())).isFalse();
    }

    @Test
    void sendfile_whereTheContainerOffersIt() {
        HttpServletRequest request = request("none");
        assertThat(ContainerManners.sendfile(request, Path.of("/a"), 2, 3)).isFalse();
        assertThat(attributes).isEmpty();
        attributes.put("org.apache.tomcat.sendfile.support", true);
        assertThat(ContainerManners.sendfile(request, Path.of("/a"), 2, 3)).isTrue();
        assertThat(attributes)
                .containsEntry("org.apache.tomcat.sendfile.filename", "/a")
                .containsEntry("org.apache.tomcat.sendfile.start", 2L)
                .containsEntry("org.apache.tomcat.sendfile.end", 5L);
    }
}
