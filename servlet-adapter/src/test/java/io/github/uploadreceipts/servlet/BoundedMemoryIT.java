package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.fieldPart;
import static io.github.uploadreceipts.servlet.AdapterFixture.filePart;
import static io.github.uploadreceipts.servlet.AdapterFixture.form;
import static io.github.uploadreceipts.servlet.AdapterFixture.formHead;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.servlet.testing.Container;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clients that want a small host to hold much in memory. It goes on, and so does an upload beside them. The container
 * lets in as many connections as the documented formula says.
 */
@ParameterizedClass
@MethodSource(Container.ALL)
class BoundedMemoryIT {

    private static final int HEAP = 96 << 20;
    private static final int FOR_CONNECTIONS = HEAP / 4;
    private static final int SMALL_BUFFER = 8 << 10;
    private static final int LARGE_BUFFER = 64 << 10;

    private static final int ORDERS = 5;
    private static final int ORDER_SIZE = 4 << 20;
    private static final int PAGES = 400;
    private static final int PAGE_SIZE = 500_000;
    private static final int UPLOADS = 2_000;
    private static final int CONNECT_MILLIS = 500;
    private static final int UPLOAD_SIZE = 4 << 20;

    @Parameter
    Container container;

    @TempDir
    Path root;

    private Process process;
    private int port;
    private int connections;

    @Test
    void manyObjects_manyFields_manyUploads_areRefusedOrHeldWithoutHarm() throws Exception {
        start();
        try (Wire upload = new Wire(port)) {
            upload.send(head("PUT", "/uploads") + "Content-Length: " + UPLOAD_SIZE + "\r\n\r\n")
                    .send(new byte[UPLOAD_SIZE / 2]);
            // 408: on a busy machine a body may take too long to come
            assertThat(statuses(Collections.nCopies(ORDERS, order()))).isSubsetOf(408, 413, 503, Wire.END);
            assertThat(statuses(Collections.nCopies(PAGES, page())))
                    .isSubsetOf(408, 422, 503, Wire.END)
                    .contains(503);
            beginUploads(() -> assertThat(
                            upload.send(new byte[UPLOAD_SIZE / 2]).response().status())
                    .isEqualTo(201));
        }
        assertThat(statusOnceUploadsHaveEnded(page())).as("all was given back").isEqualTo(422);
        process.getOutputStream().close();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    private void start() throws IOException {
        int inputBuffer = container.isJetty() ? LARGE_BUFFER : SMALL_BUFFER;
        connections = FOR_CONNECTIONS / perConnection(inputBuffer);
        process = MemoryProgram.start(
                container, root, connections, inputBuffer, "-Xmx" + HEAP, "-XX:+ExitOnOutOfMemoryError");
        port = MemoryProgram.port(process);
    }

    /** The documented table says it in KiB. */
    private int perConnection(int inputBuffer) {
        return switch (container) {
            case JETTY_EE10, JETTY_EE11 -> 16 << 10;
            case TOMCAT_10_1, TOMCAT_11 -> (88 << 10) + 2 * inputBuffer;
            case UNDERTOW -> (10 << 10) + inputBuffer;
        };
    }

    @AfterEach
    void end() {
        process.destroyForcibly();
    }

    private interface Task {
        void run() throws Exception;
    }

    /** Sends a request until it is not one too many. The container may take a while to notice that clients have left. */
    private int statusOnceUploadsHaveEnded(byte[] request) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        int status = statuses(List.of(request)).get(0);
        while (status == 503 && System.nanoTime() < deadline) {
            Thread.sleep(50);
            status = statuses(List.of(request)).get(0);
        }
        return status;
    }

    /** Begins as many uploads as the container lets in, and holds them while {@code task} runs. */
    private void beginUploads(Task task) throws Exception {
        List<Socket> clients = new ArrayList<>();
        try {
            boolean more = true;
            while (more && clients.size() < UPLOADS) {
                more = begin(clients) || clients.size() <= connections; // or it is only slow to let them in
            }
            task.run();
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
    }

    /** Begins one more upload, and returns whether it has been let in soon. */
    private boolean begin(List<Socket> clients) throws IOException {
        String begin = formHead("Content-Length: 100000") + "\r\n--x\r\n" + filePart("a", "text/plain", "a");
        Socket client = new Socket();
        try {
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
            client.getOutputStream().write(begin.getBytes(UTF_8));
            clients.add(client);
            return true;
        } catch (SocketTimeoutException e) {
            client.close();
            return false;
        }
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
