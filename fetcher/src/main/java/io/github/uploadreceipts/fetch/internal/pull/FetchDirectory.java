package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.disk.LockedDirectory;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The directory of one fetch, which only this process's user can enter. It is created with the first file, and deleted with
 * all its files when closed.
 *
 * <p>Safe for use by several threads.
 */
public final class FetchDirectory implements Closeable {

    private static final Logger LOG = System.getLogger(Loggers.FETCH);
    private static final String PREFIX = "upload-receipts-fetch-";
    private static final Duration CREATING = Duration.ofMinutes(1);

    private final Path parent;
    private @Nullable LockedDirectory directory;
    private boolean closed;

    FetchDirectory(Path parent) {
        this.parent = parent;
    }

    /**
     * Creates an empty file for the upload at {@code index}. This holds the lock, so that no file can appear while or
     * after {@link #close} deletes the directory.
     *
     * @throws IOException if the file cannot be created, or this is closed
     */
    synchronized Path newFile(int index) throws IOException {
        if (closed) {
            throw new IOException("the fetch is closed");
        }
        if (directory == null) {
            directory = LockedDirectory.create(parent, PREFIX, ownerOnly(parent));
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

    /**
     * Deletes the directory and its files. From now on no file can be created, so late workers leave nothing behind.
     */
    @Override
    public synchronized void close() {
        closed = true;
        try {
            if (directory != null) {
                directory.close();
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "a fetch's files could not be deleted; a later start will: " + e);
        }
        directory = null;
    }

    /**
     * Deletes the directories that dead JVMs left in {@code parent}. Directories of other users are skipped: users who
     * can write to {@code parent} could set traps. New directories are skipped too: their JVMs may not have locked them
     * yet.
     *
     * @throws IOException if {@code parent} cannot be written or listed
     */
    public static void deleteOrphans(Path parent) throws IOException {
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
            if (isOldAndOf(us, directory) && !LockedDirectory.isOurs(directory, PREFIX)) {
                LockedDirectory.deleteIfOrphan(directory);
            }
        } catch (NoSuchFileException e) {
            // another JVM was faster
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the files of an earlier fetch cannot be deleted: " + e);
        }
    }

    private static boolean isOldAndOf(UserPrincipal us, Path directory) throws IOException {
        BasicFileAttributes attributes =
                Files.readAttributes(directory, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        Instant changed = attributes.lastModifiedTime().toInstant();
        return attributes.isDirectory()
                && changed.isBefore(Instant.now().minus(CREATING))
                && Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS).equals(us);
    }
}
