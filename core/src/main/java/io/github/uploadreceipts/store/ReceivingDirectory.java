package io.github.uploadreceipts.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The directory in which this JVM receives, beside those of other JVMs on the same root. Its lock file is locked as long
 * as the JVM lives, so a directory whose lock is free holds only what nobody will finish.
 */
final class ReceivingDirectory implements Closeable {

    private static final String LOCK = "lock";
    private static final int START_LOCK_TRIES = 600;
    private static final long START_LOCK_PAUSE_NANOS = 50_000_000;

    /**
     * Names this JVM, among all that run or ran on this machine. Closing any descriptor of a file drops the process's
     * locks on it, so the directories of our own JVM (of another class loader, perhaps) must never be opened.
     */
    private static final String JVM = Long.toString(ProcessHandle.current().pid(), 36)
            + "-"
            + Long.toString(
                    ProcessHandle.current()
                            .info()
                            .startInstant()
                            .orElse(Instant.EPOCH)
                            .toEpochMilli(),
                    36)
            + "-";

    private final Path directory;
    private final FileChannel lockFile;

    private ReceivingDirectory(Path directory, FileChannel lockFile) {
        this.directory = directory;
        this.lockFile = lockFile;
    }

    /** Deletes what dead JVMs left in {@code incoming}, and opens a directory of our own there. */
    static ReceivingDirectory open(Path incoming) throws IOException {
        try (FileChannel start = openLockFile(incoming)) {
            lockPatiently(start);
            deleteOrphans(incoming);
            Path own = Files.createDirectory(incoming.resolve(JVM + UploadId.random()));
            FileChannel lockFile = openLockFile(own);
            if (lockFile.tryLock() == null) {
                throw new IOException("cannot lock " + own.resolve(LOCK));
            }
            return new ReceivingDirectory(own, lockFile);
        }
    }

    private static FileChannel openLockFile(Path directory) throws IOException {
        return FileChannel.open(
                directory.resolve(LOCK),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
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
                boolean ours = directory.getFileName().toString().startsWith(JVM);
                if (!ours && Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                    deleteIfOrphan(directory);
                }
            }
        }
    }

    private static void deleteIfOrphan(Path directory) throws IOException {
        try (FileChannel channel = openLockFile(directory);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                LocalUploadStore.deleteTree(directory);
            }
        } catch (NoSuchFileException e) {
            // its JVM closed it just now
        }
    }

    Path resolve(String name) {
        return directory.resolve(name);
    }

    /** On a dead disk nothing can be deleted; the lock goes all the same, so that the disk can be unmounted. */
    @Override
    public void close() throws IOException {
        try (lockFile) {
            LocalUploadStore.deleteTree(directory);
        }
    }
}
