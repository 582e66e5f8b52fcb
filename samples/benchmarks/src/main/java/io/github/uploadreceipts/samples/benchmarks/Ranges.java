package io.github.uploadreceipts.samples.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How long a range of 1 KiB near the end of a shared upload takes. */
final class Ranges {

    private static final int LENGTH = 1024;
    private static final int WARM_UP_ROUNDS = 50;

    private Ranges() {}

    /** Measures and prints. All take turns. */
    static void run(Path directory, long bytes, int rounds) throws Exception {
        Map<String, List<Long>> nanos = new LinkedHashMap<>();
        long first = bytes / 10 * 9;
        try (SharedUploads shared = new SharedUploads(directory, bytes)) {
            for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
                for (Contestant link : shared.all()) {
                    long took = get(link, first + (long) round * LENGTH);
                    if (round >= 0) {
                        nanos.computeIfAbsent(link.name(), name -> new ArrayList<>())
                                .add(took);
                    }
                }
            }
        }
        System.out.printf(Locale.ROOT, "1 KiB at %d MiB, milliseconds%n%-24s %8s %8s%n", first >> 20, "", "p50", "p99");
        nanos.forEach((name, times) -> {
            Collections.sort(times);
            System.out.printf(
                    Locale.ROOT,
                    "%-24s %8.2f %8.2f%n",
                    name,
                    times.get(times.size() / 2) / 1e6,
                    times.get(times.size() * 99 / 100) / 1e6);
        });
    }

    private static long get(Contestant link, long first) throws IOException {
        long start = System.nanoTime();
        HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + link.port() + link.form())
                .toURL()
                .openConnection();
        connection.setRequestProperty("Accept", "*/*"); // its default asks for the page
        connection.setRequestProperty("Range", "bytes=" + first + "-" + (first + LENGTH - 1));
        try (InputStream in = connection.getInputStream()) {
            int length = in.readAllBytes().length;
            if (connection.getResponseCode() != 206 || length != LENGTH) {
                throw new IOException(link.name() + ": " + connection.getResponseCode() + ", " + length + " bytes");
            }
        }
        return System.nanoTime() - start;
    }
}
