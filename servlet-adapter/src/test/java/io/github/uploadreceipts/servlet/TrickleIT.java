package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertCut;
import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.host.UploadLimits;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Uploads slower than the least rate: in all containers at once, because the grace takes half a minute. */
class TrickleIT {

    private static final UploadLimits LIMITS =
            UploadLimits.builder().minBytesPerSecond(1_000).build();

    @TempDir
    Path directory;

    /** A client that sends a little, ten times a second. */
    private static final class Client {

        private final Container container;
        private final AdapterFixture fixture;
        private final Wire wire;

        Client(Container container, AdapterFixture fixture) throws IOException {
            this.container = container;
            this.fixture = fixture;
            this.wire = new Wire(fixture.port());
            wire.send(head("POST", "/uploads") + "Content-Length: 99000000\r\n\r\n");
        }

        boolean isWaiting() throws IOException {
            try {
                if (!wire.hasAnswer()) {
                    wire.send(new byte[30]);
                    return true;
                }
            } catch (SocketException e) {
                // refused meanwhile
            }
            return false;
        }

        void assertRefusedAndCut() throws Exception {
            Wire.Answer answer = wire.answer();
            assertProblem(answer, 408, "too-slow");
            assertThat(answer.body()).contains("\"limit\":1000,");
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertCut(container, wire);
            fixture.awaitEvents("refused TOO_SLOW");
            fixture.awaitNothingLeft();
        }
    }

    @Test
    @Timeout(240)
    void post_belowTheLeastRate_isRefusedAndCut() throws Exception {
        List<Client> clients = new ArrayList<>();
        try {
            for (Container container : Container.all().toList()) {
                for (boolean async : new boolean[] {true, false}) {
                    AdapterFixture fixture = new AdapterFixture(directory.resolve(container + "-" + async));
                    clients.add(new Client(container, fixture.start(container, async, LIMITS)));
                }
            }
            List<Client> waiting = new ArrayList<>(clients);
            while (!waiting.isEmpty()) {
                LockSupport.parkNanos(100_000_000);
                for (Client client : List.copyOf(waiting)) {
                    if (!client.isWaiting()) {
                        waiting.remove(client);
                    }
                }
            }
            for (Client client : clients) {
                client.assertRefusedAndCut();
            }
        } finally {
            for (Client client : clients) {
                client.wire.close();
                client.fixture.close();
            }
        }
    }
}
