package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.disk.LockedDirectory;
import io.github.uploadreceipts.internal.resume.PartialStore;
import io.github.uploadreceipts.internal.resume.PartialStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A store on the local disk.
 *
 * <pre>{@code
 * <root>/incoming/<JVM>/<id>          an upload that is being received, under that JVM's file lock
 * <root>/incoming/spare-*             space and inodes for what must be done on a full disk
 * <root>/partial/<expiry hour>/<id>   a resumable upload that is not complete
 * <root>/partial/<expiry hour>/<id>-state
 * <root>/uploads/<expiry hour>/<id>   a stored upload
 * <root>/uploads/<expiry hour>/<id>-claim
 * <root>/uploads/<expiry hour>/<id>-discarded
 * }</pre>
 *
 * <p>Names consist of {@code [0-9A-Za-z_-]} only. If the operator makes a directory set-group-id, it stays so; in this
 * way a front server's group gets to read the files. Several JVMs may use one root at the same time. While there is a
 * file {@code <root>/drain}, the hosts on this store accept no new uploads of their own.
 */
public final class LocalUploadStore implements UploadStore {

    static {
        PartialStores.install(new PartialStores() {
            @Override
            protected PartialStore read(LocalUploadStore store) {
                return store.partials;
            }
        });
    }

    private final Path root;
    private final Durability durability;
    private final Disk disk;
    private final HourDirectories hours;
    private final StoredFiles stored;
    private final LocalPartials partials;
    private final Spares spares;
    private final LockedDirectory incoming;

    private LocalUploadStore(Path directory, Durability durability, Set<PosixFilePermission> fileMode)
            throws IOException {
        List<Path> changed = create(directory.toAbsolutePath());
        this.root = directory.toRealPath();
        this.durability = durability;
        this.disk = new Disk(root, durability, fileMode);
        for (Path parent : changed) {
            disk.forceNames(parent);
        }
        this.hours = new HourDirectories(root.resolve("uploads"), disk, disk.directoryMode());
        // nobody else may enter the directories of files that are not complete
        Path receiving = HourDirectories.createOrFind(root.resolve("incoming"));
        disk.setDirectoryMode(receiving, 0700);
        HourDirectories unfinished = new HourDirectories(root.resolve("partial"), disk, 0700);
        disk.forceNames(root);
        this.spares = new Spares(receiving, disk);
        this.incoming = ReceivingDirectory.open(receiving, spares);
        var unused = spares.areComplete(); // before others take the last inodes
        Drafts drafts = new Drafts(incoming, disk);
        this.stored = new StoredFiles(hours, disk, drafts, spares);
        this.partials = new LocalPartials(unfinished, stored, drafts, spares, disk);
    }

    /** Creates a directory and those above it, where they are missing. Returns the directories that got a new entry. */
    private static List<Path> create(Path directory) throws IOException {
        List<Path> changed = new ArrayList<>();
        for (Path path = directory; path.getParent() != null && !Files.exists(path); path = path.getParent()) {
            changed.add(path.getParent());
        }
        Files.createDirectories(directory);
        return changed;
    }

    /**
     * Opens the store below {@code root}, and creates that directory if it is missing. Files that a JVM was receiving
     * when it ended are deleted.
     *
     * @throws IOException if the directory cannot be used; the message says why
     */
    public static LocalUploadStore at(Path root) throws IOException {
        return builder(root).open();
    }

    /** Returns a builder for a store below {@code root}. */
    public static Builder builder(Path root) {
        return new Builder(root);
    }

    /** The settings of a {@link LocalUploadStore}. */
    public static final class Builder {

        private final Path root;
        private Durability durability = Durability.FORCED;
        private Set<PosixFilePermission> fileMode = PosixFilePermissions.fromString("rw-r-----");

        private Builder(Path root) {
            this.root = root;
        }

        /**
         * Sets how safe an upload's bytes are when the client gets its receipt; {@link Durability#FORCED} by default.
         */
        public Builder durability(Durability value) {
            durability = value;
            return this;
        }

        /**
         * Sets the mode of stored files, such as {@code rw-r-----} (the default), whatever the umask is.
         *
         * @throws IllegalArgumentException if it is not of that form, or the owner could not read and write
         */
        public Builder fileMode(String mode) {
            fileMode = PosixFilePermissions.fromString(mode);
            if (!mode.startsWith("rw")) {
                throw new IllegalArgumentException(
                        "the file mode is " + mode + ", but must let the owner read and write, as rw-r----- does");
            }
            return this;
        }

        /** Opens the store. */
        public LocalUploadStore open() throws IOException {
            return new LocalUploadStore(root, durability, fileMode);
        }
    }

    @Override
    public Incoming create(UploadId id, ExpiryHour hour) throws StoreException {
        return disk.run(id, () -> {
            try {
                return spares.forNew(() -> new LocalIncoming(incoming.resolve(id.toString()), id, stored, disk));
            } catch (NoSuchFileException e) { // Disk.run would take it to mean that the upload is gone
                throw new IOException("the directory in which this JVM receives is gone", e);
            }
        });
    }

    @Override
    public boolean publishesLater() {
        return true;
    }

    @Override
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws StoreException {
        return disk.run(id, () -> stored.find(id, hour));
    }

    @Override
    public boolean isTaken(UploadId id, ExpiryHour hour) {
        return stored.isTaken(id, hour) || partials.exists(id, hour);
    }

    @Override
    public boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws StoreException {
        return disk.run(id, () -> stored.claim(id, hour, claim));
    }

    @Override
    public Optional<Claim> claimOf(UploadId id, ExpiryHour hour) throws StoreException {
        return disk.run(id, () -> stored.claimOf(id, hour));
    }

    @Override
    public boolean discard(UploadId id, ExpiryHour hour) throws StoreException {
        return disk.run(id, () -> stored.discard(id, hour));
    }

    @Override
    public void withdraw(UploadId id, ExpiryHour hour) throws StoreException {
        disk.run(id, () -> {
            stored.withdraw(id, hour);
            return id;
        });
    }

    @Override
    public int purge(Instant now) throws StoreException {
        try {
            return hours.purge(now) + partials.purge(now);
        } catch (IOException e) {
            throw disk.failure(e);
        }
    }

    /** Returns whether an operator has created a file {@code drain} in the store's directory. */
    @Override
    public boolean isDraining() {
        return Files.exists(root.resolve("drain"));
    }

    @Override
    public long freeSpace() throws StoreException {
        try {
            return disk.freeSpace();
        } catch (IOException e) {
            throw new StoreException.Failed(e.toString(), e);
        }
    }

    @Override
    public boolean canCreate() {
        return spares.areComplete();
    }

    /** Closes the store. Uploads that are being received are deleted. */
    @Override
    public void close() throws IOException {
        incoming.close();
    }

    @Override
    public String toString() {
        return "LocalUploadStore[" + root + ", " + durability + "]";
    }
}
