package io.github.uploadreceipts.objectstorage.internal.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.objectstorage.testing.RawServer;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** No request lasts longer than it may, whatever the server does. */
@Execution(ExecutionMode.CONCURRENT)
@Timeout(120)
class ConnectionsTest {

    private static final Protocol PROTOCOL = new Protocol() {

        @Override
        public String name() {
            return "the protocol";
        }

        @Override
        public StoreException failure(Response response) {
            String text = response.text();
            return new StoreException.Failed(
                    response.request() + ": " + response.status() + (text.isEmpty() ? "" : " (" + text + ")"), null);
        }
    };

    private static Request request(String method, String url) {
        return Request.of(method, URI.create(url), "a").within(Duration.ofSeconds(1));
    }

    @Test
    void send_serverIsSilent_ends() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Connections http = new Connections(PROTOCOL)) {
            String url = "http://127.0.0.1:" + silent.getLocalPort();
            assertThatThrownBy(() -> http.send(request("GET", url))).isInstanceOf(IOException.class);
        }
    }

    @Test
    void send_serverDoesNotReadTheBody_ends() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Connections http = new Connections(PROTOCOL)) {
            Request request = request("PUT", "http://127.0.0.1:" + silent.getLocalPort())
                    .body(ByteBuffer.allocate(50_000_000))
                    .within(Duration.ofSeconds(5)); // more than what is waited for 100 (Continue)
            assertThatThrownBy(() -> http.send(request)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void send_headComesByteByByte_ends() throws IOException {
        try (RawServer slow = RawServer.start((number, request, out) -> trickle("HTTP/1.1 200 OK\r\nX-Word: ", out));
                Connections http = new Connections(PROTOCOL)) {
            assertThatThrownBy(() -> http.send(request("GET", slow.url()))).isInstanceOf(IOException.class);
        }
    }

    /** Half a length is another length. */
    @Test
    void send_headIsCutAnywhere_fails() throws IOException {
        byte[] head =
                "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: \"abc\"\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        try (RawServer cut = RawServer.start((number, request, out) -> out.write(head, 0, number - 1));
                Connections http = new Connections(PROTOCOL)) {
            for (int length = 0; length < head.length; length++) {
                assertThatThrownBy(() -> http.send(request("HEAD", cut.url())))
                        .as("after %s bytes", length)
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void send_bodyComesByteByByte_ends() throws IOException {
        String head = "HTTP/1.1 400 Bad\r\nContent-Length: 1000000\r\n\r\n";
        try (RawServer slow = RawServer.start((number, request, out) -> trickle(head, out));
                Connections http = new Connections(PROTOCOL);
                Response response = http.send(request("GET", slow.url()).within(Duration.ofSeconds(5)))) {
            assertThatThrownBy(() -> response.body(1_000_000)).isInstanceOf(IOException.class);
            assertThat(response.failure()).hasMessage("GET a: 400");
        }
    }

    @Test
    void stream_manyAreOpen_leavesConnectionsForRequests() throws IOException {
        byte[] some = RawServer.response("200 OK", "some");
        List<InputStream> open = new ArrayList<>();
        try (RawServer server = RawServer.start((number, request, out) -> out.write(some));
                Connections http = new Connections(PROTOCOL)) {
            for (int i = 0; i < 48; i++) {
                open.add(http.send(request("GET", server.url())).stream());
            }
            try (Response response = http.send(request("GET", server.url()))) {
                assertThatThrownBy(response::stream)
                        .isInstanceOf(StoreException.Unavailable.class)
                        .hasMessage("GET a: too many objects are being read at the same time");
                assertThat(response.body(10)).hasSize(4);
            }
            assertThat(open.get(0).readAllBytes()).hasSize(4);
            open.get(0).close();
            open.get(1).close();
            for (int i = 0; i < 2; i++) {
                open.add(http.send(request("GET", server.url())).stream());
            }
            try (Response response = http.send(request("GET", server.url()))) {
                assertThatThrownBy(response::stream).isInstanceOf(StoreException.Unavailable.class);
            }
        }
    }

    @Test
    void request_withLargeBody_mayTakeLongButNotBeSilent() {
        Request large = Request.of("PUT", URI.create("http://localhost"), "a").body(ByteBuffer.allocate(10_000_000));
        assertThat(large.limit()).isGreaterThan(Duration.ofMinutes(3));
        assertThat(large.silence()).isEmpty();
        assertThat(large.within(Duration.ofMinutes(5)).silence()).contains(Duration.ofMinutes(5));
    }

    @Test
    void send_closed_fails() {
        Connections http = new Connections(PROTOCOL);
        http.close();
        assertThatThrownBy(() -> http.send(request("GET", "http://127.0.0.1:1")))
                .isInstanceOf(StoreException.Failed.class)
                .hasMessage("GET a: the connections are closed");
    }

    /** Writes until the client has closed the connection. */
    private static void trickle(String beginning, OutputStream out) throws IOException {
        out.write(beginning.getBytes(StandardCharsets.US_ASCII));
        while (true) {
            out.write('a');
            LockSupport.parkNanos(50_000_000);
        }
    }
}
