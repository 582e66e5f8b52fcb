package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.disk.LockedDirectory;
import io.github.uploadreceipts.internal.share.LinkStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The records of short share links on the local disk. They are in a directory {@code <id>-links} beside the upload, so
 * that whoever discards an upload need not search its hour. The file {@code <name>} has what a link says, and is empty
 * once it is revoked. The file {@code <name>-uses} has its uses.
 */
final class LocalLinks implements LinkStore {

    private static final String DRAFT = "-link";
    private static final String USES = "-uses";

    private final HourDirectories hours;
    private final Drafts drafts;
    private final Spares spares;
    private final Disk disk;
    private final SharedLocks locks;

    LocalLinks(HourDirectories hours, Drafts drafts, Spares spares, Disk disk) {
        this.hours = hours;
        this.drafts = drafts;
        this.spares = spares;
        this.disk = disk;
        this.locks = new SharedLocks(spares, disk);
    }

    private Path directory(UploadId id, ExpiryHour hour) {
        return hours.file(hour, id + StoredFiles.LINKS);
    }

    /** Looks for the upload also afterwards: whoever discards it deletes its links after it. */
    @Override
    public void create(UploadId id, ExpiryHour hour, String name, byte[] record) throws StoreException {
        var unused = hours.run(
                id,
                () -> spares.forNew(() -> {
                    requireUpload(id, hour);
                    Path directory = directory(id, hour);
                    disk.setDirectoryMode(HourDirectories.createOrFind(directory), 0700); // front servers need no links
                    drafts.place(DRAFT, record, draft -> Files.createLink(directory.resolve(name), draft));
                    disk.forceNames(directory);
                    hours.force(hour);
                    try {
                        requireUpload(id, hour);
                    } catch (NoSuchFileException e) {
                        LockedDirectory.deleteTree(directory);
                        throw e;
                    }
                    return directory;
                }));
    }

    private void requireUpload(UploadId id, ExpiryHour hour) throws IOException {
        if (!hours.isStored(id, hour)) {
            throw new NoSuchFileException(id.toString());
        }
    }

    @Override
    public Optional<byte[]> find(UploadId id, ExpiryHour hour, String name) throws StoreException {
        try {
            return Optional.of(hours.run(id, () -> SmallFile.readBytes(record(id, hour, name), MAX_RECORD)));
        } catch (StoreException.Gone e) {
            return Optional.empty();
        }
    }

    private Path record(UploadId id, ExpiryHour hour, String name) {
        return directory(id, hour).resolve(name);
    }

    /** Replaces the record also where another call has just done it, because that may not be durable yet. */
    @Override
    public boolean revoke(UploadId id, ExpiryHour hour, String name) throws StoreException {
        try {
            return hours.run(
                    id,
                    () -> locks.run(directory(id, hour), () -> {
                        Path record = record(id, hour, name);
                        boolean there = SmallFile.readBytes(record, MAX_RECORD).length > 0;
                        replace(directory(id, hour), name, new byte[0]);
                        Files.deleteIfExists(record.resolveSibling(name + USES));
                        return there;
                    }));
        } catch (StoreException.Gone e) {
            return false;
        }
    }

    @Override
    public void update(UploadId id, ExpiryHour hour, String name, UnaryOperator<byte[]> change) throws StoreException {
        var unused = hours.run(
                id,
                () -> locks.run(directory(id, hour), () -> {
                    Path record = record(id, hour, name);
                    if (SmallFile.readBytes(record, MAX_RECORD).length == 0) {
                        throw new NoSuchFileException(name); // revoked
                    }
                    Path uses = record.resolveSibling(name + USES);
                    byte[] kept = Files.exists(uses, LinkOption.NOFOLLOW_LINKS)
                            ? SmallFile.readBytes(uses, MAX_USES)
                            : new byte[0];
                    byte[] changed = change.apply(kept);
                    if (!Arrays.equals(changed, kept)) {
                        replace(directory(id, hour), name + USES, changed);
                    }
                    return uses;
                }));
    }

    private void replace(Path directory, String name, byte[] content) throws IOException {
        spares.forKnown(() -> drafts.place(
                DRAFT, content, draft -> Files.move(draft, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE)));
        disk.forceNames(directory);
    }
}
