package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** What a host must look like when nobody uses it. */
final class Quiet {

    /** More than the idle time-outs of uploads and containers. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(45);

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int DEPTH = 2;
    private static final byte[] BODY = {1, 2, 3};

    private final Host host;
    private final Report report;
    private final long end = System.nanoTime() + PATIENCE_NANOS;

    Quiet(Host host, Report report) {
        this.host = host;
        this.report = report;
    }

    private interface Leftovers {
        List<String> list() throws IOException;
    }

    /** Waits until the host has ended all requests of clients that have all left. */
    void requireNothingOpen() throws IOException {
        requireSoonEmpty("a connection is left open", this::connections);
        requireSoonEmpty("a file is left open", host::openFiles);
        requireSoonEmpty("a file is left in incoming", this::incoming);
    }

    /**
     * Requires that a restart has cleaned what earlier processes left.
     */
    void requireClean() throws IOException {
        try (Stream<Path> all = Files.list(host.disk().store().resolve("incoming"))) {
            List<Path> directories = all.filter(directory -> Files.exists(directory.resolve("lock")))
                    .toList();
            if (directories.size() != 1) {
                report.finding("incoming is not clean", host + " " + directories);
            }
        }
        requireSoonEmpty("a file is left in incoming", this::incoming);
    }

    private void requireSoonEmpty(String kind, Leftovers leftovers) throws IOException {
        List<String> left = leftovers.list();
        while (!left.isEmpty() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(POLL_NANOS);
            left = leftovers.list();
        }
        if (!left.isEmpty()) {
            host.dumpThreads();
            report.finding(kind, host + " " + left);
        }
    }

    /** Returns the connections of clients, each with its state, as the system lists them. Peers have other addresses. */
    private List<String> connections() throws IOException {
        String local = String.format(":%04X", host.port());
        List<String> open = new ArrayList<>();
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            for (String line : Files.readAllLines(Path.of(table))) {
                String[] columns = line.strip().split("\\s+", -1);
                if (columns[1].endsWith(local) && isClient(columns[2]) && isOpen(columns[3])) {
                    open.add(columns[2] + " " + columns[3]);
                }
            }
        }
        return open;
    }

    /** Clients have the addresses 127.0.1.x. */
    private static boolean isClient(String remote) {
        return remote.split(":", 2)[0].endsWith("01007F"); // the bytes come in reverse order
    }

    /** Established, or closed by the client only. */
    private static boolean isOpen(String state) {
        return state.equals("01") || state.equals("08");
    }

    /** Returns what is in incoming. What is beside no lock file stays for a day, because nobody knows whose it is. */
    private List<String> incoming() throws IOException {
        Path incoming = host.disk().store().resolve("incoming");
        try (Stream<Path> files = Files.walk(incoming, DEPTH)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.getParent().equals(incoming) || Files.exists(file.resolveSibling("lock")))
                    .map(file -> incoming.relativize(file).toString())
                    .filter(file -> !file.endsWith("lock") && !file.startsWith("spare-"))
                    .toList();
        }
    }

    /** Uploads as much at once as one client may: a request that has ended, but still counts, would be seen. */
    void requireAllPlacesFree(InetAddress client) throws IOException {
        byte[] bytes = Request.of(Request.Kind.NEW, "PUT", "/uploads", "Content-Type: image/png\r\n", BODY)
                .bytes(host.port());
        List<Connection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < SoakHost.MOST_PER_ADDRESS; i++) {
                Connection connection = new Connection(client, host.port());
                connections.add(connection);
                connection.send(bytes, bytes.length - 1, false);
            }
            for (Connection connection : connections) {
                connection.send(new byte[] {3}, 1, false);
                Response response = connection.response(false);
                if (response.status() == 429) {
                    report.finding("a place is not free", host + " " + client + " " + response);
                }
            }
        } catch (IOException e) {
            host.dumpThreads();
            throw new IOException(host + " does not respond to " + client + " although nobody else asks: " + e, e);
        } finally {
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }
}
