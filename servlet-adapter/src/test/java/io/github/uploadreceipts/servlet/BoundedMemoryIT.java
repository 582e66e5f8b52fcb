package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that want a small host to hold much in memory. It goes on, and so does an upload beside them. */
@ParameterizedClass
@MethodSource(Container.ALL)
class BoundedMemoryIT {

    private static final int ORDERS = 5;
    private static final int ORDER_SIZE = 4 << 20;
    private static final int PAGES = 400;
    private static final int PAGE_SIZE = 1_000_000;
    private static final int UPLOAD_SIZE = 4 << 20;

    @Parameter
    Container container;

    @TempDir
    Path root;

    private Process process;
    private int port;

    @Test
    void manyObjectsAndManyFields_areRefusedWithoutHarm() throws Exception {
        start();
        try (Wire upload = new Wire(port)) {
            upload.send(head("PUT", "/uploads") + "Content-Length: " + UPLOAD_SIZE + "\r\n\r\n")
                    .send(new byte[UPLOAD_SIZE / 2]);
            assertThat(statuses(Collections.nCopies(ORDERS, order()))).isSubsetOf(413, 503, Wire.END);
            assertThat(statuses(Collections.nCopies(PAGES, page())))
                    .isSubsetOf(422, 503, Wire.END)
                    .contains(503);
            assertThat(upload.send(new byte[UPLOAD_SIZE / 2]).answer().status()).isEqualTo(201);
        }
        assertThat(statuses(List.of(page()))).as("all was given back").containsExactly(422);
        process.getOutputStream().close();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    private void start() throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx96m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        MemoryProgram.class.getName(),
                        container.name(),
                        root.toString())
                .redirectError(new File(root.toFile(), "stderr"))
                .start();
        port = Integer.parseInt(process.inputReader(UTF_8).readLine().substring("port ".length()));
    }

    private static byte[] order() {
        byte[] body = "{},".repeat(ORDER_SIZE / 3).getBytes(UTF_8);
        byte[] begin = "{\"receipts\":  [".getBytes(UTF_8);
        byte[] end = "{} ]} ".getBytes(UTF_8);
        System.arraycopy(begin, 0, body, 0, begin.length);
        System.arraycopy(end, 0, body, body.length - end.length, end.length);
        return request(head("POST", "/orders") + "Content-Type: application/json\r\n", body);
    }

    private static byte[] page() {
        byte[] body = form("x", fieldPart("receipt", "a".repeat(PAGE_SIZE)));
        return request(formHead("Accept: text/html"), body);
    }

    private static byte[] request(String head, byte[] body) {
        byte[] begin = (head + "Content-Length: " + body.length + "\r\n\r\n").getBytes(UTF_8);
        byte[] request = Arrays.copyOf(begin, begin.length + body.length);
        System.arraycopy(body, 0, request, begin.length, body.length);
        return request;
    }

    /** Sends requests at once: first all of them but their last byte, then that. */
    private List<Integer> statuses(List<byte[]> requests) throws IOException {
        List<Wire> wires = new ArrayList<>();
        try {
            for (byte[] request : requests) {
                Wire wire = new Wire(port);
                wires.add(wire);
                send(wire, Arrays.copyOf(request, request.length - 1));
            }
            List<Integer> statuses = new ArrayList<>();
            for (int i = 0; i < wires.size(); i++) {
                byte[] request = requests.get(i);
                send(wires.get(i), Arrays.copyOfRange(request, request.length - 1, request.length));
                statuses.add(wires.get(i).statusOrEnd());
            }
            return statuses;
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    private static void send(Wire wire, byte[] bytes) throws IOException {
        try {
            wire.send(bytes);
        } catch (SocketException e) {
            assertThat(e)
                    .as("the host has refused the request, and closed the connection")
                    .isNotNull();
        }
    }
}
