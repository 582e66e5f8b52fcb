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

/** Opens the directory in which this JVM receives, beside those of other JVMs on the same root. */
final class ReceivingDirectory {

    private static final String PREFIX = "";
    private static final int START_LOCK_TRIES = 600;
    private static final long START_LOCK_PAUSE_NANOS = 50_000_000;

    private ReceivingDirectory() {}

    /** Deletes what dead JVMs left in {@code incoming}, and opens a directory of our own there. */
    static LockedDirectory open(Path incoming) throws IOException {
        try (FileChannel start = LockedDirectory.openLockFile(incoming)) {
            lockPatiently(start);
            deleteOrphans(incoming);
            return LockedDirectory.create(incoming, PREFIX);
        }
    }

    /** Between processes {@code lock} waits; within one JVM it throws instead. */
    private static void lockPatiently(FileChannel channel) throws IOException {
        for (int i = 0; i < START_LOCK_TRIES; i++) {
            try {
                channel.lock();
                return;
            } catch (OverlappingFileLockException e) {
                LockSupport.parkNanos(START_LOCK_PAUSE_NANOS);
            }
        }
        throw new IOException("another start on this store does not end");
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
