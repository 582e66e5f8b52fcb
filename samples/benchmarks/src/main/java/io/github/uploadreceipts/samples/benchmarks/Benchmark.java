package io.github.uploadreceipts.samples.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Measures what receiving costs, in CPU seconds of the servers' process per GiB, or what requests cost that wait. All contestants take turns within one
 * run. The client is a separate process and is not counted. Compare the ratios: the seconds depend on the machine.
 *
 * <pre>
 * java -jar benchmarks.jar [--of receive|resume|seal|share] [--mib 512] [--rounds 7] [--dir DIR]
 * java -jar benchmarks.jar --of range [--mib 10240] [--rounds 200] [--dir DIR]
 * java -jar benchmarks.jar --of wait [--browsers 10000] [--container jetty|tomcat|undertow] [--dir DIR]
 * java -jar benchmarks.jar --of done [--rounds 20] [--chromium /usr/bin/chromium] [--dir DIR]
 * java -jar benchmarks.jar --of hold [--uploads 9000] [--orders 250] [--container jetty|tomcat|undertow] [--dir DIR]
 * </pre>
 */
public final class Benchmark {

    private static final int WARM_UP_ROUNDS = 2;

    private Benchmark() {}

    /** Runs the benchmark and prints its table. */
    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = options(arguments);
        long bytes = Long.parseLong(options.getOrDefault("--mib", "512")) << 20;
        int rounds = Integer.parseInt(options.getOrDefault("--rounds", "7"));
        Path directory = options.containsKey("--dir")
                ? Files.createDirectories(Path.of(options.get("--dir")))
                : Files.createTempDirectory("receive-benchmark");
        String of = options.getOrDefault("--of", "receive");
        if (of.equals("hold")) {
            hold(options, directory);
            return;
        }
        if (of.equals("wait")) {
            Waiting.run(directory, Integer.parseInt(options.getOrDefault("--browsers", "10000")), containers(options));
            return;
        }
        if (of.equals("done")) {
            LastByte.run(
                    directory,
                    Integer.parseInt(options.getOrDefault("--rounds", "20")),
                    Path.of(options.getOrDefault("--chromium", "/usr/bin/chromium")));
            return;
        }
        if (of.equals("range")) {
            Ranges.run(directory, bytes, rounds);
            return;
        }
        try (Contestants contestants = contestants(of, directory, bytes);
                Client client = Client.start()) {
            print(measure(contestants, client, bytes, rounds), bytes, rounds);
        }
    }

    private static Contestants contestants(String of, Path directory, long bytes) throws Exception {
        return switch (of) {
            case "resume" -> Resuming.start(directory);
            case "seal" -> Sealing.start(directory, bytes);
            case "share" -> Sharing.start(directory, bytes);
            default -> Receiving.start(directory);
        };
    }

    private static void hold(Map<String, String> options, Path directory) throws IOException {
        Holding.run(
                directory,
                Integer.parseInt(options.getOrDefault("--uploads", "9000")),
                Integer.parseInt(options.getOrDefault("--orders", "250")),
                containers(options));
    }

    private static List<HeldContainer> containers(Map<String, String> options) {
        return options.containsKey("--container")
                ? List.of(HeldContainer.valueOf(options.get("--container").toUpperCase(Locale.ROOT)))
                : List.of(HeldContainer.values());
    }

    private static Map<String, String> options(String[] arguments) {
        Map<String, String> options = new LinkedHashMap<>();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            options.put(arguments[i], arguments[i + 1]);
        }
        return options;
    }

    private static Map<String, List<Double>> measure(Contestants contestants, Client client, long bytes, int rounds)
            throws IOException {
        Map<String, List<Double>> seconds = new LinkedHashMap<>();
        List<Contestant> order = new ArrayList<>(contestants.all());
        order.forEach(contestant -> seconds.put(contestant.name(), new ArrayList<>()));
        Random random = new Random(1);
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            Collections.shuffle(order, random);
            for (Contestant contestant : order) {
                long before = contestants.cpuNanos();
                client.send(contestant, bytes);
                double used = (contestants.cpuNanos() - before) / 1e9;
                contestants.deleteFiles();
                if (round >= 0) {
                    seconds.computeIfAbsent(contestant.name(), name -> new ArrayList<>())
                            .add(used);
                }
            }
        }
        return seconds;
    }

    private static void print(Map<String, List<Double>> seconds, long bytes, int rounds) {
        double gib = bytes / (double) (1L << 30);
        double base = median(seconds.values().iterator().next());
        System.out.printf(
                Locale.ROOT,
                "%d MiB, %d rounds, Java %s%n",
                bytes >> 20,
                rounds,
                Runtime.version().feature());
        System.out.printf("%-44s %10s %10s %10s %8s%n", "", "median", "least", "most", "ratio");
        seconds.forEach((name, values) -> System.out.printf(
                Locale.ROOT,
                "%-44s %10.2f %10.2f %10.2f %8.2f%n",
                name,
                median(values) / gib,
                Collections.min(values) / gib,
                Collections.max(values) / gib,
                median(values) / base));
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    /** The process that sends the uploads. */
    private record Client(Process process, PrintWriter commands, BufferedReader answers) implements AutoCloseable {

        static Client start() throws IOException {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Sender.class.getName())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            return new Client(
                    process,
                    new PrintWriter(process.outputWriter(StandardCharsets.US_ASCII), true),
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII)));
        }

        void send(Contestant contestant, long bytes) throws IOException {
            commands.println(contestant.port() + " " + contestant.form() + " " + bytes);
            String answer = answers.readLine();
            if (!"done".equals(answer)) {
                throw new IOException(contestant.name() + ": " + answer);
            }
        }

        @Override
        public void close() {
            commands.close();
            process.destroy();
        }
    }

    static List<String> words(String line) {
        return Arrays.asList(line.split(" ", -1));
    }
}
