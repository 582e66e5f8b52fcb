package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.MAX_PUSHED;
import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static io.github.uploadreceipts.servlet.TusClient.BYTES;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.servlet.testing.Container;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Uploads to a server with a small heap: a file and a field four times as large as the heap, and resumable uploads that
 * are together three times as large.
 */
@ParameterizedClass
@MethodSource(Container.ALL)
class UploadMemoryIT {

    private static final long FILE_SIZE = 192L << 20;
    private static final long FIELD_SIZE = 2 * MAX_PUSHED;
    private static final int TUS_UPLOADS = 8;
    private static final long FIRST_BYTES = 4L << 20;
    private static final long MORE_BYTES = 16L << 20;
    private static final long TURN_BYTES = 1L << 20;
    private static final byte[] END = "\r\n--x--\r\n".getBytes(UTF_8);
    private static final String HEAP = "-Xmx48m";
    private static final int CONNECTIONS = 100;
    private static final int INPUT_BUFFER = 64 << 10;

    @Parameter
    Container container;

    private static Process process;
    private static int port;

    @BeforeParameterizedClassInvocation
    static void start(Container container, @TempDir Path root) throws IOException {
        process = MemoryProgram.start(container, root, CONNECTIONS, INPUT_BUFFER, HEAP, "-XX:MaxDirectMemorySize=32m");
        port = MemoryProgram.port(process);
    }

    @AfterParameterizedClassInvocation
    static void endInOrder() throws Exception {
        process.getOutputStream().close();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        assertThat(process.waitFor()).isZero();
    }

    private static Wire begin(String path, String part, long size) throws IOException {
        byte[] begin = ("--x\r\n" + part).getBytes(UTF_8);
        return new Wire(port)
                .send(head("POST", path) + "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: "
                        + (begin.length + size + END.length) + "\r\n\r\n")
                .send(begin);
    }

    @Test
    void post_fileLargerThanTheHeap_isReceived() throws Exception {
        try (Wire wire = begin("/uploads", filePart("big", "a/b", ""), FILE_SIZE)) {
            assertThat(wire.push(FILE_SIZE)).isEqualTo(FILE_SIZE);
            Wire.Response response = wire.send(END).response();
            assertThat(response.status()).isEqualTo(201);
            assertThat(response.body()).contains("\"size\":" + FILE_SIZE);
        }
    }

    /** The first bytes come with the creation. The appended bytes are together larger than the heap. */
    @Test
    void tus_severalAtOnce_togetherLargerThanTheHeap_areReceived() throws Exception {
        String creation =
                head("POST", "/uploads") + TUS + BYTES + "Upload-Length: " + (FIRST_BYTES + MORE_BYTES) + "\r\n";
        List<String> paths = atOnce(Collections.nCopies(TUS_UPLOADS, creation), FIRST_BYTES).stream()
                .map(TusClient::path)
                .toList();
        List<String> appends = paths.stream()
                .map(path -> head("PATCH", path) + TUS + BYTES + "Upload-Offset: " + FIRST_BYTES + "\r\n")
                .toList();
        for (Wire.Response response : atOnce(appends, MORE_BYTES)) {
            assertThat(response.status()).as(response.body()).isEqualTo(204);
            assertThat(response.header("Upload-Offset")).isEqualTo(Long.toString(FIRST_BYTES + MORE_BYTES));
            assertThat(response.header("Upload-Receipt")).isNotEmpty();
        }
    }

    /** Sends requests with bodies of {@code size} bytes, in turns of {@link #TURN_BYTES}. */
    private static List<Wire.Response> atOnce(List<String> heads, long size) throws IOException {
        List<Wire> wires = new ArrayList<>();
        try {
            for (String head : heads) {
                wires.add(new Wire(port).send(head + "Content-Length: " + size + "\r\n\r\n"));
            }
            for (long sent = 0; sent < size; sent += TURN_BYTES) {
                for (Wire wire : wires) {
                    assertThat(wire.push(TURN_BYTES)).isEqualTo(TURN_BYTES);
                }
            }
            List<Wire.Response> responses = new ArrayList<>();
            for (Wire wire : wires) {
                responses.add(wire.response());
            }
            return responses;
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    /** A field that no code reads is not kept. By default it is refused. */
    @Test
    void post_fieldLargerThanTheHeap_isRefusedOrDropped() throws Exception {
        try (Wire wire = begin("/uploads", fieldPart("big", ""), FIELD_SIZE)) {
            assertThat(wire.push(FIELD_SIZE)).isLessThan(MAX_PUSHED);
            assertProblem(wire.response(), 413, "fields-too-large");
            assertThat(wire.isClosedByPeer()).isTrue();
        }
        try (Wire wire = begin("/fields", fieldPart("big", ""), FIELD_SIZE)) {
            assertThat(wire.push(FIELD_SIZE)).isEqualTo(FIELD_SIZE);
            Wire.Response response = wire.send(END).response();
            assertThat(response.status()).isEqualTo(201);
            assertThat(response.body()).isEqualTo("{\"receipts\":[]}");
        }
    }
}
