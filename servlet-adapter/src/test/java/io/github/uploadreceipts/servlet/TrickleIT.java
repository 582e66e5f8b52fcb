package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertCut;
import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static io.github.uploadreceipts.servlet.TusClient.BYTES;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.host.UploadLimits;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Uploads slower than the least rate: in all containers at once, because the grace takes half a minute. */
class TrickleIT {

    private static final int SIZE = 1_000_000;
    private static final int ACKNOWLEDGED = 1_000;
    private static final UploadLimits LIMITS =
            UploadLimits.builder().minBytesPerSecond(1_000).build();

    @TempDir
    Path directory;

    /** A client that sends a little, ten times a second. */
    private static final class Client {

        private final Container container;
        private final Wire wire;
        private final byte[] content;
        private int sent;

        Client(Container container, AdapterFixture fixture, String head, byte[] content) throws IOException {
            this.container = container;
            this.wire = new Wire(fixture.port());
            this.content = content;
            wire.send(head + "Content-Length: " + content.length + "\r\n\r\n");
        }

        boolean isWaiting() throws IOException {
            try {
                if (!wire.hasAnswer()) {
                    wire.send(Arrays.copyOfRange(content, sent, sent + 30));
                    sent += 30;
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
        }
    }

    /** A host with one client for each way to upload; of what one of them goes on with, a part was acknowledged before. */
    private static final class Host {

        private final AdapterFixture fixture;
        private final TusClient tus;
        private final byte[] content = new byte[SIZE];
        private final String path;
        private final Client appending;
        private final List<Client> clients;

        Host(Container container, AdapterFixture fixture) throws IOException {
            this.fixture = fixture;
            this.tus = new TusClient(fixture.port());
            new Random().nextBytes(content);
            path = tus.created(SIZE);
            tus.patch(path, 0, Arrays.copyOf(content, ACKNOWLEDGED));
            String append = head("PATCH", path) + TUS + BYTES + "Upload-Offset: " + ACKNOWLEDGED + "\r\n";
            appending = new Client(container, fixture, append, from(ACKNOWLEDGED));
            String create = head("POST", "/uploads") + TUS + BYTES + "Upload-Length: " + SIZE + "\r\n";
            clients = List.of(
                    new Client(container, fixture, head("POST", "/uploads"), content),
                    new Client(container, fixture, create, content),
                    appending);
        }

        private byte[] from(int offset) {
            return Arrays.copyOfRange(content, offset, SIZE);
        }

        void assertRefused() throws Exception {
            for (Client client : clients) {
                client.assertRefusedAndCut();
            }
            fixture.awaitEvents("refused TOO_SLOW", "refused TOO_SLOW", "refused TOO_SLOW");
            fixture.await(
                    "only what was begun before",
                    () -> fixture.files().stream()
                                            .map(path -> path.getFileName().toString())
                                            .filter(name -> !name.endsWith("-state"))
                                            .count()
                                    == 1
                            && fixture.descriptors().isEmpty());
        }

        void assertGoesOn() throws Exception {
            int offset = Integer.parseInt(tus.head(path).header("Upload-Offset"));
            assertThat(offset).isBetween(ACKNOWLEDGED, ACKNOWLEDGED + appending.sent);
            Wire.Answer last = tus.patch(path, offset, from(offset));
            assertThat(last.status()).as(last.body()).isEqualTo(204);
            assertThat(fixture.stored(fixture.host.receipts().verify(last.header("Upload-Receipt"))))
                    .isEqualTo(new String(content, StandardCharsets.ISO_8859_1));
        }
    }

    @Test
    @Timeout(240)
    void belowTheLeastRate_refusedAndCut_whatIsToBeResumedGoesOn() throws Exception {
        List<AdapterFixture> fixtures = new ArrayList<>();
        List<Host> hosts = new ArrayList<>();
        try {
            for (Container container : Container.all().toList()) {
                for (boolean async : new boolean[] {true, false}) {
                    AdapterFixture fixture = new AdapterFixture(directory.resolve(container + "-" + async));
                    fixtures.add(fixture);
                    hosts.add(new Host(container, fixture.start(container, async, LIMITS)));
                }
            }
            trickle(hosts);
            for (Host host : hosts) {
                host.assertRefused();
                host.assertGoesOn();
            }
        } finally {
            for (Host host : hosts) {
                for (Client client : host.clients) {
                    client.wire.close();
                }
            }
            for (AdapterFixture fixture : fixtures) {
                fixture.close();
            }
        }
    }

    private static void trickle(List<Host> hosts) throws IOException {
        List<Client> waiting = new ArrayList<>();
        hosts.forEach(host -> waiting.addAll(host.clients));
        while (!waiting.isEmpty()) {
            LockSupport.parkNanos(100_000_000);
            for (Client client : List.copyOf(waiting)) {
                if (!client.isWaiting()) {
                    waiting.remove(client);
                }
            }
        }
    }
}
