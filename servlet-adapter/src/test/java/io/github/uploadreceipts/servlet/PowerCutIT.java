package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.key.KeyRing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests the durability of receipts by cutting the power while clients upload. {@code upload-receipts-test.cuts} is the
 * number of cuts on both file systems together.
 */
@Tag("one-container")
class PowerCutIT {

    private static final int CUTS = Integer.getInteger("upload-receipts-test.cuts", 40);
    private static final int CUTS_PER_STORE = 4;
    private static final int MOST_CLIENTS = 6;
    private static final int LONGEST_MILLIS = 160;

    private final Random random = new Random();
    private final KeyRing ring = KeyRing.generate("test");

    @TempDir
    Path directory;

    @BeforeAll
    static void expectFailures() {
        StoreServer.silence(true);
    }

    @AfterAll
    static void expectNoMore() {
        StoreServer.silence(false);
    }

    @ParameterizedTest
    @CsvSource({"ext4,store", "xfs,store", "ext4," + StoreServer.SEALED})
    void cut_atAnyMoment_receiptsHold(String kind, String store) throws Exception {
        boolean sealed = store.equals(StoreServer.SEALED);
        List<String> wrong = new ArrayList<>();
        int receipts = 0;
        int claims = 0;
        int unpromised = 0;
        int offsets = 0;
        int resumed = 0;
        int badCuts = 0;
        try (SmallDisk disk = kind.equals("xfs") ? SmallDisk.xfs(directory) : SmallDisk.ext4(directory, 320)) {
            Traffic traffic = new Traffic(ring, random.nextLong(), sealed);
            TusTraffic tus = new TusTraffic(traffic, random.nextLong());
            for (int cut = 1; cut <= CUTS / 2; cut++) {
                Path root = disk.path().resolve("below").resolve(store);
                serveUntilCut(disk, root, traffic, tus);
                disk.restore();
                bury(root.resolve("incoming"));
                List<String> found = traffic.check(root, 0);
                boolean last = cut % CUTS_PER_STORE == 0 || cut == CUTS / 2;
                found.addAll(checkResumable(root, traffic, tus, last));
                for (String what : found) {
                    wrong.add("cut " + cut + ": " + what);
                }
                badCuts += found.isEmpty() ? 0 : 1;
                if (!found.isEmpty() || last) {
                    receipts += traffic.promiseCount();
                    claims += traffic.claimCount();
                    unpromised += traffic.unpromisedCount();
                    offsets += tus.checkedOffsets();
                    resumed += tus.completedCount();
                    traffic = new Traffic(ring, random.nextLong(), sealed);
                    tus = new TusTraffic(traffic, random.nextLong());
                    deleteTree(disk.path().resolve("below"));
                    disk.restore(); // without this mount, a cut before the first force would undo the deletion
                }
            }
        }
        System.out.printf(
                "%s: %d cuts, %d receipts, %d claims and %d acknowledged offsets held, %d uploads resumed to their end, %d"
                        + " complete uploads without a receipt; %d cuts broke a promise%n",
                kind, CUTS / 2, receipts, claims, offsets, resumed, unpromised, badCuts);
        assertThat(wrong)
                .as("broken by " + badCuts + " of " + CUTS / 2 + " cuts")
                .isEmpty();
        assertThat(receipts).isPositive();
        assertThat(resumed).isPositive();
    }

    /** Checks that a new server knows every upload that was begun, and can resume it. */
    private List<String> checkResumable(Path root, Traffic traffic, TusTraffic tus, boolean all) throws Exception {
        traffic.promiseAgain();
        List<String> wrong;
        try (StoreServer server = StoreServer.start(ring, root)) {
            wrong = tus.check(server.port(), all);
        }
        wrong.addAll(traffic.check(root, 0));
        return wrong;
    }

    /**
     * Most cuts hit a host that receives, and some hit it while it creates its directories at its start. With few
     * clients, no client's force writes the journal for another client. With many clients, there are more moments to
     * hit.
     */
    private void serveUntilCut(SmallDisk disk, Path root, Traffic traffic, TusTraffic tus) throws Exception {
        traffic.promiseAgain();
        boolean early = random.nextInt(5) == 0;
        CompletableFuture<Void> cut = early ? cutSoon(disk, traffic) : new CompletableFuture<>();
        try (StoreServer server = StoreServer.start(ring, root)) {
            int count = random.nextInt(MOST_CLIENTS) + 1;
            int resuming = root.endsWith(StoreServer.SEALED) ? count : random.nextInt(count + 1);
            Traffic.Clients clients = traffic.start(server.port(), count - resuming);
            tus.start(server.port(), resuming);
            if (!early) {
                tus.awaitUpload();
                cut = cutSoon(disk, traffic);
            }
            cut.join();
            clients.stop();
            tus.stop();
        } catch (IOException e) {
            if (!cut.isDone() && !early) {
                throw e;
            }
        }
        cut.join();
    }

    private CompletableFuture<Void> cutSoon(SmallDisk disk, Traffic traffic) throws IOException {
        SmallDisk.Switch power = disk.powerSwitch();
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        traffic.endPromises();
                        power.cut();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                CompletableFuture.delayedExecutor(random.nextInt(LONGEST_MILLIS), TimeUnit.MILLISECONDS));
    }

    /**
     * Renames the JVM's directories below {@code incoming}. This JVM is not dead, and a JVM never cleans up its own
     * directories.
     */
    private static void bury(Path incoming) throws IOException {
        if (Files.isDirectory(incoming)) {
            try (DirectoryStream<Path> directories = Files.newDirectoryStream(incoming, Files::isDirectory)) {
                for (Path directory : directories) {
                    Files.move(directory, incoming.resolve("dead-" + directory.getFileName()));
                }
            }
        }
    }

    private static void deleteTree(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
