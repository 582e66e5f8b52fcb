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
 * <root>/incoming/<JVM>/<id>          being received, under that JVM's file lock
 * <root>/partial/<expiry hour>/<id>   to be resumed
 * <root>/partial/<expiry hour>/<id>-state
 * <root>/uploads/<expiry hour>/<id>   stored
 * <root>/uploads/<expiry hour>/<id>-claim
 * <root>/uploads/<expiry hour>/<id>-discarded
 * }</pre>
 *
 * <p>Names consist of {@code [0-9A-Za-z_-]} only. A directory made set-group-id by its operator stays so, which is how a
 * front server's group comes to read the files. Several JVMs may use one root at a time. A file {@code <root>/drain} tells the
 * hosts to begin no uploads of their own.
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
        this.hours = new HourDirectories(root.resolve("uploads"), disk, disk.readersMode());
        // files get their mode when they are complete; until then nobody else is let in
        Path receiving = HourDirectories.own(root.resolve("incoming"));
        disk.permit(receiving, 0700);
        HourDirectories unfinished = new HourDirectories(root.resolve("partial"), disk, 0700);
        disk.forceNames(root);
        this.incoming = ReceivingDirectory.open(receiving);
        Drafts drafts = new Drafts(incoming, disk);
        this.stored = new StoredFiles(hours, disk, drafts);
        this.partials = new LocalPartials(unfinished, stored, drafts, disk);
    }

    /** Creates a directory if need be; returns the directories in which names were created. */
    private static List<Path> create(Path directory) throws IOException {
        List<Path> changed = new ArrayList<>();
        for (Path path = directory; path.getParent() != null && !Files.exists(path); path = path.getParent()) {
            changed.add(path.getParent());
        }
        Files.createDirectories(directory);
        return changed;
    }

    /**
     * Returns the store below {@code root}, which is created if need be. What a JVM that is gone left half received is
     * deleted.
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

        /** Sets what a receipt promises; {@link Durability#FORCED} by default. */
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
                throw new IllegalArgumentException("the owner must read and write: rw-r-----");
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
        return disk.tried(id, () -> {
            try {
                return new LocalIncoming(incoming.resolve(id.toString()), id, stored, disk);
            } catch (NoSuchFileException e) { // which would say that the upload is gone
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
        return disk.tried(id, () -> stored.find(id, hour));
    }

    @Override
    public boolean isTaken(UploadId id, ExpiryHour hour) {
        return stored.isTaken(id, hour) || partials.exists(id, hour);
    }

    @Override
    public boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws StoreException {
        return disk.tried(id, () -> stored.claim(id, hour, claim));
    }

    @Override
    public boolean discard(UploadId id, ExpiryHour hour) throws StoreException {
        return disk.tried(id, () -> stored.discard(id, hour));
    }

    @Override
    public void withdraw(UploadId id, ExpiryHour hour) throws StoreException {
        disk.tried(id, () -> {
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

    /** An operator tells it by a file {@code drain} in the store's directory. */
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

    /** Deletes what was being received. */
    @Override
    public void close() throws IOException {
        incoming.close();
    }

    @Override
    public String toString() {
        return "LocalUploadStore[" + root + ", " + durability + "]";
    }
}
