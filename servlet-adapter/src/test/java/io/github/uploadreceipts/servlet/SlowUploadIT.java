package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static io.github.uploadreceipts.servlet.TusClient.BYTES;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Uploads whose bytes come slowly, in asynchronous mode. */
@ParameterizedClass
@MethodSource(Container.ALL)
class SlowUploadIT {

    private static final int UPLOADS = 300;
    private static final int RESUMED_UPLOADS = 48; // more than all threads of the container
    private static final int THREADS = 12;
    private static final UploadLimits PATIENT = UploadLimits.builder()
            .idleTimeout(Duration.ofMinutes(10))
            .minBytesPerSecond(0)
            .build();

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

    @Test
    void post_manyAtOnce_needNoThreadEach() throws Exception {
        startOnFewThreads();
        assertNeedNoThreadEach(Collections.nCopies(UPLOADS, head("POST", "/uploads")), 201);
    }

    @Test
    void patch_manyAtOnce_needNoThreadEach() throws Exception {
        startOnFewThreads();
        TusClient client = new TusClient(fixture.port());
        List<String> heads = new ArrayList<>();
        for (int i = 0; i < RESUMED_UPLOADS; i++) {
            heads.add(head("PATCH", client.created(3)) + TUS + BYTES + "Upload-Offset: 0\r\n");
        }
        assertNeedNoThreadEach(heads, 204);
    }

    private void startOnFewThreads() throws Exception {
        HttpServlet application = new HttpServlet() {
            private static final long serialVersionUID = 1;

            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response) {
                response.setStatus(204);
            }
        };
        UploadFilter filter = UploadFilter.create(fixture.host, UploadPolicy.anyone(PATIENT));
        fixture.start(
                container,
                Container.App.of(Map.of("/uploads/*", filter), application, true)
                        .threads(THREADS));
    }

    private void assertNeedNoThreadEach(List<String> heads, int status) throws Exception {
        List<Wire> wires = new ArrayList<>();
        try {
            for (String head : heads) {
                wires.add(new Wire(fixture.port()).send(head + "Content-Length: 3\r\n\r\na"));
            }
            fixture.await("all begun", () -> oneByteFiles() == heads.size());
            for (Wire wire : wires) {
                wire.send("b");
            }
            assertThat(Wire.exchange(fixture.port(), head("GET", "/"), new byte[0])
                            .status())
                    .as("while nothing ends the uploads")
                    .isEqualTo(204);
            for (Wire wire : wires) {
                wire.send("c");
            }
            for (Wire wire : wires) {
                assertThat(wire.response().status()).isEqualTo(status);
            }
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    private long oneByteFiles() throws IOException {
        return fixture.files().stream()
                .filter(file -> file.toFile().length() == 1)
                .count();
    }

    /** If the container's idle time-out is shorter than ours, the silent client counts as disconnected. */
    @Test
    void post_pause_endedByTheContainer() throws Exception {
        UploadFilter filter = UploadFilter.create(fixture.host, UploadPolicy.anyone(PATIENT));
        fixture.start(
                container,
                Container.App.of(Map.of("/uploads/*", filter), new HttpServlet() {}, true)
                        .idle(Duration.ofSeconds(1)));
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Content-Length: 3\r\n\r\nab");
            fixture.awaitEvents("abandoned");
            fixture.awaitNothingLeft();
            assertThat(wire.statusOrEnd()).isIn(400, Wire.END);
        }
    }

    @Test
    void post_pause_endsAtTheIdleTimeout() throws Exception {
        fixture.start(
                container,
                true,
                UploadLimits.builder().idleTimeout(Duration.ofMillis(500)).build());
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Content-Length: 3\r\n\r\nab");
            Wire.Response response = wire.response();
            assertProblem(response, 408, "too-slow");
            assertThat(response.header("Connection")).isEqualTo("close");
            wire.push(1); // Undertow closes after the next byte
            assertThat(wire.isClosedByPeer()).isTrue();
        }
        fixture.awaitNothingLeft();
        fixture.awaitEvents("refused TOO_SLOW");
    }

    @Test
    void post_pauseInHttp2_endsTheStreamOnly() throws Exception {
        fixture.start(
                container,
                true,
                UploadLimits.builder().idleTimeout(Duration.ofMillis(500)).build());
        try (Http2 connection = new Http2(fixture.port())) {
            Http2Stream stream =
                    connection.begin("POST", "/uploads", "Content-Length: 3").send(new byte[2], false);
            assertProblem(stream.response(), 408, "too-slow");
            fixture.awaitNothingLeft();
            assertThat(connection.exchange("POST", "/uploads", new byte[3]).status())
                    .isEqualTo(201);
        }
    }

    @Test
    void post_noByteAtAll_endsAtTheIdleTimeout() throws Exception {
        fixture.start(
                container,
                true,
                UploadLimits.builder().idleTimeout(Duration.ofMillis(500)).build());
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Content-Length: 3\r\n\r\n");
            assertProblem(wire.response(), 408, "too-slow");
        }
        fixture.awaitNothingLeft();
    }

    @Test
    void post_trickle_endsAtTheDeadline() throws Exception {
        fixture.start(
                container,
                true,
                UploadLimits.builder().deadline(Duration.ofSeconds(1)).build());
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads") + "Content-Length: 1000000\r\n\r\n");
            trickle(wire);
            assertProblem(wire.response(), 408, "too-slow");
        }
        fixture.awaitNothingLeft();
        fixture.awaitEvents("refused TOO_SLOW");
    }

    private static void trickle(Wire wire) throws IOException {
        while (!wire.hasResponse()) {
            try {
                wire.send("a");
            } catch (SocketException e) {
                return; // the host has refused the upload
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    @Test
    void post_clientLeavesWhileFilesAreForced_isEndedOnce() throws Exception {
        fixture.store.waitAt("force");
        fixture.start(container, true, UploadLimits.defaults());
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(head("POST", "/uploads"), new byte[3]);
            fixture.store.reached.await();
            wire.reset();
        }
        fixture.store.goOn.countDown();
        fixture.await(
                "end",
                () -> fixture.listener.events.size() >= 1
                        && fixture.descriptors().isEmpty());
        if (fixture.listener.stored().isEmpty()) { // the container has noticed the disconnect
            fixture.awaitNothingLeft();
            fixture.awaitEvents("abandoned");
        } else {
            assertThat(fixture.files()).hasSize(1);
            fixture.awaitEvents("stored upload");
        }
        assertThat(Wire.exchange(fixture.port(), head("POST", "/uploads"), new byte[3])
                        .status())
                .isEqualTo(201);
    }
}
