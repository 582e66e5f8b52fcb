package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;
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
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int DEPTH = 2;

    private final Member member;
    private final Findings findings;

    Quiet(Member member, Findings findings) {
        this.member = member;
        this.findings = findings;
    }

    private interface Leftovers {
        List<String> list() throws IOException;
    }

    /** Waits until the host has ended all requests of clients that have all left. */
    void requireNothingOpen() throws IOException {
        requireSoonEmpty("a connection is left open", this::connections);
        requireSoonEmpty(
                "a file is left open",
                () -> member.process().openFiles(member.disk().store().toRealPath()));
        requireSoonEmpty("a file is left in incoming", this::incoming);
    }

    private void requireSoonEmpty(String kind, Leftovers leftovers) throws IOException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        List<String> left = leftovers.list();
        while (!left.isEmpty() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(POLL_NANOS);
            left = leftovers.list();
        }
        if (!left.isEmpty()) {
            member.process().dumpThreads();
            findings.add(kind, member + " " + left);
        }
    }

    /** Returns the connections of clients, each with its state, as the system lists them. Peers have other addresses. */
    private List<String> connections() throws IOException {
        String local = String.format(":%04X", member.port());
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

    private List<String> incoming() throws IOException {
        Path incoming = member.disk().store().resolve("incoming");
        try (Stream<Path> files = Files.walk(incoming, DEPTH)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("lock"))
                    .map(file -> incoming.relativize(file).toString())
                    .toList();
        }
    }

    /** Requires that a restart has cleaned what earlier processes left. */
    void requireClean() throws IOException {
        try (Stream<Path> directories =
                Files.list(member.disk().store().resolve("incoming")).filter(Files::isDirectory)) {
            List<Path> all = directories.toList();
            if (all.size() != 1) {
                findings.add("incoming is not clean", member + " " + all);
            }
        }
        requireSoonEmpty("a file is left in incoming", this::incoming);
    }
}
