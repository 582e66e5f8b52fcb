package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.disk.LockedDirectory;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The directory in which this JVM receives uploads. Each JVM on the same root has its own. If a cleaner of temporary
 * files deletes it, it is made anew for the next upload.
 */
final class ReceivingDirectory implements Closeable {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final String PREFIX = "";
    private static final String TAKEN_OVER = "over-";
    private static final Set<StandardOpenOption> NEW = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    private static final int START_LOCK_TRIES = 600;
    private static final long START_LOCK_PAUSE_NANOS = 50_000_000;

    private final Path incoming;
    private final Disk disk;
    private final Mark root;
    private final LockedDirectory own;
    private final Set<Path> undeleted = ConcurrentHashMap.newKeySet();

    // guarded by this
    private final Set<String> siblings = new HashSet<>();
    private final Set<String> orphans = new HashSet<>();

    private ReceivingDirectory(Path incoming, Disk disk, Mark root, LockedDirectory own) {
        this.incoming = incoming;
        this.disk = disk;
        this.root = root;
        this.own = own;
    }

    /**
     * Deletes the directories in {@code incoming} whose JVMs have ended, and creates one for this JVM, also on a full
     * disk: a host that does not start cannot serve what it keeps. On a read-only disk it is created when the disk has
     * become writable.
     *
     * @param root the mark of the store's directory
     */
    static ReceivingDirectory open(Path incoming, Disk disk, Mark root, Spares spares) throws IOException {
        LockedDirectory own = LockedDirectory.named(incoming, PREFIX);
        if (!Disk.isReadOnly(incoming)) {
            try (FileChannel start = spares.forKnown(() -> LockedDirectory.openLockFile(incoming))) {
                lockPatiently(start);
                deleteOrphans(incoming);
                spares.forKnown(() -> {
                    own.make();
                    return own;
                });
            }
        }
        return new ReceivingDirectory(incoming, disk, root, own);
    }

    /** Creates or finds {@code incoming}. Nobody else may enter the directories of files that are not complete. */
    static Path createOrFind(Path incoming, Disk disk) throws IOException {
        disk.setDirectoryMode(HourDirectories.createOrFind(incoming), 0700);
        return incoming;
    }

    /** Returns the path of a file in this directory. */
    Path resolve(String name) {
        return own.resolve(name);
    }

    /**
     * Creates a file in this directory, and opens it for writing. The directory's name is this JVM's alone, so a file
     * in it is on the disk that was opened; it is made anew only there.
     */
    FileChannel create(Path file) throws IOException {
        deleteUndeleted();
        try {
            return open(file);
        } catch (NoSuchFileException e) {
            makeAnew();
        }
        try {
            return open(file);
        } catch (NoSuchFileException e) { // which would mean to some callers that an upload is gone
            throw disk.failure(e);
        }
    }

    /** Deletes a file of this directory. If the disk is away, that is done once it is back. */
    void delete(Path file) throws IOException {
        boolean away = true;
        try {
            away = !Files.deleteIfExists(file) && !isThere();
        } finally {
            if (away) {
                undeleted.add(file);
            }
        }
    }

    private void deleteUndeleted() {
        if (!undeleted.isEmpty() && isThere()) {
            for (Path file : List.copyOf(undeleted)) {
                deleteAgain(file);
            }
        }
    }

    private void deleteAgain(Path file) {
        try {
            if (undeleted.remove(file)) { // by one thread alone: its name may soon be in use again
                delete(file);
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "a file of an upload that has ended cannot be deleted yet: " + e);
        }
    }

    private boolean isThere() {
        return Files.isDirectory(resolve(""));
    }

    private FileChannel open(Path file) throws IOException {
        return FileChannel.open(file, NEW, disk.ownerOnly());
    }

    private void makeAnew() throws IOException {
        root.require();
        var unused = createOrFind(incoming, disk);
        own.make();
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

    /** Returns the name of this directory, which no other JVM has or had. */
    String name() {
        return own.resolve("").getFileName().toString();
    }

    /** Returns whether a JVM on this store has ended since the last call, or since this one began. */
    synchronized boolean hasEnded() throws IOException {
        Set<String> now = new HashSet<>();
        Set<String> ended = new HashSet<>();
        if (!others().isEmpty()) {
            sort(now, ended);
        }
        boolean news = !now.containsAll(siblings) || !orphans.containsAll(ended);
        siblings.clear();
        siblings.addAll(now);
        orphans.addAll(ended);
        return news;
    }

    /** Tries the locks of other JVMs while none of them starts: one would find its own lock taken. */
    private void sort(Set<String> inUse, Set<String> ended) throws IOException {
        try (FileChannel start = LockedDirectory.openLockFile(incoming)) {
            lockPatiently(start);
            for (Path directory : others()) {
                boolean used = LockedDirectory.isInUse(directory, PREFIX);
                (used ? inUse : ended).add(directory.getFileName().toString());
            }
        }
    }

    private List<Path> others() throws IOException {
        try (Stream<Path> directories = Files.list(incoming)) {
            return directories
                    .filter(directory -> Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                            && !directory.equals(own.resolve("")))
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Returns whether a JVM has ended, and this one takes over what it has left. A file in this directory tells others that
     * it does, until this JVM has ended, too.
     *
     * @param ended the name of that JVM's receiving directory
     */
    boolean takeOver(String ended) throws IOException {
        if (!ended.matches("[0-9A-Za-z-]+")) {
            return true; // no JVM is named so
        }
        try (FileChannel start = LockedDirectory.openLockFile(incoming)) {
            lockPatiently(start);
            if (LockedDirectory.isInUse(incoming.resolve(ended), PREFIX)) {
                return false;
            }
            for (Path other : others()) {
                if (Files.exists(other.resolve(TAKEN_OVER + ended)) && LockedDirectory.isInUse(other, PREFIX)) {
                    return false;
                }
            }
            Path mark = resolve(TAKEN_OVER + ended);
            if (!Files.exists(mark)) {
                create(mark).close();
            }
            return true;
        }
    }

    /** Deletes the directory, and what is being received into it. */
    @Override
    public void close() throws IOException {
        own.close();
    }
}
