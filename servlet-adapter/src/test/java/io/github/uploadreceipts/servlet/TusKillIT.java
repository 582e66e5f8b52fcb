package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.servlet.internal.receive.SentFile;
import io.github.uploadreceipts.store.LocalUploadStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stock client whose server is killed again and again, and whose connections break, too. */
@Tag("one-container")
class TusKillIT {

    private static final int ROUNDS = Integer.getInteger("upload-receipts-test.rounds", 1);
    private static final int MOST_BYTES = 5_000_000;
    private static final int SHORTEST_MILLIS = 500;
    private static final int LONGEST_MILLIS = 2_500;
    private static final Duration PAUSE = Duration.ofMillis(2);
    private static final List<String> SCENARIOS =
            List.of("faulty", "faultyChunks", "faultyDuringCreation", "faultyParallel", "faultyIetf");

    @TempDir
    Path directory;

    private final Random random = new Random();
    private final KeyRing ring = KeyRing.generate("test");

    /** Among what it sends are partial uploads, which it has concatenated. */
    @ParameterizedTest
    @ValueSource(strings = {"store", StoreServer.SEALED})
    void tusJsClient_serverKilled_resumes(String store) throws Exception {
        NodeClients.prepare();
        Path file = directory.resolve("ring.json");
        ring.write(file);
        Path root = directory.resolve(store);
        long begun = System.nanoTime();
        StoreServer.Program server = StoreServer.Program.start(file, root);
        ExecutorService background = Executors.newSingleThreadExecutor();
        int kills = 0;
        try (CuttingProxy network = new CuttingProxy(server.port(), random.nextLong(), MOST_BYTES).pause(PAUSE)) {
            Future<List<JsonNode>> uploads = background.submit(() -> upload(network.port()));
            while (!endsWithin(uploads, lifetime(begun))) {
                server.kill();
                kills++;
                begun = System.nanoTime();
                server = StoreServer.Program.start(file, root);
                network.target(server.port());
            }
            check(uploads.get(), root);
            System.out.printf(
                    "tus-js-client: %d uploads, %d kills, %d cuts%n", ROUNDS * SCENARIOS.size(), kills, network.cuts());
        } finally {
            background.shutdownNow();
            server.close();
        }
        assertThat(kills).isPositive();
    }

    private static List<JsonNode> upload(int port) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("http://127.0.0.1:" + port + "/uploads"));
        Collections.nCopies(ROUNDS, SCENARIOS).forEach(arguments::addAll);
        return NodeClients.play("tus.mjs", arguments);
    }

    /** On a machine on which a start takes long, a server lives longer, or no upload would ever end. */
    private long lifetime(long begun) {
        long start = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        return random.nextLong(SHORTEST_MILLIS, Math.max(LONGEST_MILLIS, 2 * start));
    }

    private static boolean endsWithin(Future<?> future, long millis) throws Exception {
        try {
            future.get(millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    private void check(List<JsonNode> uploads, Path root) throws Exception {
        try (UploadHost host = UploadHost.builder(ring, LocalUploadStore.at(root))
                .encryptReceipts(root.endsWith(StoreServer.SEALED))
                .internalUrl("http://127.0.0.1:8080")
                .developmentMode()
                .build()) {
            assertThat(uploads).hasSize(ROUNDS * SCENARIOS.size());
            for (JsonNode seen : uploads) {
                NodeClients.requirePlayed(seen);
                TusJsClientIT.assertOffsetsNeverGoBack(seen);
                assertThat(seen.path("receipt").isTextual()).as("%s", seen).isTrue();
                SentFile.of(seen).assertIsStored(host, seen.path("receipt").asText());
            }
        }
    }
}
