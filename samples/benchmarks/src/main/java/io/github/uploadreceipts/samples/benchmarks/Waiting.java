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
 * Measures what browsers cost that wait for verdicts: memory, threads and CPU time of the owner and of another host,
 * while the browsers wait on either of them, and how long it takes to tell all of them.
 */
final class Waiting {

    private static final String HEAP = "-Xmx3g";
    private static final long SECONDS = TimeUnit.SECONDS.toNanos(1);
    private static final int MIB = 1 << 20;

    /** Longer than the time between two comments, and than a question between hosts lasts. */
    private static final long WATCHED = 60 * SECONDS;

    /** What a host says of itself. */
    private record State(long cpuNanos, int threads, long heap, long direct) {

        static State of(Program host, String command) throws IOException {
            List<String> words = host.command(command);
            return new State(
                    Long.parseLong(words.get(0)),
                    Integer.parseInt(words.get(1)),
                    Long.parseLong(words.get(2)),
                    Long.parseLong(words.get(3)));
        }
    }

    /** What a host says of itself with no browser, with all of them, and a minute later. */
    private record States(State idle, State waiting, State later) {}

    private Waiting() {}

    static void run(Path directory, int browsers, List<HeldContainer> containers) throws Exception {
        System.out.printf(
                "%d browsers, %s, Java %s%n", browsers, HEAP, Runtime.version().feature());
        System.out.printf(
                "%-34s %14s %14s %10s %8s %8s %8s %9s %8s%n",
                "waiting on, seen by", "heap, MiB", "threads", "direct", "CPU", "waiting", "lost", "finished", "told");
        try {
            for (HeldContainer container : containers) {
                run(Files.createDirectories(directory.resolve(container.name())), browsers, container);
            }
        } finally {
            Contestants.deleteFiles(directory);
        }
    }

    private static void run(Path directory, int browsers, HeldContainer container) throws Exception {
        Path keys = directory.resolve("keys.json");
        KeyRing.generate("benchmark").write(keys);
        int owner = Jetty.freePort();
        int other = Jetty.freePort();
        try (Program first = start(container, directory, keys, owner, other);
                Program second = start(container, directory, keys, other, owner)) {
            measure(browsers, first, second, owner, container + ": the owner", owner);
            measure(browsers, first, second, owner, container + ": another host", other);
        }
    }

    private static Program start(HeldContainer container, Path directory, Path keys, int port, int peer)
            throws IOException {
        Path own = Files.createDirectories(directory.resolve("host" + port));
        Program program = Program.start(
                WaitingHost.class,
                HEAP,
                container.name(),
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
            State firstIdle = State.of(first, "state");
            State secondIdle = State.of(second, "state");
            client.command("wait " + port);
            await(client, 0, browsers);
            State firstWaiting = State.of(first, "state");
            State secondWaiting = State.of(second, "state");
            LockSupport.parkNanos(WATCHED);
            States firstStates = new States(firstIdle, firstWaiting, State.of(first, "state"));
            States secondStates = new States(secondIdle, secondWaiting, State.of(second, "state"));
            List<String> waiting = client.command("state");
            long begin = System.nanoTime();
            var unused = first.command("finish");
            double finished = (System.nanoTime() - begin) / (double) SECONDS;
            await(client, 1, browsers);
            double told = (System.nanoTime() - begin) / (double) SECONDS;
            print(name + ", the owner", firstStates, waiting, finished, told);
            print(name + ", the other", secondStates, waiting, finished, told);
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

    private static void print(String name, States states, List<String> waiting, double finished, double told) {
        System.out.printf(
                Locale.ROOT,
                "%-34s %14s %14s %10d %7.1fs %8s %8s %8.1fs %7.1fs%n",
                name,
                states.idle.heap / MIB + " -> " + states.later.heap / MIB,
                states.idle.threads + " -> " + states.later.threads,
                (states.later.direct - states.idle.direct) / MIB,
                (states.later.cpuNanos - states.waiting.cpuNanos) / (double) SECONDS,
                waiting.get(0),
                waiting.get(2),
                finished,
                told);
    }
}
