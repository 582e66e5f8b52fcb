package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.peer.PeerRelay.Request;
import io.github.uploadreceipts.internal.peer.PeerRelay.Response;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.testing.Ports;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests relayed to peers in real containers. */
final class RelayContainerIT {

    private static final Duration PATIENT = Duration.ofSeconds(50);

    @TempDir
    private Path directory;

    private final List<byte[]> bodies = new CopyOnWriteArrayList<>();
    private long descriptors;
    private Fleet fleet;
    private int port;

    @BeforeEach
    void start() throws IOException {
        descriptors = Descriptors.count(directory);
        fleet = new Fleet(directory);
        port = Ports.free();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        fleet.close();
        Descriptors.assertBackTo(descriptors, directory);
    }

    /** Refuses a request with {@code X-Refuse} without reading its body, and keeps the bodies of other requests. */
    private final class Storing implements Filter {

        @Override
        public void doFilter(ServletRequest any, ServletResponse anyResponse, FilterChain chain) throws IOException {
            HttpServletRequest request = (HttpServletRequest) any;
            HttpServletResponse response = (HttpServletResponse) anyResponse;
            response.setHeader("Upload-Offset", request.getMethod());
            if (request.getHeader("X-Refuse") != null) {
                response.setHeader("Connection", "close");
                response.setStatus(409);
                response.getOutputStream().print("wrong offset");
                return;
            }
            try (ServletInputStream in = request.getInputStream()) {
                bodies.add(in.readAllBytes());
            }
            response.setStatus(204);
        }
    }

    private static final Filter NONE = (request, response, chain) -> chain.doFilter(request, response);

    private Closeable start(Container container) throws IOException {
        return PeerServer.start(container, port, new Storing(), NONE, status -> {});
    }

    private AttachedRelay relay() {
        return fleet.relay(fleet.fetcher()
                .policy(PeerPolicy.privateNetwork().ports(port))
                .connectTimeout(PATIENT)
                .responseTimeout(PATIENT));
    }

    private Request request(String method, Map<String, String> fields, long length, ScriptedBody body) {
        return new Request(
                URI.create("http://localhost:" + port),
                method,
                "/uploads/a",
                fields,
                length,
                Optional.ofNullable(body));
    }

    private static Response get(CompletableFuture<Response> response) throws Exception {
        return response.get(120, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @MethodSource(Container.ALL)
    void send_bodies_arriveExactly(Container container) throws Exception {
        try (Closeable running = start(container);
                AttachedRelay relay = relay()) {
            assertThat(running).isNotNull();
            for (int size : new int[] {0, 1, 65_535, 65_536, 65_537, 8 << 20}) {
                byte[] content = fleet.bytes(size);
                for (long length : new long[] {size, -1}) {
                    bodies.clear();

                    Response response =
                            get(relay.send(request("PATCH", Map.of(), length, ScriptedBody.inChunks(content, size))));

                    assertThat(response.status()).isEqualTo(204);
                    assertThat(response.fields()).containsEntry("upload-offset", "PATCH");
                    assertThat(bodies).singleElement().isEqualTo(content);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource(Container.ALL)
    void send_withoutBody_getsAResponse(Container container) throws Exception {
        try (Closeable running = start(container);
                AttachedRelay relay = relay()) {
            assertThat(running).isNotNull();
            for (String method : List.of("HEAD", "DELETE", "POST", "HEAD")) {
                Response response = get(relay.send(request(method, Map.of(), 0, null)));

                assertThat(response.status()).isEqualTo(204);
                assertThat(response.fields()).containsEntry("upload-offset", method);
            }
        }
    }

    @ParameterizedTest
    @MethodSource(Container.ALL)
    void send_refusedBody_getsAResponseEachTime(Container container) throws Exception {
        byte[] content = new byte[16 << 20];
        try (Closeable running = start(container);
                AttachedRelay relay = relay()) {
            assertThat(running).isNotNull();
            for (int i = 0; i < 20; i++) {
                List<CompletableFuture<Response>> responses = new ArrayList<>();
                for (long length : new long[] {content.length, -1}) {
                    responses.add(
                            relay.send(request("PATCH", Map.of("X-Refuse", "1"), length, ScriptedBody.of(content))));
                }
                for (CompletableFuture<Response> one : responses) {
                    Response response = get(one);
                    assertThat(response.status()).isEqualTo(409);
                    assertThat(StandardCharsets.UTF_8.decode(response.body()).toString())
                            .isEqualTo("wrong offset");
                }
            }
        }
    }
}
