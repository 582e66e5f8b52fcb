package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.MAX_PUSHED;
import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A file ten times as large as the heap, and a field twenty times as large. */
@ParameterizedClass
@MethodSource(Container.ALL)
class UploadMemoryIT {

    private static final long FILE_SIZE = 512L << 20;
    private static final long FIELD_SIZE = 1L << 30;
    private static final long MORE_THAN_A_FIELD = 2L << 20;
    private static final byte[] END = "\r\n--x--\r\n".getBytes(UTF_8);
    private static final String HEAP = "-Xmx48m";

    @Parameter
    Container container;

    @TempDir
    Path root;

    private Process process;

    @BeforeEach
    void start() throws Exception {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        HEAP,
                        "-XX:MaxDirectMemorySize=32m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        MemoryProgram.class.getName(),
                        container.name(),
                        root.toString())
                .redirectError(new File(root.toFile(), "stderr"))
                .start();
    }

    @AfterEach
    void endInOrder() throws Exception {
        process.getOutputStream().close();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        assertThat(process.waitFor()).isZero();
    }

    private int port() throws IOException {
        BufferedReader out = process.inputReader(UTF_8);
        String line = out.readLine();
        assertThat(line).as("see stderr in %s", root).startsWith("port ");
        return Integer.parseInt(line.substring("port ".length()));
    }

    private static Wire begin(int port, String path, String part, long size) throws IOException {
        byte[] begin = ("--x\r\n" + part).getBytes(UTF_8);
        return new Wire(port)
                .send(head("POST", path) + "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: "
                        + (begin.length + size + END.length) + "\r\n\r\n")
                .send(begin);
    }

    @Test
    void post_fileLargerThanTheHeap_isReceived() throws Exception {
        try (Wire wire = begin(port(), "/uploads", filePart("big", "a/b", ""), FILE_SIZE)) {
            assertThat(wire.push(FILE_SIZE)).isEqualTo(FILE_SIZE);
            Wire.Answer answer = wire.send(END).answer();
            assertThat(answer.status()).isEqualTo(201);
            assertThat(answer.body()).contains("\"size\":" + FILE_SIZE);
        }
    }

    /** Nobody asked for the field, so it is not kept; by default it is refused. */
    @Test
    void post_fieldLargerThanTheHeap_isRefusedOrDropped() throws Exception {
        int port = port();
        try (Wire wire = begin(port, "/uploads", fieldPart("big", ""), FIELD_SIZE)) {
            assertThat(wire.push(container.cutsRefusedBodies() ? FIELD_SIZE : MORE_THAN_A_FIELD))
                    .isLessThan(MAX_PUSHED);
            assertProblem(wire.answer(), 413, "fields-too-large");
            if (container.cutsRefusedBodies()) {
                assertThat(wire.isClosedByPeer()).isTrue();
            }
        }
        try (Wire wire = begin(port, "/fields", fieldPart("big", ""), FIELD_SIZE)) {
            assertThat(wire.push(FIELD_SIZE)).isEqualTo(FIELD_SIZE);
            Wire.Answer answer = wire.send(END).answer();
            assertThat(answer.status()).isEqualTo(201);
            assertThat(answer.body()).isEqualTo("{\"receipts\":[]}");
        }
    }
}
