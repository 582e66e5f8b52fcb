package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that look for a response only after they have sent everything get their refusal. */
@ParameterizedClass
@MethodSource(Container.ALL)
@Execution(ExecutionMode.CONCURRENT)
class RefusalSeenIT {

    private static final int MAX_FILE_SIZE = 100_000;
    private static final int MAX_FILES = 1000;
    private static final int CHUNK = 64 * 1024; // the bytes that Wire sends in one call
    private static final int SIZE = 800 * CHUNK;
    private static final int SLOW_BYTES_PER_SECOND = 10_000_000 / 8;

    /** Longer than the interval at which a body's rate is checked. */
    private static final int SLOW_SECONDS = 12;

    /** More than the buffers between the client and the filter hold. */
    private static final int BUFFERS = 32 << 20;

    /** More than the host has threads. */
    private static final int SILENT = 64;

    private static final String RAW = head("POST", "/uploads") + "Content-Type: a/b\r\n";
    private static final String BEGIN = "--x\r\n" + filePart("a", "a/b", "");

    @Parameter
    Container container;

    @TempDir
    Path root;

    private final ExecutorService client = Executors.newSingleThreadExecutor();
    private AdapterFixture fixture;

    private void start(long maxBytes, long minBytesPerSecond, int maxBodies) throws Exception {
        fixture = new AdapterFixture(root);
        UploadLimits limits = UploadLimits.builder()
                .maxFileSize(MAX_FILE_SIZE)
                .maxFiles(MAX_FILES)
                .build();
        UploadFilter filter = UploadFilter.builder(fixture.host, UploadPolicy.anyone(limits))
                .readRefusedBodies(maxBytes, minBytesPerSecond, maxBodies)
                .build();
        fixture.start(container, true, Map.of("/uploads/*", filter), new HttpServlet() {});
    }

    @AfterEach
    void stop() throws IOException {
        client.shutdown();
        fixture.close();
    }

    private Wire begin(String head, String framing, String begin) throws IOException {
        return new Wire(fixture.port()).send(head + framing + "\r\n\r\n" + begin);
    }

    private static void assertTold(Wire wire) throws IOException {
        assertProblem(wire.response(), 413, "file-too-large");
        assertThat(wire.isClosedByPeer()).isTrue();
    }

    /** The host refuses before it reads, in the middle of a form, and in the middle of a chunk. */
    @Test
    void post_tooLarge_isTold() throws Exception {
        start(2L * SIZE, 1, 3); // a client may see the end before its place is free
        try (Wire wire = begin(RAW, "Content-Length: " + SIZE, "")) {
            assertThat(wire.push(SIZE)).isEqualTo(SIZE);
            assertTold(wire);
        }
        int length = BEGIN.length() + SIZE;
        try (Wire wire = begin(formHead(), "Content-Length: " + length, BEGIN)) {
            assertThat(wire.push(SIZE)).isEqualTo(SIZE);
            assertTold(wire);
        }
        try (Wire wire = begin(RAW, "Transfer-Encoding: chunked", Integer.toHexString(SIZE) + "\r\n")) {
            assertThat(wire.push(SIZE)).isEqualTo(SIZE);
            assertTold(wire.send("\r\n0\r\n\r\n"));
        }
    }

    /** The client sends at 10 Mbit/s. */
    @Test
    void post_tooLarge_slowly_isTold() throws Exception {
        start(SIZE, 32 << 10, 1);
        int size = SLOW_BYTES_PER_SECOND * SLOW_SECONDS / CHUNK * CHUNK;
        try (Wire wire = begin(RAW, "Content-Length: " + size, "")) {
            long begun = System.nanoTime();
            for (long sent = CHUNK; sent <= size; sent += CHUNK) {
                assertThat(wire.push(CHUNK)).isEqualTo(CHUNK);
                LockSupport.parkNanos(
                        begun + sent * TimeUnit.SECONDS.toNanos(1) / SLOW_BYTES_PER_SECOND - System.nanoTime());
            }
            assertTold(wire);
        }
    }

    /** A client that was not invited need not be read on. */
    @Test
    void post_expectant_tooLarge_isToldAndNothingIsRead() throws Exception {
        start(2L * SIZE, 1, 1);
        try (Wire wire = begin(RAW, "Content-Length: " + SIZE + "\r\nExpect: 100-continue", "")) {
            assertProblem(wire.response(), 413, "file-too-large");
            assertThat(wire.push(SIZE)).isLessThan(BUFFERS);
            assertThat(wire.isClosedByPeer()).isTrue();
        }
    }

    /** The declared length exceeds that of a form with the maximum number of the largest files. */
    @Test
    void post_expectant_longForm_isTold() throws Exception {
        start(0, 0, 0);
        String length = "Content-Length: " + 2 * MAX_FILES * MAX_FILE_SIZE;
        try (Wire wire = begin(formHead(), length + "\r\nExpect: 100-continue", "")) {
            assertProblem(wire.response(), 413, "request-too-large");
        }
    }

    @Test
    void post_moreThanIsRead_isCut() throws Exception {
        start(1 << 20, 0, 1);
        try (Wire wire = begin(RAW, "Content-Length: " + SIZE, "")) {
            assertThat(wire.push(SIZE)).isLessThan(BUFFERS);
        }
        assertAPlaceIsFree();
    }

    private void assertAPlaceIsFree() throws Exception {
        fixture.await("place", () -> {
            try (Wire wire =
                    begin(RAW, "Content-Length: " + 2 * MAX_FILE_SIZE, "").send(new byte[2 * MAX_FILE_SIZE])) {
                assertTold(wire);
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }

    private static boolean takes(Wire wire) {
        try {
            wire.send("v");
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void post_tooManyAtOnce_isCut() throws Exception {
        start(SIZE, 0, 0);
        try (Wire wire = begin(RAW, "Content-Length: " + SIZE, "")) {
            assertThat(wire.push(SIZE)).isLessThan(BUFFERS);
        }
    }

    @Test
    void post_tooSlowly_isCut() throws Exception {
        start(SIZE, 1 << 20, 1);
        try (Wire wire = begin(formHead(), "Content-Length: " + SIZE, BEGIN).send(new byte[2 * MAX_FILE_SIZE])) {
            fixture.await("cut", () -> !takes(wire));
        }
        assertAPlaceIsFree();
    }

    /** All the host's threads would wait if each waited for the rest of a chunk. */
    @Test
    void patch_refused_clientsSendOnlyTheSizeOfAChunk_othersGoOn() throws Exception {
        start(SIZE, 1, SILENT);
        String path = new TusClient(fixture.port()).created(3);
        String head = head("PATCH", path) + TusClient.TUS + TusClient.BYTES + "Upload-Offset: 2\r\n";
        List<Wire> silent = new ArrayList<>();
        try {
            for (int i = 0; i < SILENT; i++) {
                silent.add(begin(head, "Transfer-Encoding: chunked", "5\r\n"));
            }
            for (Wire wire : silent) {
                assertProblem(wire.response(), 409, "offset-mismatch");
            }
            Future<Wire.Response> post = client.submit(() -> Wire.exchange(fixture.port(), RAW, new byte[3]));
            assertThat(post.get(18, TimeUnit.SECONDS).status()).isEqualTo(201);
        } finally {
            for (Wire wire : silent) {
                wire.close();
            }
        }
    }
}
