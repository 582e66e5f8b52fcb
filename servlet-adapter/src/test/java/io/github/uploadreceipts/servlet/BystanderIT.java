package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Refused clients, whether or not they wait for their response, do no harm to requests on other connections. */
@ParameterizedClass
@MethodSource(Container.ALL)
class BystanderIT {

    private static final int LEAVING_CLIENTS = 24;
    private static final int REFUSED_CLIENTS = 4;
    private static final int BYSTANDERS = 4;
    private static final int REQUESTS_PER_CONNECTION = 50; // fewer than containers allow
    private static final int CHUNK_SIZE = 1000;
    private static final int MOST_MILLIS = 20;
    private static final String CONTENT = "c".repeat(1000);
    private static final long DURATION_NANOS = TimeUnit.SECONDS.toNanos(5);

    @Parameter
    Container container;

    @TempDir
    Path root;

    private final ExecutorService clients = Executors.newFixedThreadPool(LEAVING_CLIENTS + BYSTANDERS);
    private AdapterFixture fixture;
    private long end;

    private static final class Servlet extends HttpServlet {
        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("text/plain");
            response.getWriter().write(CONTENT);
        }
    }

    @AfterEach
    void stop() throws IOException {
        clients.shutdownNow();
        fixture.close();
    }

    private static String patch(String path, String offset) {
        return head("PATCH", path) + TusClient.TUS + TusClient.BYTES + "Upload-Offset: " + offset + "\r\n";
    }

    /**
     * Is refused on the thread of its request, and then asks on a new connection, which may have the objects of the old
     * one.
     */
    private int refusedClient(String path) throws IOException {
        TusClient client = new TusClient(fixture.port());
        int sent = 0;
        while (System.nanoTime() < end) {
            Wire.Response response = Wire.exchangeChunked(fixture.port(), patch(path, "none"), new byte[1]);
            assertThat(response.status()).isEqualTo(400);
            assertThat(client.head(path).header("Upload-Offset")).isEqualTo("0");
            sent++;
        }
        return sent;
    }

    private int leavingClient(String path) throws InterruptedException {
        String head = patch(path, "2");
        ThreadLocalRandom random = ThreadLocalRandom.current();
        int sent = 0;
        while (System.nanoTime() < end) {
            try (Wire wire = new Wire(fixture.port())) {
                wire.send(head + "Transfer-Encoding: chunked\r\n\r\n");
                for (int chunk = 0; chunk < random.nextInt(4); chunk++) {
                    wire.sendChunk(new byte[CHUNK_SIZE]);
                    Thread.sleep(random.nextInt(MOST_MILLIS));
                }
                wire.reset();
            } catch (IOException e) {
                // the host has closed the connection
            }
            sent++;
        }
        return sent;
    }

    private int bystander() throws IOException {
        int got = 0;
        while (System.nanoTime() < end) {
            try (Wire wire = new Wire(fixture.port())) {
                for (int i = 0; i < REQUESTS_PER_CONNECTION; i++) {
                    wire.send(head("GET", "/") + "\r\n");
                    assertThat(wire.response().body()).isEqualTo(CONTENT);
                    got++;
                }
            }
        }
        return got;
    }

    private String start() throws Exception {
        fixture = new AdapterFixture(root);
        UploadLimits limits =
                UploadLimits.builder().perAddress(1000, Long.MAX_VALUE).build();
        UploadFilter filter = UploadFilter.create(fixture.host, UploadPolicy.anyone(limits));
        fixture.start(container, true, Map.of("/uploads/*", filter), new Servlet());
        String path = new TusClient(fixture.port()).created(3);
        end = System.nanoTime() + DURATION_NANOS;
        return path;
    }

    private void run(List<Callable<Integer>> tasks) throws Exception {
        for (Future<Integer> client : clients.invokeAll(tasks)) {
            assertThat(client.get()).isPositive();
        }
    }

    @Test
    void refusedClientsLeave_othersGetTheirResponses() throws Exception {
        String path = start();
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < LEAVING_CLIENTS; i++) {
            tasks.add(() -> leavingClient(path));
        }
        for (int i = 0; i < BYSTANDERS; i++) {
            tasks.add(this::bystander);
        }
        run(tasks);
    }

    @Test
    void refusedClients_getTheirNextResponses() throws Exception {
        String path = start();
        run(Collections.nCopies(REFUSED_CLIENTS, () -> refusedClient(path)));
    }
}
