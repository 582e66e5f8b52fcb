package io.github.uploadreceipts.fetch.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Clients that do anything in any order, at hosts that are killed, stopped, drained, full, or without their disk. It is
 * the build's long profile.
 *
 * <p>The way: a {@link Round} starts a fleet of {@link Host}s, each of which has one {@link Fault} after the other.
 * {@link Client}s upload in every way, break off, resume, and use their receipts; the {@link Judge} has the table of
 * what hosts may respond while which fault is on. After a minute all hosts are well. Then no request is open any more
 * ({@link Quiet}), whatever has begun is finished, and every receipt ever obtained is honoured, before and after all
 * hosts are killed at once. Offsets never go back, also not where durability is buffered, because the operating system
 * has the bytes of a killed process. A host that is well responds soon, whatever other hosts do ({@link Watch}).
 *
 * <p>The seed decides what clients and faults do, as far as their timing allows. The directory of a round that fails,
 * with the hosts' logs, stays below {@code target/soak}. A round in which something stands still ends in
 * time, with the stacks of all threads beside the logs.
 */
class SoakIT {

    private static final long MINUTES = Long.getLong("upload-receipts-test.minutes", 10);
    private static final long SEED = Long.getLong("upload-receipts-test.seed", new Random().nextLong());
    private static final long ROUND_SECONDS = 60;
    private static final long CHECKS_SECONDS = 240;

    private final Report report = new Report();

    @Test
    void anything_inAnyOrder_promisesHold() throws Exception {
        Path directory = Files.createDirectories(Path.of("target/soak/" + SEED).toAbsolutePath());
        String again = "to do the same again: mvn verify -Psoak -pl fetcher -am -Dupload-receipts-test.seed=" + SEED
                + " -Dupload-receipts-test.minutes=" + MINUTES;
        System.out.println("Java " + Runtime.version() + "; " + again);
        boolean mounts = Disk.canMount(Files.createDirectories(directory.resolve("mounts")));
        if (!mounts) {
            System.out.println("no small disks and no unmounting here: this machine cannot mount (Linux, root)");
        }
        Random random = new Random(SEED);
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
        for (int round = 0; System.nanoTime() - end < 0; round++) {
            run(directory.resolve("round-" + round), mounts && round % 2 == 1, mounts, new Random(random.nextLong()));
        }
        System.out.println(report);
        assertThat(report.findings()).as("%s; logs are in %s", again, directory).isEmpty();
        deleteTree(directory);
    }

    private void run(Path home, boolean small, boolean mounts, Random random) throws IOException {
        Report own = new Report();
        try (Round round = new Round(Files.createDirectories(home), small, mounts, random, own)) {
            System.out.println(home.getFileName() + ": " + round);
            runBounded(round, home, own);
        }
        own.findings().forEach(System.out::println);
        report.addAll(own);
        if (own.findings().isEmpty()) {
            deleteTree(home);
        }
    }

    private static void runBounded(Round round, Path home, Report own) throws IOException {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            var unused = thread.submit(() -> {
                        round.run(TimeUnit.SECONDS.toNanos(ROUND_SECONDS));
                        return null;
                    })
                    .get(ROUND_SECONDS + CHECKS_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | InterruptedException e) {
            own.finding("the round did not come to its end", e.toString());
        } catch (TimeoutException e) {
            round.dumpThreads(home);
            own.finding("the round stands still", "the stacks of all threads are in " + home);
        } finally {
            thread.shutdownNow();
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
