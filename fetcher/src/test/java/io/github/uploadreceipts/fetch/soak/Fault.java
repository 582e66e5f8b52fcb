package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** What happens to a host, for a while. */
enum Fault {
    /** The process is killed, and starts again at the end. */
    KILLED {
        @Override
        void begin(Member member) {
            member.process().kill();
        }

        @Override
        void end(Member member) throws IOException {
            member.process().start();
        }
    },

    /** The process is killed, started, and killed again while it starts. */
    KILLED_TWICE {
        @Override
        void begin(Member member) throws IOException {
            member.process().kill();
            member.process().launch();
        }

        @Override
        void end(Member member) throws IOException {
            member.process().kill();
            member.process().start();
        }
    },

    /** The process does nothing, and its connections stay open. */
    STOPPED {
        @Override
        void begin(Member member) throws IOException {
            member.process().signal("STOP");
        }

        @Override
        void end(Member member) throws IOException {
            member.process().signal("CONT");
        }
    },

    /** The stored uploads were moved to another place. */
    UPLOADS_AWAY {
        @Override
        void begin(Member member) throws IOException {
            away(member.disk().store().resolve("uploads"));
        }

        @Override
        void end(Member member) throws IOException {
            back(member.disk().store().resolve("uploads"));
        }
    },

    /** The resumable uploads were moved to another place. */
    PARTIAL_AWAY {
        @Override
        void begin(Member member) throws IOException {
            away(member.disk().store().resolve("partial"));
        }

        @Override
        void end(Member member) throws IOException {
            back(member.disk().store().resolve("partial"));
        }
    },

    /** Somebody has deleted what the process is receiving, and its directory. */
    INCOMING_DELETED {
        @Override
        void begin(Member member) throws IOException {
            Path incoming = member.disk().store().resolve("incoming");
            try (Stream<Path> paths = Files.walk(incoming)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    if (!path.equals(incoming)) {
                        Files.deleteIfExists(path);
                    }
                }
            } catch (NoSuchFileException | DirectoryNotEmptyException | UncheckedIOException e) {
                // the process receives meanwhile: enough is deleted
            }
        }

        @Override
        void end(Member member) {}
    },

    /** The whole store was moved to another place. */
    STORE_AWAY {
        @Override
        void begin(Member member) throws IOException {
            away(member.disk().store());
        }

        @Override
        void end(Member member) throws IOException {
            back(member.disk().store());
        }
    },

    /** The disk is not mounted. */
    UNMOUNTED {
        @Override
        void begin(Member member) throws IOException {
            member.disk().unmount();
        }

        @Override
        void end(Member member) throws IOException {
            member.disk().mount();
        }
    },

    /** The host begins no uploads of its own. */
    DRAINED {
        @Override
        void begin(Member member) throws IOException {
            Files.createFile(member.disk().store().resolve("drain"));
        }

        @Override
        void end(Member member) throws IOException {
            Files.delete(member.disk().store().resolve("drain"));
        }
    };

    abstract void begin(Member member) throws IOException;

    abstract void end(Member member) throws IOException;

    /** Returns whether the host's files are not there meanwhile. */
    boolean isOfDisk() {
        return switch (this) {
            case UPLOADS_AWAY, PARTIAL_AWAY, INCOMING_DELETED, STORE_AWAY, UNMOUNTED -> true;
            case KILLED, KILLED_TWICE, STOPPED, DRAINED -> false;
        };
    }

    /** Returns whether the host's process does not respond meanwhile. */
    boolean isOfProcess() {
        return this == KILLED || this == KILLED_TWICE || this == STOPPED;
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
}
