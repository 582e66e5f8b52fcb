package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.store.UploadId;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import org.apache.hc.core5.io.Closer;
import org.jspecify.annotations.Nullable;

/**
 * The directory of one fetch, which only this process's user can enter. It is made when the first file is, and deleted with
 * all its files when closed. Its lock file is locked as long as it is in use, so that one whose lock is free was left by
 * a JVM that is gone.
 *
 * <p>Safe for use by several threads.
 */
final class FetchDirectory implements Closeable {

    private static final Logger LOG = System.getLogger(PeerFetcher.class.getName());
    private static final String PREFIX = "upload-receipts-fetch-";
    private static final String LOCK = "lock";
    private static final Duration MAKING = Duration.ofMinutes(1);

    /** Closing any descriptor of a file drops the process's locks on it: lock files of our own JVM are never opened again. */
    private static final String JVM = PREFIX
            + Long.toString(ProcessHandle.current().pid(), 36)
            + "-"
            + Long.toString(
                    ProcessHandle.current()
                            .info()
                            .startInstant()
                            .orElse(Instant.EPOCH)
                            .toEpochMilli(),
                    36)
            + "-";

    private final Path parent;
    private @Nullable Path directory;
    private @Nullable FileChannel lockFile;
    private boolean closed;

    FetchDirectory(Path parent) {
        this.parent = parent;
    }

    /**
     * Creates an empty file for the upload at {@code index}: here, where closing cannot come between.
     *
     * @throws IOException if it cannot be created, or this is closed
     */
    synchronized Path newFile(int index) throws IOException {
        if (closed) {
            throw new IOException("the fetch is over");
        }
        if (directory == null) {
            directory = Files.createDirectory(parent.resolve(JVM + UploadId.random()), ownerOnly(parent));
            lockFile = openLockFile(directory);
            if (lockFile.tryLock() == null) {
                throw new IOException("cannot lock " + directory);
            }
        }
        return Files.createFile(directory.resolve(Integer.toString(index)));
    }

    private static FileAttribute<?>[] ownerOnly(Path parent) throws IOException {
        return Files.getFileStore(parent).supportsFileAttributeView("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    private static FileChannel openLockFile(Path directory) throws IOException {
        return FileChannel.open(
                directory.resolve(LOCK),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
    }

    /** Deletes everything. No file is created from now on, so nothing is left by whoever comes late. */
    @Override
    public synchronized void close() {
        closed = true;
        try {
            if (directory != null) {
                deleteTree(directory);
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "a fetch's files could not be deleted; a later start will: " + e);
        } finally {
            Closer.closeQuietly(lockFile);
        }
        directory = null;
        lockFile = null;
    }

    /**
     * Deletes what dead JVMs left in {@code parent}. Only directories of our own user count: in a directory that others
     * write too, theirs may be traps. And none that is so new that its maker may not have locked it yet.
     *
     * @throws IOException if {@code parent} cannot be used
     */
    static void deleteOrphans(Path parent) throws IOException {
        Path probe = Files.createTempFile(parent, PREFIX, ".probe"); // shows whether we can write, and as whom
        UserPrincipal us = Files.getOwner(probe);
        Files.delete(probe);
        try (DirectoryStream<Path> candidates = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path candidate : candidates) {
                deleteIfOrphan(candidate, us);
            }
        }
    }

    private static void deleteIfOrphan(Path directory, UserPrincipal us) {
        try {
            if (!isOlderOfOurs(directory, us)) {
                return;
            }
            try (FileChannel channel = openLockFile(directory);
                    FileLock lock = channel.tryLock()) {
                if (lock != null) {
                    deleteTree(directory);
                }
            }
        } catch (NoSuchFileException | OverlappingFileLockException e) {
            // another JVM was faster, or this one has it under another name
        } catch (IOException e) {
            LOG.log(Level.WARNING, "what an earlier fetch left cannot be deleted: " + e);
        }
    }

    private static boolean isOlderOfOurs(Path directory, UserPrincipal us) throws IOException {
        BasicFileAttributes attributes =
                Files.readAttributes(directory, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        return attributes.isDirectory()
                && !directory.getFileName().toString().startsWith(JVM)
                && attributes
                        .lastModifiedTime()
                        .toInstant()
                        .isBefore(Instant.now().minus(MAKING))
                && Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS).equals(us);
    }

    /** Does not follow links, and leaves it to others to delete the same files at the same time. */
    private static void deleteTree(Path directory) throws IOException {
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
}
