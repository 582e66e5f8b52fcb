package io.github.uploadreceipts.samples.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Measures what requests cost that wait: heap and direct buffers per slow upload, and how long small GETs take while
 * slow uploads and silent final requests are open, beside the same host when it is idle. The host and the client whose
 * requests wait are processes of their own.
 */
final class Holding {

    private static final String HEAP = "-Xmx2g";
    private static final int SECONDS = 20;
    private static final int WARM_UP_SECONDS = 5;

    private Holding() {}

    static void run(Path directory, int uploads, int orders, List<HeldContainer> containers) throws IOException {
        System.out.printf(
                "%d uploads of 1 KiB/s, %d silent final requests, %s, Java %s; GETs in ms%n",
                uploads, orders, HEAP, Runtime.version().feature());
        System.out.printf(
                "%-10s %11s %11s %9s %9s %9s %9s %9s %9s %9s %9s%n",
                "",
                "heap each",
                "direct each",
                "p50 idle",
                "p99 idle",
                "uploads",
                "p99",
                "+ orders",
                "p99",
                "no answer",
                "ended");
        for (HeldContainer container : containers) {
            measure(Files.createDirectories(directory.resolve(container.name())), container, uploads, orders);
        }
    }

    private static void measure(Path directory, HeldContainer container, int uploads, int orders) throws IOException {
        try (Program host = Program.start(HoldingHost.class, HEAP, container.name(), directory.toString())) {
            int port = Integer.parseInt(host.line());
            var unused = SmallGets.measure(port, WARM_UP_SECONDS);
            SmallGets idle = SmallGets.measure(port, SECONDS);
            List<String> before = host.command("memory");
            try (Program client = Program.start(Holder.class, "-Xmx256m", Integer.toString(port))) {
                client.command("uploads " + uploads);
                SmallGets beside = SmallGets.measure(port, SECONDS);
                List<String> after = host.command("memory");
                List<String> state = client.command("state");
                client.command("orders " + orders);
                SmallGets besideAll = SmallGets.measure(port, SECONDS);
                System.out.printf(
                        Locale.ROOT,
                        "%-10s %11d %11d %9.1f %9.1f %9.1f %9.1f %9.1f %9.1f %9d %9s%n",
                        container,
                        each(before, after, 0, state),
                        each(before, after, 1, state),
                        idle.millis(50),
                        idle.millis(99),
                        beside.millis(50),
                        beside.millis(99),
                        besideAll.millis(50),
                        besideAll.millis(99),
                        besideAll.missing(),
                        state.get(1) + "+" + client.command("state").get(1));
            }
        } finally {
            Contestants.deleteFiles(directory);
        }
    }

    private static long each(List<String> before, List<String> after, int index, List<String> state) {
        return (Long.parseLong(after.get(index)) - Long.parseLong(before.get(index))) / Long.parseLong(state.get(0));
    }
}
