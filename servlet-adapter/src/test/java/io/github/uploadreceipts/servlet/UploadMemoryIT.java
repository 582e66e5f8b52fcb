package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** An upload ten times as large as the heap. */
@ParameterizedClass
@MethodSource(Container.ALL)
class UploadMemoryIT {

    private static final long FILE_SIZE = 512L << 20;
    private static final String HEAP = "-Xmx48m";

    @Parameter
    Container container;

    @TempDir
    Path root;

    @Test
    void post_fileLargerThanTheHeap_isReceived() throws Exception {
        Process process = new ProcessBuilder(
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
        try (BufferedReader out = process.inputReader(UTF_8)) {
            String line = out.readLine();
            assertThat(line).as("see stderr in %s", root).startsWith("port ");
            try (Wire wire = new Wire(Integer.parseInt(line.substring("port ".length())))) {
                byte[] begin = ("--x\r\n" + filePart("big", "a/b", "")).getBytes(UTF_8);
                byte[] end = "\r\n--x--\r\n".getBytes(UTF_8);
                wire.send(formHead("Content-Length: " + (begin.length + FILE_SIZE + end.length)) + "\r\n");
                wire.send(begin);
                assertThat(wire.push(FILE_SIZE)).isEqualTo(FILE_SIZE);
                Wire.Answer answer = wire.send(end).answer();
                assertThat(answer.status()).isEqualTo(201);
                assertThat(answer.body()).contains("\"size\":" + FILE_SIZE);
            }
        } finally {
            process.getOutputStream().close();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
        assertThat(process.exitValue()).isZero();
    }
}
