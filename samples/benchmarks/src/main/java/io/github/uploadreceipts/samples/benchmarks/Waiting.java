package io.github.uploadreceipts.samples.benchmarks;

import io.github.uploadreceipts.key.KeyRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures what browsers cost that wait for verdicts: memory and threads of the owner and of another host, while the
 * browsers wait on either of them, and how long it takes to tell all of them.
 */
final class Waiting {

    private static final String HEAP = "-Xmx1g";
    private static final long SECONDS = TimeUnit.SECONDS.toNanos(1);

    /** Longer than the time between two comments, and than a question between hosts lasts. */
    private static final long WATCHED = 35 * SECONDS;

    private Waiting() {}

    static void run(Path directory, int browsers) throws Exception {
        System.out.printf(
                "%d browsers, %s, Java %s%n", browsers, HEAP, Runtime.version().feature());
        System.out.printf(
                "%-22s %10s %12s %10s %10s %10s %12s%n",
                "waiting on, seen by", "heap each", "direct each", "threads", "waiting", "lost", "told within");
        Path keys = directory.resolve("keys.json");
        KeyRing.generate("benchmark").write(keys);
        int owner = Jetty.freePort();
        int other = Jetty.freePort();
        try (Program first = start(directory, keys, owner, other);
                Program second = start(directory, keys, other, owner)) {
            measure(browsers, first, second, owner, "the owner", owner);
            measure(browsers, first, second, owner, "another host", other);
        } finally {
            Contestants.deleteFiles(directory);
        }
    }

    private static Program start(Path directory, Path keys, int port, int peer) throws IOException {
        Path own = Files.createDirectories(directory.resolve("host" + port));
        Program program = Program.start(
                WaitingHost.class,
                HEAP,
                own.toString(),
                keys.toString(),
                Integer.toString(port),
                Integer.toString(peer));
        var unused = program.line();
        return program;
    }

    private static void measure(int browsers, Program first, Program second, int owner, String name, int port)
            throws IOException {
        try (Program client = Program.start(Waiter.class, "-Xmx256m")) {
            client.command("upload " + browsers + " " + owner);
            List<String> firstBefore = first.command("state");
            List<String> secondBefore = second.command("state");
            client.command("wait " + port);
            await(client, 0, browsers);
            LockSupport.parkNanos(WATCHED);
            List<String> firstAfter = first.command("state");
            List<String> secondAfter = second.command("state");
            List<String> waiting = client.command("state");
            long begin = System.nanoTime();
            first.command("finish");
            await(client, 1, browsers);
            double seconds = (System.nanoTime() - begin) / (double) SECONDS;
            print(name + ", the owner", browsers, firstBefore, firstAfter, waiting, seconds);
            print(name + ", the other", browsers, secondBefore, secondAfter, waiting, seconds);
        }
    }

    private static void await(Program client, int index, int browsers) throws IOException {
        for (int tries = 0; tries < 600; tries++) {
            if (Integer.parseInt(client.command("state").get(index)) >= browsers) {
                return;
            }
            LockSupport.parkNanos(SECONDS / 10);
        }
    }

    private static void print(
            String name, int browsers, List<String> before, List<String> after, List<String> waiting, double seconds) {
        System.out.printf(
                Locale.ROOT,
                "%-22s %10d %12d %10s %10s %10s %11.1fs%n",
                name,
                each(before, after, 0, browsers),
                each(before, after, 1, browsers),
                before.get(2) + "+" + (Integer.parseInt(after.get(2)) - Integer.parseInt(before.get(2))),
                waiting.get(0),
                waiting.get(2),
                seconds);
    }

    private static long each(List<String> before, List<String> after, int index, int browsers) {
        return (Long.parseLong(after.get(index)) - Long.parseLong(before.get(index))) / browsers;
    }
}
