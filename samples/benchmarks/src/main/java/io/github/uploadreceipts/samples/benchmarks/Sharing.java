package io.github.uploadreceipts.samples.benchmarks;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Compares downloads by share link with nginx, which sends a file of the same size: a host's own upload, and a peer's
 * through it, plain and sealed. The CPU time of all hosts and of nginx is counted.
 */
final class Sharing implements Contestants {

    private final SharedUploads shared;
    private final Process nginx;
    private final List<Contestant> all;

    private Sharing(Path directory, long bytes) throws Exception {
        this.shared = new SharedUploads(directory, bytes);
        Path root = Files.createDirectories(directory.resolve("nginx"));
        try (RandomAccessFile file = new RandomAccessFile(root.resolve("file").toFile(), "rw")) {
            for (long written = 0; written < bytes; written += 1 << 20) {
                file.write(new byte[1 << 20]);
            }
        }
        int port = Jetty.freePort();
        this.nginx = startNginx(root, port);
        List<Contestant> contestants = new ArrayList<>();
        contestants.add(new Contestant("nginx, a file", port, "get:/file"));
        shared.all().stream()
                .map(link -> new Contestant(link.name(), link.port(), "get:" + link.form()))
                .forEach(contestants::add);
        this.all = List.copyOf(contestants);
    }

    static Sharing start(Path directory, long bytes) throws Exception {
        return new Sharing(directory, bytes);
    }

    private static Process startNginx(Path root, int port) throws IOException, InterruptedException {
        Path configuration = Files.writeString(root.resolve("nginx.conf"), """
                daemon off;
                worker_processes 1;
                pid %1$s/pid;
                error_log stderr error;
                events {}
                http {
                  access_log off;
                  sendfile on;
                  server { listen 127.0.0.1:%2$d; root %1$s; }
                }
                """.formatted(root, port));
        Process nginx = new ProcessBuilder("nginx", "-c", configuration.toString(), "-e", "stderr")
                .redirectErrorStream(true)
                .redirectOutput(root.resolve("log").toFile())
                .start();
        Thread.sleep(1_000);
        if (!nginx.isAlive()) {
            throw new IOException("nginx did not start: " + Files.readString(root.resolve("log")));
        }
        return nginx;
    }

    @Override
    public long cpuNanos() {
        Stream<ProcessHandle> processes = Stream.concat(Stream.of(nginx.toHandle()), nginx.descendants());
        return Contestants.super.cpuNanos()
                + processes
                        .mapToLong(process -> process.info()
                                .totalCpuDuration()
                                .orElse(Duration.ZERO)
                                .toNanos())
                        .sum();
    }

    @Override
    public List<Contestant> all() {
        return all;
    }

    @Override
    public void deleteFiles() {}

    @Override
    public void close() throws IOException {
        nginx.destroy();
        shared.close();
    }
}
