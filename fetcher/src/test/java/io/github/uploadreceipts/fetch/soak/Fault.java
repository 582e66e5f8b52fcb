package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;

/** What happens to a host, for a while. */
@SuppressWarnings("ImmutableEnumChecker") // the steps have no state
enum Fault {
    /** The process is killed, and starts again at the end. */
    KILLED(Host::kill, Host::start),
    /** The process is killed, started, and killed again while it starts. */
    KILLED_TWICE(
            host -> {
                host.kill();
                host.launch();
            },
            host -> {
                host.kill();
                host.start();
            }),
    /** The process does nothing, and its connections stay open. */
    STOPPED(Host::stop, Host::resume),
    /** The stored uploads were moved to another place. */
    UPLOADS_AWAY(
            host -> away(host.disk().store().resolve("uploads")),
            host -> back(host.disk().store().resolve("uploads"))),
    /** The resumable uploads were moved to another place. */
    PARTIAL_AWAY(
            host -> away(host.disk().store().resolve("partial")),
            host -> back(host.disk().store().resolve("partial"))),
    /** The whole store was moved to another place. */
    STORE_AWAY(host -> away(host.disk().store()), host -> back(host.disk().store())),
    /** The disk is not mounted. */
    UNMOUNTED(host -> host.disk().unmount(), host -> host.disk().mount()),
    /** Somebody has deleted what the process is receiving, and its directory. */
    INCOMING_DELETED(host -> deleteBelow(host.disk().store().resolve("incoming")), host -> {}),
    /** The host begins no uploads of its own. A full disk has no inode for that. */
    DRAINED(
            host -> host.disk().tryCreate("drain"),
            host -> Files.deleteIfExists(host.disk().store().resolve("drain"))),
    /** The disk is so full that the host has used up what it keeps for such a case. This comes by itself. */
    SPARES_USED_UP(host -> {}, host -> {});

    static final Set<Fault> ALL = EnumSet.complementOf(EnumSet.of(SPARES_USED_UP));
    static final Set<Fault> OF_PROCESS = EnumSet.of(KILLED, KILLED_TWICE, STOPPED);
    static final Set<Fault> OF_DISK = EnumSet.of(UPLOADS_AWAY, PARTIAL_AWAY, STORE_AWAY, UNMOUNTED, INCOMING_DELETED);
    static final Set<Fault> DRAINS = EnumSet.of(DRAINED);
    static final Set<Fault> FULL = EnumSet.of(SPARES_USED_UP);

    private final Step begin;
    private final Step end;

    Fault(Step begin, Step end) {
        this.begin = begin;
        this.end = end;
    }

    private interface Step {
        void run(Host host) throws IOException;
    }

    void begin(Host host) throws IOException {
        begin.run(host);
    }

    void end(Host host) throws IOException {
        end.run(host);
    }

    private static void away(Path directory) throws IOException {
        if (Files.exists(directory)) {
            Files.move(directory, beside(directory));
        }
    }

    private static void back(Path directory) throws IOException {
        if (Files.exists(beside(directory))) {
            Files.move(beside(directory), directory); // fails if the host has made a new one meanwhile
        }
    }

    private static Path beside(Path directory) {
        return directory.resolveSibling(directory.getFileName() + "-away");
    }

    private static void deleteBelow(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.equals(directory)) {
                    Files.deleteIfExists(path);
                }
            }
        } catch (NoSuchFileException | DirectoryNotEmptyException | UncheckedIOException e) {
            // the process receives meanwhile: enough is deleted
        }
    }
}
