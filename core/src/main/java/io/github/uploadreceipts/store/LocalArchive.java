package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.archive.ArchiveStore;
import io.github.uploadreceipts.internal.disk.LockedDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The records of archived uploads on the local disk. The file {@code <id>-archive} has the record. It comes before the
 * bytes go, so that an upload is looked for by its bytes first, and then by its record.
 */
final class LocalArchive implements ArchiveStore {

    /** The stores of this process that have the lock file open: closing any descriptor of it frees the process's lock. */
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    private final Path root;
    private final String owner;
    private final HourDirectories hours;
    private final HourDirectories unfinished;
    private final StoredFiles stored;
    private final Drafts drafts;
    private final Spares spares;
    private final Disk disk;
    private final ReceivingDirectory receiving;

    private final AtomicBoolean begun = new AtomicBoolean();

    // guarded by this
    private @Nullable FileChannel lockFile;
    private @Nullable FileLock lock;

    /**
     * @param root in which the lock file is
     * @param owner an id that no other root has
     * @param unfinished where resumable uploads are
     * @param receiving where bytes go before they are deleted
     */
    LocalArchive(
            Path root,
            String owner,
            HourDirectories hours,
            HourDirectories unfinished,
            StoredFiles stored,
            Drafts drafts,
            Spares spares,
            Disk disk,
            ReceivingDirectory receiving) {
        this.root = root;
        this.owner = owner;
        this.hours = hours;
        this.unfinished = unfinished;
        this.stored = stored;
        this.drafts = drafts;
        this.spares = spares;
        this.disk = disk;
        this.receiving = receiving;
    }

    @Override
    public String owner() {
        return owner;
    }

    @Override
    public void begin(BiConsumer<UploadId, ExpiryHour> listener) {
        if (!begun.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "the uploads in " + root + " are archived by another ArchivingUploadStore: close it first");
        }
        stored.whenStored(listener);
    }

    @Override
    public synchronized boolean tryLock() throws StoreException {
        try {
            if (lock != null) {
                return true;
            }
            if (lockFile == null) {
                if (!OPEN.add(root)) {
                    return false;
                }
                lockFile = openLockFile();
            }
            lock = lockFile.tryLock();
        } catch (OverlappingFileLockException e) { // another copy of this library has it
            return false;
        } catch (IOException e) {
            throw disk.failure(e);
        }
        return lock != null;
    }

    private FileChannel openLockFile() throws IOException {
        boolean opened = false;
        try {
            FileChannel file = spares.forKnown(() -> LockedDirectory.openLockFile(root, disk.ownerOnly()));
            opened = true;
            return file;
        } finally {
            if (!opened) {
                OPEN.remove(root);
            }
        }
    }

    @Override
    public synchronized void end() throws StoreException {
        stored.whenStored((id, hour) -> {});
        begun.set(false);
        FileChannel open = lockFile;
        lockFile = null;
        lock = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw disk.failure(e);
            } finally {
                OPEN.remove(root);
            }
        }
    }

    @Override
    public void look(Consumer<Found> found) throws StoreException {
        IOException failure = null;
        try {
            for (ExpiryHour hour : hours.all()) {
                try {
                    look(hour, found);
                } catch (IOException e) {
                    failure = e;
                }
            }
        } catch (IOException e) {
            failure = e;
        }
        if (failure != null) {
            throw disk.failure(failure);
        }
    }

    private void look(ExpiryHour hour, Consumer<Found> found) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(hours.directory(hour))) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (UploadId.isId(name)) {
                    UploadId id = UploadId.parse(name);
                    found.accept(new Found(id, hour, recorded(id, hour)));
                } else {
                    Optional<UploadId> discarded = StoredFiles.discardedId(name);
                    if (discarded.isPresent() && HourDirectories.exists(file(discarded.get(), hour))) {
                        found.accept(new Found(discarded.get(), hour, Optional.of(Instant.EPOCH)));
                    }
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (NoSuchFileException | NotDirectoryException e) {
            // another JVM on this root has just purged it, or it is not a directory of this store
        }
    }

    private Optional<Instant> recorded(UploadId id, ExpiryHour hour) throws IOException {
        try {
            return Optional.of(attributes(file(id, hour)).lastModifiedTime().toInstant());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private Path file(UploadId id, ExpiryHour hour) {
        return hours.file(hour, id + StoredFiles.ARCHIVE);
    }

    private Path bytesFile(UploadId id, ExpiryHour hour) {
        return hours.file(hour, id.toString());
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * A file system may give the inode of a file that was deleted to the next one, and its time may be coarse. The number of
     * the device is left out: it may change when the machine starts.
     */
    private static String identity(Path file) throws IOException {
        boolean unix = file.getFileSystem().supportedFileAttributeViews().contains("unix");
        String inode = unix ? "ino" : "fileKey";
        Map<String, Object> attributes = Files.readAttributes(
                file, (unix ? "unix:" : "") + inode + ",size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
        return "inode " + attributes.get(inode) + ", " + attributes.get("size") + " bytes, "
                + attributes.get("lastModifiedTime");
    }

    /** Looks at the file first: if another one comes between, what is recorded of it then does not fit. */
    @Override
    public Optional<Bytes> bytes(UploadId id, ExpiryHour hour) throws StoreException {
        try {
            return Optional.of(hours.run(id, () -> {
                String file = identity(bytesFile(id, hour));
                return new Bytes(stored.get(id, hour), file, recorded(id, hour));
            }));
        } catch (StoreException.Gone e) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<byte[]> find(UploadId id, ExpiryHour hour) throws StoreException {
        return find(id, hour, true);
    }

    @Override
    public Optional<byte[]> findDiscarded(UploadId id, ExpiryHour hour) throws StoreException {
        return find(id, hour, false);
    }

    private Optional<byte[]> find(UploadId id, ExpiryHour hour, boolean stored) throws StoreException {
        try {
            return hours.run(id, () -> {
                byte[] record = read(id, hour);
                return hours.isStored(id, hour) == stored ? Optional.of(record) : Optional.empty();
            });
        } catch (StoreException.Gone e) {
            return Optional.empty();
        }
    }

    private byte[] read(UploadId id, ExpiryHour hour) throws IOException {
        return SmallFile.readBytes(file(id, hour), MAX_RECORD);
    }

    /** Looks for the bytes also afterwards: whoever discards or withdraws the upload deletes them before the record. */
    @Override
    public boolean record(UploadId id, ExpiryHour hour, String file, byte[] record) throws StoreException {
        try {
            return hours.run(id, () -> {
                if (!identity(bytesFile(id, hour)).equals(file)) {
                    return false;
                }
                link(id, hour, record);
                if (has(id, hour, file)) {
                    return true;
                }
                Files.deleteIfExists(file(id, hour));
                return false;
            });
        } catch (StoreException.Gone | StoreException.Taken e) {
            return false;
        }
    }

    private boolean has(UploadId id, ExpiryHour hour, String file) throws IOException {
        try {
            return identity(bytesFile(id, hour)).equals(file);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /**
     * A hard link is atomic, and replaces nothing. The content is durable before, whatever the durability of the store: an
     * upload that has long been durable must not become one whose record cannot be read.
     */
    private void link(UploadId id, ExpiryHour hour, byte[] record) throws IOException {
        drafts.place(spares, StoredFiles.ARCHIVE, record, draft -> {
            force(draft);
            return spares.forKnown(() -> Files.createLink(file(id, hour), draft));
        });
    }

    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public void force(ExpiryHour hour) throws StoreException {
        try {
            force(hours.directory(hour));
        } catch (IOException e) {
            throw disk.failure(e);
        }
    }

    @Override
    public byte[] add(UploadId id, ExpiryHour hour, byte[] record) throws StoreException {
        return disk.create(id, () -> {
            boolean recorded = HourDirectories.exists(file(id, hour));
            if (!recorded && stored.isTaken(id, hour)) {
                throw new FileAlreadyExistsException(id.toString());
            }
            spares.forKnown(() -> hours.createDurably(hour));
            try {
                link(id, hour, record);
            } catch (FileAlreadyExistsException e) {
                // whoever wrote it may have ended before it was durable
            }
            force(hours.directory(hour));
            if (!hours.isStored(id, hour)) { // discarded meanwhile
                throw new FileAlreadyExistsException(id.toString());
            }
            return read(id, hour);
        });
    }

    /** Looks for the bytes also afterwards: another process may have deleted them if its lock file was deleted. */
    @Override
    public boolean forget(UploadId id, ExpiryHour hour) throws StoreException {
        return disk.create(id, () -> {
            if (!HourDirectories.exists(bytesFile(id, hour)) || !HourDirectories.exists(file(id, hour))) {
                return false;
            }
            byte[] record = read(id, hour);
            Files.delete(file(id, hour));
            if (!HourDirectories.exists(bytesFile(id, hour))) {
                link(id, hour, record);
                return false;
            }
            return true;
        });
    }

    /**
     * While the upload is still there as a resumable one, its bytes stay: by them, whoever completes it again knows that
     * it is published.
     */
    @Override
    public boolean deleteBytes(UploadId id, ExpiryHour hour, String file) throws StoreException {
        try {
            return hours.run(id, () -> {
                boolean known = HourDirectories.exists(file(id, hour)) && has(id, hour, file);
                if (!known || isUnfinished(id)) {
                    return false;
                }
                force(hours.directory(hour));
                return delete(bytesFile(id, hour), file);
            });
        } catch (StoreException.Gone e) {
            return false;
        }
    }

    /** Moves the file away before it looks at it for the last time, so that no other one can take its place meanwhile. */
    private boolean delete(Path bytes, String file) throws IOException {
        Path away = receiving.resolve(UploadId.random() + StoredFiles.ARCHIVE);
        Files.move(bytes, away, StandardCopyOption.ATOMIC_MOVE);
        boolean same = false;
        try {
            same = identity(away).equals(file);
        } finally {
            if (!same) {
                spares.forKnown(() -> Files.createLink(bytes, away));
            }
        }
        receiving.delete(away);
        return same;
    }

    private boolean isUnfinished(UploadId id) throws IOException {
        for (ExpiryHour hour : unfinished.all()) {
            if (HourDirectories.exists(unfinished.file(hour, id.toString()))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void delete(UploadId id, ExpiryHour hour) throws StoreException {
        var unused = disk.create(id, () -> Files.deleteIfExists(file(id, hour)));
    }
}
