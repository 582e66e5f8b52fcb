package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.key.KeyRing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that are killed, and servers that take over a store from each other. */
@Tag("one-container")
class KillIT {

    private static final int KILLS = Integer.getInteger("upload-receipts-test.cuts", 40) / 5;
    private static final int LONGEST_MILLIS = 1_200;
    private static final int DEPLOYS = 3;

    private final Random random = new Random();
    private final KeyRing ring = KeyRing.generate("test");

    @TempDir
    Path directory;

    private Path ringFile;
    private Path root;

    @BeforeEach
    void writeRing() throws IOException {
        ringFile = directory.resolve("ring.json");
        ring.write(ringFile);
        root = directory.resolve("store");
    }

    /** Of sealed uploads, those are checked that come in several requests. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void kill_atAnyMoment_receiptsHold(boolean sealed) throws Exception {
        root = directory.resolve(sealed ? StoreServer.SEALED : "store");
        int clientCount = sealed ? 0 : 3;
        Traffic traffic = new Traffic(ring, random.nextLong(), sealed);
        TusTraffic tus = new TusTraffic(traffic, random.nextLong());
        for (int kill = 1; kill <= KILLS; kill++) {
            if (kill % 4 == 0) {
                StoreServer.Program.startAndKill(ringFile, root, random.nextInt(LONGEST_MILLIS));
            } else {
                StoreServer.Program server = StoreServer.Program.start(ringFile, root);
                Traffic.Clients clients = traffic.start(server.port(), clientCount);
                tus.start(server.port(), 3);
                tus.awaitUpload();
                Thread.sleep(random.nextInt(LONGEST_MILLIS));
                clients.expectFailure();
                tus.expectFailure();
                server.kill();
                clients.stop();
                tus.stop();
            }
            assertThat(traffic.check(root, 0)).as("kill " + kill).isEmpty();
            try (StoreServer.Program server = StoreServer.Program.start(ringFile, root)) {
                assertThat(tus.check(server.port(), kill == KILLS))
                        .as("kill " + kill)
                        .isEmpty();
            }
            assertThat(traffic.check(root, 0)).as("after kill " + kill).isEmpty();
        }
        System.out.printf(
                "%d kills, %d receipts, %d claims and %d acknowledged offsets held, %d uploads resumed to their end, %d"
                        + " complete uploads without a receipt%n",
                KILLS,
                traffic.promiseCount(),
                traffic.claimCount(),
                tus.checkedOffsets(),
                tus.completedCount(),
                traffic.unpromisedCount());
        assertThat(traffic.promiseCount()).isPositive();
        assertThat(tus.completedCount()).isPositive();
    }

    /** Each server starts while the previous one is still receiving. One upload lasts for the whole deployment. */
    @Test
    void deploy_secondStartsWhileFirstReceives_nothingLost() throws Exception {
        List<StoreServer.Program> servers = new ArrayList<>();
        Traffic traffic = new Traffic(ring, random.nextLong());
        try {
            servers.add(StoreServer.Program.start(ringFile, root));
            for (int deploy = 1; deploy <= DEPLOYS; deploy++) {
                deploy(traffic, servers, deploy % 2 == 0);
            }
            assertThat(traffic.check(root, 1)).isEmpty();
            servers.get(DEPLOYS).close();
            assertThat(traffic.check(root, 0)).isEmpty();
            assertThat(traffic.promiseCount()).isGreaterThan(DEPLOYS);
        } finally {
            servers.forEach(StoreServer.Program::kill);
            traffic.end();
        }
    }

    private void deploy(Traffic traffic, List<StoreServer.Program> servers, boolean kill) throws Exception {
        StoreServer.Program first = servers.get(servers.size() - 1);
        Traffic.Clients clients = traffic.start(first.port(), 2);
        byte[] file = new byte[300_000];
        random.nextBytes(file);
        traffic.sent(List.of(Traffic.digest(file)));
        try (Wire slow = new Wire(first.port())) {
            slow.send(AdapterFixture.head("PUT", "/uploads") + "Content-Length: " + file.length + "\r\n\r\n");
            slow.send(Arrays.copyOf(file, 200_000));
            StoreServer.Program second = StoreServer.Program.start(ringFile, root);
            servers.add(second);
            Traffic.Clients more = traffic.start(second.port(), 2);
            assertThat(traffic.check(root, 2)).isEmpty();
            slow.send(Arrays.copyOfRange(file, 200_000, file.length));
            Wire.Response response = slow.response();
            assertThat(response.status()).as(response.body()).isEqualTo(201);
            traffic.promised(AdapterFixture.tokens(response), List.of(Traffic.digest(file)));
            clients.expectFailure();
            end(first, kill);
            clients.stop();
            more.stop();
        }
    }

    private static void end(StoreServer.Program server, boolean kill) throws IOException {
        if (kill) {
            server.kill();
        } else {
            server.close();
        }
    }
}
