package io.github.uploadreceipts.internal.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A directory of this JVM, beside those of other JVMs. Its lock file is locked as long as the directory is in use. If
 * the lock is free, the JVM of the directory has ended without deleting it.
 */
public final class LockedDirectory implements Closeable {

    private static final String LOCK = "lock";

    /**
     * The name of this JVM, unique among all that run or ran on this machine. It marks the directories of this JVM,
     * even those of another class loader. Their lock files must not be opened again, because closing any descriptor of
     * a file drops the process's locks on it.
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

    private final Path path;
    private final FileChannel lockFile;

    private LockedDirectory(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /**
     * Creates a directory in {@code parent}, and locks it. If that fails, no directory is left: nobody would delete it as long
     * as this JVM lives.
     *
     * @param prefix the beginning of its name, before the name of this JVM
     */
    public static LockedDirectory create(Path parent, String prefix, FileAttribute<?>... attributes)
            throws IOException {
        Path path = Files.createDirectory(parent.resolve(prefix + JVM + UUID.randomUUID()), attributes);
        boolean locked = false;
        try {
            LockedDirectory directory = new LockedDirectory(path, lock(path));
            locked = true;
            return directory;
        } finally {
            if (!locked) {
                deleteTree(path);
            }
        }
    }

    private static FileChannel lock(Path directory) throws IOException {
        FileChannel file = openLockFile(directory);
        boolean locked = false;
        try {
            locked = file.tryLock() != null;
        } finally {
            if (!locked) {
                file.close();
            }
        }
        if (!locked) {
            throw new IOException("cannot lock " + directory.resolve(LOCK) + ": another process has locked it");
        }
        return file;
    }

    /** Opens the lock file in {@code directory}, for locking. */
    public static FileChannel openLockFile(Path directory) throws IOException {
        return FileChannel.open(
                directory.resolve(LOCK),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
    }

    /** Returns whether a directory that was created with {@code prefix} belongs to this JVM. */
    public static boolean isOurs(Path directory, String prefix) {
        return directory.getFileName().toString().startsWith(prefix + JVM);
    }

    /** Deletes a directory of another JVM if that JVM has ended. */
    public static void deleteIfOrphan(Path directory) throws IOException {
        try (FileChannel channel = openLockFile(directory);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                deleteTree(directory);
            }
        } catch (NoSuchFileException | OverlappingFileLockException e) {
            // its JVM has just deleted it, or this JVM has locked it under another path
        }
    }

    /**
     * Deletes a directory and everything below it, without following links. Others may delete the same files at the
     * same time.
     */
    public static void deleteTree(Path directory) throws IOException {
        try {
            deleteAll(directory);
        } catch (DirectoryNotEmptyException e) {
            // something was put into it meanwhile; a later start deletes what is left
        }
    }

    private static void deleteAll(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path entered, @Nullable IOException e) throws IOException {
                Files.deleteIfExists(entered);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Returns the path of a file in this directory. */
    public Path resolve(String name) {
        return path.resolve(name);
    }

    /**
     * Deletes the directory and releases its lock. The lock is released even if nothing can be deleted, as on a dead
     * disk, so that the disk can be unmounted.
     */
    @Override
    public void close() throws IOException {
        try (lockFile) {
            deleteTree(path);
        }
    }
}
