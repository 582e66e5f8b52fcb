package io.github.uploadreceipts.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What tells a store's directory from the mount point below it, and from another disk at its place: an empty directory
 * {@code store-<random id>} in it. The id is the name, so one system call looks for it, and a power cut cannot tear it.
 *
 * <p>Each JVM on the same root uses a mark that it finds. Two JVMs that begin a store at the same moment may make two
 * marks, which does no harm: neither is ever deleted.
 */
final class Mark {

    private static final String PREFIX = "store-";

    private final Path path;

    private Mark(Path path) {
        this.path = path;
    }

    /** Returns a mark in a directory, if it has one. */
    static Optional<Mark> find(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(entry -> entry.getFileName().toString().startsWith(PREFIX))
                    .findFirst()
                    .map(Mark::new);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Makes a mark in a directory, unless it has one. All names in the directory are durable then: another JVM may have
     * made the mark, and may have ended before it was.
     */
    static Mark findOrMake(Path directory, Disk disk) throws IOException {
        Optional<Mark> found = find(directory);
        Mark mark = found.isPresent()
                ? found.get()
                : new Mark(Files.createDirectory(directory.resolve(PREFIX + UploadId.random())));
        if (!Disk.isReadOnly(directory)) {
            disk.forceNames(directory);
        }
        return mark;
    }

    /**
     * Checks that the mark is there.
     *
     * @throws StoreException.Unavailable if not: then files that are not found are not gone, and none may be created
     */
    void require() throws StoreException.Unavailable {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new StoreException.Unavailable(
                    path.getParent() + " is not the directory that this host has opened: " + path.getFileName()
                            + " is not in it. Mount its disk, or move the directory back, and the host goes on by itself;"
                            + " restart the host to use what is there now",
                    null);
        }
    }

    /** Returns the random id. */
    String id() {
        return path.getFileName().toString().substring(PREFIX.length());
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
