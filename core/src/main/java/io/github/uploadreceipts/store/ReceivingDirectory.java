package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.disk.LockedDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Opens the directory in which this JVM receives uploads. Each JVM on the same root has its own. */
final class ReceivingDirectory {

    private static final String PREFIX = "";
    private static final int START_LOCK_TRIES = 600;
    private static final long START_LOCK_PAUSE_NANOS = 50_000_000;

    private ReceivingDirectory() {}

    /**
     * Deletes the directories in {@code incoming} whose JVMs have ended, and creates one for this JVM, also on a full
     * disk: a host that does not start cannot serve what it keeps.
     */
    static LockedDirectory open(Path incoming, Spares spares) throws IOException {
        try (FileChannel start = LockedDirectory.openLockFile(incoming)) {
            lockPatiently(start);
            deleteOrphans(incoming);
            return spares.forKnown(() -> LockedDirectory.create(incoming, PREFIX));
        }
    }

    /** Waits for the lock. {@link FileChannel#lock} waits for other processes, but throws if this JVM has the lock. */
    private static void lockPatiently(FileChannel channel) throws IOException {
        for (int i = 0; i < START_LOCK_TRIES; i++) {
            try {
                channel.lock();
                return;
            } catch (OverlappingFileLockException e) {
                LockSupport.parkNanos(START_LOCK_PAUSE_NANOS);
            }
        }
        throw new IOException("another host of this JVM has been starting on the same store for "
                + START_LOCK_TRIES * START_LOCK_PAUSE_NANOS / 1_000_000_000 + " s; start this one when that has ended");
    }

    private static void deleteOrphans(Path incoming) throws IOException {
        try (Stream<Path> directories = Files.list(incoming)) {
            for (Path directory : (Iterable<Path>) directories::iterator) {
                boolean ours = LockedDirectory.isOurs(directory, PREFIX);
                if (!ours && Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                    LockedDirectory.deleteIfOrphan(directory);
                }
            }
        }
    }
}
