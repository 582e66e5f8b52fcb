package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.disk.LockedDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A directory with one subdirectory per expiry hour. The hour is the name of its subdirectory. */
final class HourDirectories {

    private final Path parent;
    private final Disk disk;
    private final int mode;
    private final Mark mark;
    private final Set<ExpiryHour> durable = ConcurrentHashMap.newKeySet();

    /** @param mode of the directories, which says who may enter */
    HourDirectories(Path parent, Disk disk, int mode) throws IOException {
        this.parent = createOrFind(parent);
        this.disk = disk;
        this.mode = mode;
        disk.setDirectoryMode(parent, mode);
        this.mark = Mark.findOrMake(parent, disk);
    }

    /**
     * Creates a directory, or finds it. Checks that it is not a link, and that this process can write to it, unless its
     * disk is read-only: nothing is created then, but what is there can be read.
     */
    static Path createOrFind(Path directory) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            try {
                Files.createDirectory(directory);
            } catch (FileAlreadyExistsException e) {
                // another JVM on this root has just created it
            }
        }
        boolean usable = Files.isWritable(directory) || Disk.isReadOnly(directory);
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS) || !usable) {
            throw new IOException(directory + " must be a directory, not a link, that this process can write");
        }
        return directory;
    }

    /** Returns the directory of an hour, which may not exist. */
    Path directory(ExpiryHour hour) {
        return parent.resolve(hour.toString());
    }

    Path file(ExpiryHour hour, String name) {
        return directory(hour).resolve(name);
    }

    /** Checks that the parent is the directory that was opened, and neither an empty mount point nor another disk. */
    void requireThere() throws StoreException.Unavailable {
        mark.require();
    }

    /**
     * Runs a step that finds an upload's file, or fails with {@link NoSuchFileException}. If the parent is not the
     * directory that was opened, that does not mean that the upload is gone. If it is, the step runs once more, because
     * the disk may have come back only after the first time.
     */
    <T> T run(UploadId id, Disk.Step<T> step) throws StoreException {
        return disk.run(id, () -> {
            try {
                return step.run();
            } catch (NoSuchFileException e) {
                requireThere();
                return step.run();
            }
        });
    }

    /** Creates the directory of an hour. The first caller makes its name durable; all others wait until it is. */
    Path createDurably(ExpiryHour hour) throws IOException {
        requireThere();
        Path directory = directory(hour);
        if (durable.contains(hour) && Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return directory;
        }
        synchronized (durable) {
            createOrFind(directory);
            disk.setDirectoryMode(directory, mode);
            disk.forceNames(parent);
            durable.add(hour);
            return directory;
        }
    }

    /** Makes the file names in an hour's directory durable. */
    void force(ExpiryHour hour) throws IOException {
        disk.forceNames(directory(hour));
    }

    /**
     * Deletes the directory of every hour that {@linkplain ExpiryHour#isOver is over}, and returns how many there were.
     */
    int purge(Instant now) throws IOException {
        requireThere();
        List<Path> over;
        try (Stream<Path> hours = Files.list(parent)) {
            over = hours.filter(hour -> isOver(hour, now) && Files.isDirectory(hour, LinkOption.NOFOLLOW_LINKS))
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        IOException failure = null;
        for (Path hour : over) {
            try {
                delete(hour);
            } catch (IOException e) { // the other hours are deleted all the same
                failure = e;
            }
        }
        durable.removeIf(hour -> hour.isOver(now));
        if (failure != null) {
            throw failure;
        }
        return over.size();
    }

    /** Returns the latest hour with a file of an upload; empty if there is none. */
    Optional<ExpiryHour> latest() throws IOException {
        for (ExpiryHour hour : all()) {
            if (hasUpload(hour)) {
                return Optional.of(hour);
            }
        }
        return Optional.empty();
    }

    /** Returns all hours, the latest first. */
    List<ExpiryHour> all() throws IOException {
        requireThere();
        try (Stream<Path> directories = Files.list(parent)) {
            return directories
                    .flatMap(directory -> hourOf(directory).stream())
                    .sorted(Comparator.reverseOrder())
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Returns the names of an hour's files that end so. */
    List<String> names(ExpiryHour hour, String end) throws IOException {
        try (Stream<Path> entries = Files.list(directory(hour))) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.endsWith(end))
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of(); // another JVM on this root has just purged it, or it is not a directory of this store
        }
    }

    /**
     * Returns whether an upload is stored: its bytes are here, or there is a record where they are. Looks in that order,
     * because the record comes before the bytes go.
     */
    boolean isStored(UploadId id, ExpiryHour hour) throws IOException {
        return exists(file(hour, id.toString()))
                || (exists(file(hour, id + StoredFiles.ARCHIVE)) && !exists(file(hour, id + StoredFiles.DISCARDED)));
    }

    /** Fails if the disk does not say. An upload whose record cannot be seen must not count as one without. */
    static boolean exists(Path file) throws IOException {
        try {
            var unused = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Returns whether an entry is a stored upload: its bytes, or an archive record of one that was not discarded. */
    private static boolean isUpload(Path entry, String name) {
        return UploadId.isId(name)
                || (StoredFiles.isArchive(name)
                        && !Files.exists(
                                entry.resolveSibling(name.replace(StoredFiles.ARCHIVE, StoredFiles.DISCARDED))));
    }

    private boolean hasUpload(ExpiryHour hour) throws IOException {
        try (Stream<Path> entries = Files.list(directory(hour))) {
            return entries.anyMatch(entry -> isUpload(entry, String.valueOf(entry.getFileName())));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return false; // another JVM on this root has just purged it, or it is not a directory of this store
        }
    }

    /** Deletes the records after all uploads. An upload without its record could be claimed for a second use. */
    private static void delete(Path directory) throws IOException {
        try {
            deleteEntries(directory, entry -> !StoredFiles.isRecord(entry.toString()));
            deleteEntries(directory, entry -> true);
            Files.deleteIfExists(directory);
        } catch (NoSuchFileException | DirectoryNotEmptyException e) {
            // another JVM on this root deletes or fills the same directory; the next purge deletes what is left
        }
    }

    private static void deleteEntries(Path directory, Predicate<Path> which) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path entry : (Iterable<Path>) entries.filter(which)::iterator) {
                if (StoredFiles.isLinks(entry.toString())) {
                    LockedDirectory.deleteTree(entry);
                } else {
                    Files.deleteIfExists(entry);
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean isOver(Path directory, Instant now) {
        return hourOf(directory).map(hour -> hour.isOver(now)).orElse(false);
    }

    private static Optional<ExpiryHour> hourOf(Path directory) {
        try {
            return Optional.of(ExpiryHour.parse(directory.getFileName().toString()));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // not a directory of this store
        }
    }
}
