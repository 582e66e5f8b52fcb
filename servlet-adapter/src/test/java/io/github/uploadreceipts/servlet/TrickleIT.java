package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.assertCut;
import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.AdapterFixture.head;
import static io.github.uploadreceipts.servlet.TusClient.BYTES;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.testing.Container;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads below the minimum rate. All containers run at once, because the grace period takes half a minute. */
class TrickleIT {

    private static final int SIZE = 1_000_000;
    private static final int ACKNOWLEDGED = 1_000;
    private static final int LITTLE = 30;
    private static final UploadLimits LIMITS =
            UploadLimits.builder().minBytesPerSecond(1_000).build();

    @TempDir
    Path directory;

    /** A client that sends a few bytes, ten times a second or only once. */
    private static final class Client {

        private final Wire wire;
        private final byte[] content;
        private final boolean pausing;
        private final int refusedAs;
        private int sent;

        Client(Wire wire, byte[] content, boolean pausing, int refusedAs) throws IOException {
            this.wire = wire;
            this.content = content;
            this.pausing = pausing;
            this.refusedAs = refusedAs;
            sendLittle();
        }

        private void sendLittle() throws IOException {
            wire.send(Arrays.copyOfRange(content, sent, sent + LITTLE));
            sent += LITTLE;
        }

        /** Sends a few bytes more. Returns whether the client still waits for its response. */
        boolean isWaiting() throws IOException {
            try {
                if (!pausing && !wire.hasResponse()) {
                    sendLittle();
                    return true;
                }
            } catch (SocketException e) {
                // the host has refused the upload
            }
            return false;
        }

        void assertRefusedAndCut() throws Exception {
            Wire.Response response = wire.response();
            assertProblem(response, refusedAs, "too-slow");
            assertThat(response.body()).contains(pausing ? "paused" : "\"limit\":1000,");
            assertThat(response.header("Connection")).isEqualTo("close");
            assertCut(wire);
        }
    }

    /** A client that resumes an upload with some acknowledged bytes. */
    private static final class Appending {

        private final AdapterFixture fixture;
        private final TusClient tus;
        private final String path;
        private final byte[] content;
        private final Client client;

        Appending(AdapterFixture fixture, byte[] content, boolean pausing) throws IOException {
            this.fixture = fixture;
            this.content = content;
            tus = new TusClient(fixture.port());
            path = tus.created(SIZE);
            tus.patch(path, 0, Arrays.copyOf(content, ACKNOWLEDGED));
            Wire wire = new Wire(fixture.port())
                    .send(head("PATCH", path) + TUS + BYTES + "Upload-Offset: " + ACKNOWLEDGED + "\r\nContent-Length: "
                            + (SIZE - ACKNOWLEDGED) + "\r\n\r\n");
            client = new Client(wire, Arrays.copyOfRange(content, ACKNOWLEDGED, SIZE), pausing, 423);
        }

        void assertResumes() throws Exception {
            int offset = Integer.parseInt(tus.head(path).header("Upload-Offset"));
            assertThat(offset).isBetween(ACKNOWLEDGED, ACKNOWLEDGED + client.sent);
            Wire.Response last = tus.patch(path, offset, Arrays.copyOfRange(content, offset, SIZE));
            assertThat(last.status()).as(last.body()).isEqualTo(204);
            assertThat(fixture.stored(fixture.host.receipts().verify(last.header("Upload-Receipt"))))
                    .isEqualTo(new String(content, StandardCharsets.ISO_8859_1));
        }
    }

    /** A host with one client for each way to upload. */
    private static final class Host {

        private final AdapterFixture fixture;
        private final List<Appending> appending = new ArrayList<>();
        private final List<Client> clients = new ArrayList<>();

        Host(boolean async, AdapterFixture fixture) throws IOException {
            this.fixture = fixture;
            byte[] content = new byte[SIZE];
            new Random().nextBytes(content);
            Wire plain = new Wire(fixture.port()).send(head("POST", "/uploads") + "Content-Length: 99000000\r\n\r\n");
            clients.add(new Client(plain, content, false, 408));
            Wire creating = new Wire(fixture.port())
                    .send(head("POST", "/uploads") + TUS + BYTES + "Upload-Length: 99000000\r\nContent-Length: "
                            + "99000000\r\n\r\n");
            clients.add(new Client(creating, content, false, 423));
            appending.add(new Appending(fixture, content, false));
            if (async) { // the container ends a pause in blocking mode
                appending.add(new Appending(fixture, content, true));
            }
            appending.forEach(upload -> clients.add(upload.client));
        }

        void assertRefused() throws Exception {
            for (Client client : clients) {
                client.assertRefusedAndCut();
            }
            fixture.awaitEvents(
                    Collections.nCopies(clients.size(), "refused TOO_SLOW").toArray(String[]::new));
            fixture.await(
                    "only what was begun before",
                    () -> fixture.files().stream()
                                            .map(file -> file.getFileName().toString())
                                            .filter(name -> !name.endsWith("-state"))
                                            .count()
                                    == appending.size()
                            && fixture.descriptors().isEmpty());
        }
    }

    @Test
    void tooSlow_refusedAndCut_resumableUploadResumes() throws Exception {
        List<AdapterFixture> fixtures = new ArrayList<>();
        List<Host> hosts = new ArrayList<>();
        try {
            for (Container container : Container.all().toList()) {
                for (boolean async : new boolean[] {true, false}) {
                    AdapterFixture fixture = new AdapterFixture(directory.resolve(container + "-" + async));
                    fixtures.add(fixture);
                    hosts.add(new Host(async, fixture.start(container, async, LIMITS)));
                }
            }
            trickle(hosts);
            for (Host host : hosts) {
                host.assertRefused();
                for (Appending upload : host.appending) {
                    upload.assertResumes();
                }
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
        while (!waiting.isEmpty() && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(100_000_000);
            for (Client client : List.copyOf(waiting)) {
                if (!client.isWaiting()) {
                    waiting.remove(client);
                }
            }
        }
    }
}
