package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static io.github.uploadreceipts.servlet.TusClient.BYTES;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Refused clients that send on, one byte at a time. They cost a connection each, and only as long as they are
 * connected.
 */
@ParameterizedClass
@MethodSource(Container.IN_BOTH_MODES)
class RefusedClientIT {

    private static final int THREADS = 12;
    private static final int PROMISED = 9_000_000;
    private static final int MAX_FILE_SIZE = 10_000;

    private static final String TOO_LARGE = "--x\r\n" + filePart("a", "a/b", "v".repeat(MAX_FILE_SIZE + 1));

    /** A Content-Length, and one chunk of that length. */
    private static final List<String> FRAMINGS = List.of(
            "Content-Length: " + PROMISED + "\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(PROMISED) + "\r\n");

    @Parameter(0)
    Container container;

    @Parameter(1)
    boolean async;

    @TempDir
    Path root;

    private final List<Wire> refused = new CopyOnWriteArrayList<>();
    private final ExecutorService tricklers = Executors.newSingleThreadExecutor();
    private AdapterFixture fixture;
    private long descriptors;

    /** A peer that refuses before it has read anything. */
    private static final class Refusing implements PeerRelay {

        @Override
        public CompletableFuture<Response> send(Request request) {
            return CompletableFuture.completedFuture(
                    new Response(409, Map.of("upload-relay", "taken"), ByteBuffer.allocate(0)));
        }

        @Override
        public void pull(List<UploadReceipt> receipts, Sink sink) {
            throw new AssertionError("nothing is pulled");
        }
    }

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
        fixture.engine.peers().attach(new Refusing());
        UploadLimits limits = UploadLimits.builder().maxFileSize(MAX_FILE_SIZE).build();
        UploadFilter filter = UploadFilter.create(fixture.host, UploadPolicy.anyone(limits));
        fixture.startAlone(
                container,
                Container.App.of(Map.of("/uploads/*", filter), new HttpServlet() {}, async)
                        .threads(THREADS));
        descriptors = openDescriptors();
        tricklers.execute(this::trickle);
    }

    private void trickle() {
        while (!Thread.currentThread().isInterrupted()) {
            refused.forEach(wire -> {
                try {
                    wire.send("v");
                } catch (IOException e) {
                    // the container cut the connection
                }
            });
            LockSupport.parkNanos(100_000_000);
        }
    }

    @AfterEach
    void stop() throws Exception {
        tricklers.shutdownNow();
        for (Wire wire : refused) {
            wire.close();
        }
        try {
            fixture.await("connection left", () -> openDescriptors() < descriptors + THREADS);
        } finally {
            fixture.close();
        }
    }

    private static long openDescriptors() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }

    private void assertTricklersHoldNoThread(int status, String head, String begin) throws IOException {
        for (int i = 0; i < THREADS; i++) {
            for (String framing : FRAMINGS) {
                Wire wire = new Wire(fixture.port()).send(head + framing).send(begin);
                assertThat(wire.response().status()).isEqualTo(status);
                refused.add(wire);
            }
        }
        assertServed();
    }

    private void assertServed() throws IOException {
        for (int i = 0; i < THREADS; i++) {
            assertThat(Wire.exchange(fixture.port(), head("PUT", "/uploads"), new byte[1])
                            .status())
                    .isEqualTo(201);
        }
    }

    @Test
    void post_refusedMidBody() throws Exception {
        assertTricklersHoldNoThread(413, formHead(), TOO_LARGE);
    }

    @Test
    void post_refusedUnread() throws Exception {
        assertTricklersHoldNoThread(
                415, head("POST", "/uploads") + "Content-Type: multipart/mixed; boundary=x\r\n", "v");
    }

    @Test
    void patch_refusedUnread() throws Exception {
        String path = new TusClient(fixture.port()).created(MAX_FILE_SIZE);
        assertTricklersHoldNoThread(409, patch(path), "v");
    }

    @Test
    void patch_expectant_refusedUnread() throws Exception {
        String path = new TusClient(fixture.port()).created(MAX_FILE_SIZE);
        assertTricklersHoldNoThread(409, patch(path) + "Expect: 100-continue\r\n", "v");
    }

    @Test
    void patch_passedOn_refusedByThePeer() throws Exception {
        assertTricklersHoldNoThread(409, patch(fixture.pathElsewhere()), "v");
    }

    private void assertStreamsHoldNoThread(int status, String begin, String method, String path, String... fields)
            throws Exception {
        try (Http2 connection = new Http2(fixture.port())) {
            for (int i = 0; i < THREADS; i++) {
                Http2Stream stream = connection.begin(method, path, fields);
                if (!begin.isEmpty()) {
                    stream = stream.send(begin.getBytes(US_ASCII), false);
                }
                assertThat(stream.response().status()).isEqualTo(status);
            }
            if (async || container.resetsRefusedStreams()) { // without it, Undertow blocks a thread for each
                assertServed();
            }
        }
    }

    @Test
    void http2_post_refusedMidBody() throws Exception {
        assertStreamsHoldNoThread(413, TOO_LARGE, "POST", "/uploads", "Content-Type: multipart/form-data; boundary=x");
    }

    @Test
    void http2_post_refusedUnread() throws Exception {
        assertStreamsHoldNoThread(415, "", "POST", "/uploads", "Content-Type: multipart/mixed; boundary=x");
    }

    @Test
    void http2_patch_refusedUnread() throws Exception {
        String path = new TusClient(fixture.port()).created(MAX_FILE_SIZE);
        String[] fields = (TUS + BYTES + "Upload-Offset: 1").split("\r\n");
        assertStreamsHoldNoThread(409, "", "PATCH", path, fields);
    }

    private static String patch(String path) {
        return head("PATCH", path) + TUS + BYTES + "Upload-Offset: 1\r\n";
    }
}
