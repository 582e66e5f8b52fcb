package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.archive.ArchiveStore;
import io.github.uploadreceipts.internal.disk.LockedDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
    private final HourDirectories hours;
    private final HourDirectories unfinished;
    private final StoredFiles stored;
    private final Drafts drafts;
    private final Spares spares;
    private final Disk disk;

    // guarded by this
    private @Nullable FileChannel lockFile;
    private @Nullable FileLock lock;

    /**
     * @param root in which the lock file is
     * @param unfinished where resumable uploads are
     */
    LocalArchive(
            Path root,
            HourDirectories hours,
            HourDirectories unfinished,
            StoredFiles stored,
            Drafts drafts,
            Spares spares,
            Disk disk) {
        this.root = root;
        this.hours = hours;
        this.unfinished = unfinished;
        this.stored = stored;
        this.drafts = drafts;
        this.spares = spares;
        this.disk = disk;
    }

    @Override
    public void whenStored(BiConsumer<UploadId, ExpiryHour> listener) {
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
    public synchronized void unlock() throws StoreException {
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
        try {
            for (ExpiryHour hour : hours.all()) {
                Set<String> names = new HashSet<>(hours.names(hour, ""));
                for (String name : names) {
                    if (UploadId.isId(name)) {
                        boolean recorded = names.contains(name + StoredFiles.ARCHIVE);
                        found.accept(new Found(UploadId.parse(name), hour, recorded));
                    } else if (StoredFiles.isArchive(name)) {
                        String id = name.substring(0, name.length() - StoredFiles.ARCHIVE.length());
                        if (!names.contains(id) && names.contains(id + StoredFiles.DISCARDED)) {
                            found.accept(new Found(UploadId.parse(id), hour, true));
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw disk.failure(e);
        }
    }

    private Path file(UploadId id, ExpiryHour hour) {
        return hours.file(hour, id + StoredFiles.ARCHIVE);
    }

    private Path bytesFile(UploadId id, ExpiryHour hour) {
        return hours.file(hour, id.toString());
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
                byte[] record = SmallFile.readBytes(file(id, hour), MAX_RECORD);
                return hours.isStored(id, hour) == stored ? Optional.of(record) : Optional.empty();
            });
        } catch (StoreException.Gone e) {
            return Optional.empty();
        }
    }

    /** Looks for the bytes also afterwards: whoever discards the upload deletes them before the record. */
    @Override
    public boolean record(UploadId id, ExpiryHour hour, byte[] record) throws StoreException {
        try {
            return hours.run(id, () -> {
                requireBytes(id, hour);
                link(id, hour, record);
                try {
                    requireBytes(id, hour);
                } catch (NoSuchFileException e) {
                    Files.deleteIfExists(file(id, hour));
                    throw e;
                }
                return true;
            });
        } catch (StoreException.Gone | StoreException.Taken e) {
            return false;
        }
    }

    private void requireBytes(UploadId id, ExpiryHour hour) throws IOException {
        if (!HourDirectories.exists(bytesFile(id, hour))) {
            throw new NoSuchFileException(id.toString());
        }
    }

    /** A hard link is atomic, and replaces nothing. */
    private void link(UploadId id, ExpiryHour hour, byte[] record) throws IOException {
        drafts.place(
                spares,
                StoredFiles.ARCHIVE,
                record,
                draft -> spares.forKnown(() -> Files.createLink(file(id, hour), draft)));
        hours.force(hour);
    }

    @Override
    public void add(UploadId id, ExpiryHour hour, byte[] record) throws StoreException {
        var unused = disk.create(id, () -> {
            if (stored.isTaken(id, hour)) {
                throw new FileAlreadyExistsException(id.toString());
            }
            spares.forKnown(() -> hours.createDurably(hour));
            link(id, hour, record);
            if (!hours.isStored(id, hour)) { // discarded meanwhile
                Files.deleteIfExists(file(id, hour));
                throw new FileAlreadyExistsException(id.toString());
            }
            return id;
        });
    }

    @Override
    public void forget(UploadId id, ExpiryHour hour) throws StoreException {
        var unused = disk.create(id, () -> {
            boolean there = HourDirectories.exists(bytesFile(id, hour));
            return there && Files.deleteIfExists(file(id, hour));
        });
    }

    /**
     * Makes the record durable: whoever wrote it may have ended before it was. While the upload is still there as a
     * resumable one, its bytes stay: by them, whoever completes it again knows that it is published.
     */
    @Override
    public boolean deleteBytes(UploadId id, ExpiryHour hour) throws StoreException {
        try {
            return hours.run(id, () -> {
                if (!HourDirectories.exists(file(id, hour)) || isUnfinished(id)) {
                    return false;
                }
                hours.force(hour);
                return Files.deleteIfExists(bytesFile(id, hour));
            });
        } catch (StoreException.Gone e) {
            return false;
        }
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
