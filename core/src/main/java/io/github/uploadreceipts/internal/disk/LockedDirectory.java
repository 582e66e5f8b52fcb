package io.github.uploadreceipts.internal.disk;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory of this JVM, beside those of other JVMs. Its lock file is locked as long as the directory is in use. If
 * the lock is free, the JVM of the directory has ended without deleting it.
 *
 * <p>Safe for use by several threads.
 */
public final class LockedDirectory implements Closeable {

    private static final String LOCK = "lock";
    private static final Set<OpenOption> FOR_LOCKING =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

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

    /** How long a directory without a lock file must have been untouched until it is an orphan. */
    private static final Duration UNTOUCHED = Duration.ofDays(1);

    private final Path path;
    private final FileAttribute<?>[] attributes;
    private @Nullable FileChannel lockFile;
    private boolean closed;

    private LockedDirectory(Path path, FileAttribute<?>... attributes) {
        this.path = path;
        this.attributes = attributes;
    }

    /**
     * Creates a directory in {@code parent}, and locks it. If that fails, no directory is left: nobody would delete it as long
     * as this JVM lives.
     *
     * @param prefix the beginning of its name, before the name of this JVM
     */
    public static LockedDirectory create(Path parent, String prefix, FileAttribute<?>... attributes)
            throws IOException {
        LockedDirectory directory = new LockedDirectory(name(parent, prefix), attributes);
        directory.make();
        return directory;
    }

    /** Returns a directory in {@code parent} that does not exist until {@link #make}. */
    public static LockedDirectory named(Path parent, String prefix) {
        return new LockedDirectory(name(parent, prefix));
    }

    private static Path name(Path parent, String prefix) {
        return parent.resolve(prefix + JVM + UUID.randomUUID());
    }

    /**
     * Creates the directory, and locks it, unless it is there: a cleaner of temporary files may have deleted it. What was
     * in it is lost, and its name stays the same, so that whoever uses it needs to know nothing of this.
     */
    public synchronized void make() throws IOException {
        if (closed) {
            throw new IOException("the directory of this JVM is closed: " + path);
        }
        try {
            Files.createDirectory(path, attributes);
        } catch (FileAlreadyExistsException e) {
            return; // another thread was faster
        }
        FileChannel old = lockFile;
        boolean locked = false;
        try {
            lockFile = lock(path);
            locked = true;
        } finally {
            if (!locked) {
                deleteTree(path);
            }
        }
        if (old != null) {
            old.close(); // the lock of a file that is deleted
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

    /**
     * Opens the lock file in {@code directory}, for locking. Fails where something else is in its place.
     *
     * @param attributes with which the file is created, if it is not there
     */
    public static FileChannel openLockFile(Path directory, FileAttribute<?>... attributes) throws IOException {
        Path file = directory.resolve(LOCK);
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) { // opening a pipe would wait without end
            throw new IOException(file + " is no regular file");
        }
        return FileChannel.open(file, FOR_LOCKING, attributes);
    }

    /** Returns whether a directory that was created with {@code prefix} belongs to this JVM. */
    public static boolean isOurs(Path directory, String prefix) {
        return directory.getFileName().toString().startsWith(prefix + JVM);
    }

    /**
     * Deletes a directory of another JVM if that JVM has ended: its lock is free. The lock file is never created for
     * this test, because a new one is free, whoever lives.
     *
     * <p>A directory without a lock file says nothing about its JVM: a cleaner of temporary files may have deleted the
     * file of a living one, or a JVM may have ended between creating the directory and the file. It is deleted only if
     * nothing in it has changed for a day. That is safe even if its JVM lives: what is still being received or pulled
     * changes all the time, nobody has a receipt for it yet, and a copy of a fetch that is kept open for that long is
     * still with its owner.
     */
    public static void deleteIfOrphan(Path directory) throws IOException {
        try (FileChannel channel =
                        FileChannel.open(directory.resolve(LOCK), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                deleteTree(directory);
            }
        } catch (NoSuchFileException e) {
            deleteIfUntouched(directory);
        } catch (OverlappingFileLockException e) {
            // this JVM has locked it under another path
        }
    }

    /**
     * Returns whether the JVM of a directory uses it, as far as is known. Of a directory of this JVM that is: whether it is
     * there, because its lock file must not be opened.
     */
    public static boolean isInUse(Path directory, String prefix) throws IOException {
        if (isOurs(directory, prefix) || !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS);
        }
        try (FileChannel channel =
                        FileChannel.open(directory.resolve(LOCK), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock lock = channel.tryLock()) {
            return lock == null;
        } catch (NoSuchFileException e) {
            return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS);
        } catch (OverlappingFileLockException e) {
            return true; // this JVM has locked it under another path
        }
    }

    private static void deleteIfUntouched(Path directory) throws IOException {
        Instant then = Instant.now().minus(UNTOUCHED);
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                if (Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS)
                        .toInstant()
                        .isAfter(then)) {
                    return;
                }
            }
        } catch (NoSuchFileException e) {
            return; // others delete it
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof NoSuchFileException) {
                return;
            }
            throw e.getCause();
        }
        deleteTree(directory);
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
    public synchronized void close() throws IOException {
        closed = true;
        FileChannel locked = lockFile;
        try {
            deleteTree(path);
        } finally {
            if (locked != null) {
                locked.close();
            }
        }
    }
}
