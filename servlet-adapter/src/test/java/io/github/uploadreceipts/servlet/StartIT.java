package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.key.KeyRing;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One server receives all the time. Others start on its store, end, and are killed. */
@Tag("one-container")
class StartIT {

    private static final int ROUNDS = Integer.getInteger("upload-receipts-test.rounds", 2);
    private static final int STARTERS = 3;
    private static final int LONGEST_MILLIS = 2_000;

    private final Random random = new Random();
    private final KeyRing ring = KeyRing.generate("test");

    @TempDir
    Path directory;

    @Test
    void start_whileAnotherReceives_nothingLostNorSweptAway() throws Exception {
        Path ringFile = directory.resolve("ring.json");
        ring.write(ringFile);
        Path root = directory.resolve("store");
        Traffic traffic = new Traffic(ring, random.nextLong());
        ExecutorService pool = Executors.newFixedThreadPool(STARTERS);
        try (StoreServer.Program receiving = StoreServer.Program.start(ringFile, root)) {
            Traffic.Clients clients = traffic.start(receiving.port(), 4);
            for (int round = 0; round < ROUNDS; round++) {
                List<Future<?>> starts = IntStream.range(0, STARTERS)
                        .<Future<?>>mapToObj(i -> pool.submit(() -> start(ringFile, root, i)))
                        .toList();
                for (Future<?> start : starts) {
                    start.get();
                }
                assertThat(traffic.check(root, 1)).as("round " + round).isEmpty();
            }
            clients.stop();
        } finally {
            pool.shutdownNow();
        }
        assertThat(traffic.check(root, 0)).isEmpty();
        assertThat(traffic.promiseCount()).isPositive();
        System.out.printf(
                "%d starts beside a server that receives, %d receipts and %d claims held%n",
                ROUNDS * STARTERS, traffic.promiseCount(), traffic.claimCount());
    }

    private Void start(Path ringFile, Path root, int kind) throws Exception {
        if (kind == 0) {
            StoreServer.Program.startAndKill(ringFile, root, random.nextInt(LONGEST_MILLIS));
            return null;
        }
        StoreServer.Program server = StoreServer.Program.start(ringFile, root);
        if (kind == 1) {
            server.kill();
        } else {
            server.close();
        }
        return null;
    }
}
