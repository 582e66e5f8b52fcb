package io.github.uploadreceipts.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A directory of directories, each named by the hour in which what lies there expires. */
final class HourDirectories {

    private final Path parent;
    private final Disk disk;
    private final int mode;
    private final Set<ExpiryHour> durable = ConcurrentHashMap.newKeySet();

    /** @param mode of the directories, for those who may enter */
    HourDirectories(Path parent, Disk disk, int mode) throws IOException {
        this.parent = own(parent);
        this.disk = disk;
        this.mode = mode;
        disk.permit(parent, mode);
    }

    /** Creates a directory, or finds it. */
    static Path own(Path directory) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            try {
                Files.createDirectory(directory);
            } catch (FileAlreadyExistsException e) {
                // another JVM on this root was faster
            }
        }
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS) || !Files.isWritable(directory)) {
            throw new IOException(directory + " must be a directory, not a link, that this process can write");
        }
        return directory;
    }

    Path file(ExpiryHour hour, String name) {
        return parent.resolve(hour.toString()).resolve(name);
    }

    /** An upload is not gone because a disk is not mounted. */
    void requireThere() throws IOException {
        if (!Files.isDirectory(parent, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("the store's directory is gone: " + parent);
        }
    }

    /** Whoever comes first in an hour makes its directory's name durable; all others wait for that. */
    Path createDurably(ExpiryHour hour) throws IOException {
        Path directory = parent.resolve(hour.toString());
        if (durable.contains(hour) && Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return directory;
        }
        synchronized (durable) {
            own(directory);
            disk.permit(directory, mode);
            disk.forceNames(parent);
            durable.add(hour);
            return directory;
        }
    }

    /** Makes the names in an hour's directory durable. */
    void force(ExpiryHour hour) throws IOException {
        disk.forceNames(parent.resolve(hour.toString()));
    }

    /** Deletes every hour that is over; returns how many went. */
    int purge(Instant now) throws IOException {
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
            } catch (IOException e) { // the other hours shall go all the same
                failure = e;
            }
        }
        durable.removeIf(hour -> hour.isOver(now));
        if (failure != null) {
            throw failure;
        }
        return over.size();
    }

    /** Records go after all uploads: one whose record is gone could be claimed for a second use. */
    private static void delete(Path directory) throws IOException {
        try {
            deleteEntries(directory, entry -> !StoredFiles.isRecord(entry.toString()));
            deleteEntries(directory, entry -> true);
            Files.deleteIfExists(directory);
        } catch (NoSuchFileException | DirectoryNotEmptyException e) {
            // another JVM on this root was faster, or is about to be: the next purge sees what is left
        }
    }

    private static void deleteEntries(Path directory, Predicate<Path> which) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path entry : (Iterable<Path>) entries.filter(which)::iterator) {
                Files.deleteIfExists(entry);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean isOver(Path directory, Instant now) {
        try {
            return ExpiryHour.parse(directory.getFileName().toString()).isOver(now);
        } catch (IllegalArgumentException e) {
            return false; // not ours
        }
    }
}
