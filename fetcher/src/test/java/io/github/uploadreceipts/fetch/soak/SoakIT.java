package io.github.uploadreceipts.fetch.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Clients that do anything in any order, at hosts that are killed, stopped, drained, full, or without their disk. It is
 * a part of the build's long profile.
 *
 * <p>What must hold: every receipt is honoured; nobody is told that an upload is gone while it is there; offsets never
 * go back, also not where durability is buffered, because the operating system has the bytes of a killed process;
 * a host that is well responds soon, whatever other hosts do; when all clients have left, no request is open; and a
 * restart cleans {@code incoming}.
 *
 * <p>The seed decides what clients and faults do, as far as their timing allows. The directory of a round that fails,
 * with the hosts' logs, is kept below {@code target/soak}.
 */
class SoakIT {

    private static final long MINUTES = Long.getLong("upload-receipts-test.minutes", 10);
    private static final long SEED = Long.getLong("upload-receipts-test.seed", new Random().nextLong());
    private static final long ROUND_SECONDS = 60;

    private final Random seeds = new Random(SEED);
    private final Figures figures = new Figures();
    private final List<String> wrong = new ArrayList<>();

    @Test
    void anything_inAnyOrder_promisesHold() throws Exception {
        Path directory = Files.createDirectories(Path.of("target/soak/" + SEED).toAbsolutePath());
        boolean mounts = Disk.canMount(Files.createDirectories(directory.resolve("mounts")));
        if (!mounts) {
            assertThat(System.getProperty("upload-receipts-test.require", "").split(","))
                    .as("this machine cannot mount (Linux, root)")
                    .doesNotContain("powercut");
            System.out.println("no small disks and no unmounting here: this machine cannot mount (Linux, root)");
        }
        System.out.println("-Dupload-receipts-test.seed=" + SEED);
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
        for (int round = 0; System.nanoTime() - end < 0; round++) {
            Path home = Files.createDirectories(directory.resolve("round-" + round));
            run(round, home, mounts);
        }
        System.out.println("in all: " + figures);
        assertThat(wrong).as("seed " + SEED + ", see " + directory).isEmpty();
        deleteTree(directory);
    }

    private void run(int number, Path home, boolean mounts) throws Exception {
        Findings findings = new Findings();
        boolean small = mounts && number % 2 == 1;
        try (Round round = new Round(home, small, mounts, seeds.nextLong(), findings)) {
            System.out.printf("round %d: %s%s%n", number, round, small ? " with small disks" : "");
            try {
                round.run(TimeUnit.SECONDS.toNanos(ROUND_SECONDS));
            } finally {
                List<Long> nanos = round.nanos();
                figures.addAll(round.figures());
                System.out.printf(
                        "round %d: %s%nsmall requests to hosts that are well: p50 %d ms, p99 %d ms%n",
                        number, round.figures(), millis(nanos, 50), millis(nanos, 99));
                findings.list().forEach(System.out::println);
            }
        }
        if (findings.list().isEmpty()) {
            deleteTree(home);
        }
        findings.list().forEach(what -> wrong.add("round " + number + ": " + what));
    }

    private static long millis(List<Long> nanos, int percent) {
        return nanos.isEmpty() ? 0 : TimeUnit.NANOSECONDS.toMillis(nanos.get((nanos.size() - 1) * percent / 100));
    }

    private static void deleteTree(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
