package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.archive.ArchiveStores;
import io.github.uploadreceipts.internal.handover.HandOverStores;
import io.github.uploadreceipts.internal.resume.PartialStores;
import io.github.uploadreceipts.internal.share.LinkStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A store on the local disk.
 *
 * <pre>{@code
 * <root>/lock                         locked by the process that archives uploads, if they are
 * <root>/store-<id>                   by which the directory is known again; in uploads and in partial, too
 * <root>/incoming/<JVM>/<id>          an upload that is being received, under that JVM's file lock
 * <root>/incoming/spare-*             space and inodes for what must be done on a full disk
 * <root>/partial/<expiry hour>/<id>   a resumable upload that is not complete
 * <root>/partial/<expiry hour>/<id>-state
 * <root>/uploads/<expiry hour>/<id>   a stored upload
 * <root>/uploads/<expiry hour>/<id>-claim
 * <root>/uploads/<expiry hour>/<id>-discarded
 * <root>/uploads/<expiry hour>/<id>-links/       what its short share links say
 * <root>/uploads/<expiry hour>/<id>-handover     that its application is not done with it
 * <root>/uploads/<expiry hour>/<id>-verdict      what its application has said then
 * <root>/uploads/<expiry hour>/<id>-archive      where its bytes are, if they are not only here
 * <root>/uploads/<expiry hour>/lock              locked while a hand-over changes
 * }</pre>
 *
 * <p>Names consist of {@code [0-9A-Za-z_-]} only. If the operator makes a directory set-group-id, it stays so; in this
 * way a front server's group gets to read the files. Several JVMs may use one root at the same time. While there is a
 * file {@code <root>/drain}, the hosts on this store accept no new uploads of their own.
 *
 * <p>While the directories are not those that were opened, because a disk is not mounted or a directory was moved away,
 * everything fails with {@link StoreException.Unavailable}: no upload is gone, and nothing is written. The store goes on by
 * itself once they are back. While the disk is read-only, what is there can be read.
 */
public final class LocalUploadStore implements UploadStore {

    static {
        PartialStores.install(LocalUploadStore.class, store -> Optional.of(store.partials));
        LinkStores.install(LocalUploadStore.class, store -> store.links);
        HandOverStores.install(LocalUploadStore.class, store -> store.handOvers);
        ArchiveStores.install(store -> store.archive);
    }

    private static final String UPLOADS = "uploads";
    private static final String PARTIAL = "partial";

    private final Path root;
    private final Durability durability;
    private final Disk disk;
    private final HourDirectories hours;
    private final boolean sealed;
    private final StoredFiles stored;
    private final LocalPartials partials;
    private final LocalLinks links;
    private final LocalHandOvers handOvers;
    private final LocalArchive archive;
    private final HourDirectories unfinished;
    private final Spares spares;
    private final ReceivingDirectory receiving;

    private LocalUploadStore(Path directory, Durability durability, Set<PosixFilePermission> fileMode, boolean sealed)
            throws IOException {
        List<Path> changed = create(directory.toAbsolutePath());
        this.root = directory.toRealPath();
        this.durability = durability;
        this.sealed = sealed;
        this.disk = new Disk(root, durability, fileMode);
        for (Path parent : changed) {
            disk.forceNames(parent);
        }
        requireWhole();
        this.hours = new HourDirectories(root.resolve(UPLOADS), disk, disk.directoryMode());
        Path incoming = ReceivingDirectory.createOrFind(root.resolve("incoming"), disk);
        this.unfinished = new HourDirectories(root.resolve(PARTIAL), disk, 0700); // nobody else may enter
        this.spares = new Spares(incoming, disk);
        // the root is marked last, when everything that it must have is there
        Mark mark = Mark.findOrMake(root, disk);
        this.receiving = ReceivingDirectory.open(incoming, disk, mark, spares);
        var unused = spares.areComplete(); // before others take the last inodes
        Drafts drafts = new Drafts(receiving, disk);
        this.stored = new StoredFiles(hours, drafts, spares);
        this.partials = new LocalPartials(unfinished, stored, drafts, spares, disk);
        this.links = new LocalLinks(hours, drafts, spares, disk);
        this.handOvers = new LocalHandOvers(hours, drafts, spares, disk, receiving);
        this.archive = new LocalArchive(root, mark.id(), hours, unfinished, stored, drafts, spares, disk, receiving);
    }

    /**
     * Checks that a store that was opened before still has the directories that it had then. New ones at their place
     * would be empty, and all its uploads would seem to be gone.
     */
    private void requireWhole() throws IOException {
        Optional<Mark> known = Mark.find(root);
        for (String name : known.isPresent() ? List.of(UPLOADS, PARTIAL) : List.<String>of()) {
            Path directory = root.resolve(name);
            if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                    || Mark.find(directory).isEmpty()) {
                throw new IOException(directory + " is not the directory that this store had: mount its disk, or move"
                        + " the directory back. To begin anew without its uploads, delete " + known.get());
            }
        }
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
        private boolean sealed;

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

        /**
         * Has new uploads sealed: encrypted, each under a key of its own, which only its receipt has, and the URL of a resumable one. Who reads the disk,
         * or a copy of it, reads nothing of them, and an upload whose receipt is lost cannot be read by anybody. Receipts
         * must be {@linkplain io.github.uploadreceipts.host.UploadHost.Builder#encryptReceipts encrypted}. Uploads that
         * are in the store already stay as they are.
         */
        public Builder sealed() {
            sealed = true;
            return this;
        }

        /** Opens the store. */
        public LocalUploadStore open() throws IOException {
            return new LocalUploadStore(root, durability, fileMode, sealed);
        }
    }

    @Override
    public Incoming create(UploadId id, ExpiryHour hour) throws StoreException {
        return disk.create(id, () -> spares.forNew(() -> new LocalIncoming(receiving, id, stored, disk)));
    }

    @Override
    public boolean publishesLater() {
        return true;
    }

    @Override
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws StoreException {
        try {
            return Optional.of(hours.run(id, () -> stored.get(id, hour)));
        } catch (StoreException.Gone e) {
            requireNotArchived(id, hour);
            return Optional.empty();
        }
    }

    private void requireNotArchived(UploadId id, ExpiryHour hour) throws StoreException {
        if (archive.find(id, hour).isPresent()) {
            throw new StoreException.Unavailable(
                    "the bytes of upload " + id + " are in an object store: open " + root
                            + " by ArchivingUploadStore, as it was before",
                    null);
        }
    }

    @Override
    public boolean isTaken(UploadId id, ExpiryHour hour) {
        return stored.isTaken(id, hour) || partials.exists(id, hour);
    }

    @Override
    public boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws StoreException {
        return hours.run(id, () -> stored.claim(id, hour, claim));
    }

    @Override
    public Optional<Claim> claimOf(UploadId id, ExpiryHour hour) throws StoreException {
        try {
            return Optional.of(hours.run(id, () -> stored.claimOf(id, hour)));
        } catch (StoreException.Gone e) {
            return Optional.empty();
        }
    }

    @Override
    public void extend(UploadId id, ExpiryHour hour, UploadId kept, ExpiryHour until) throws StoreException {
        var unused = hours.run(id, () -> {
            stored.extend(id, hour, kept, until);
            return kept;
        });
    }

    @Override
    public boolean discard(UploadId id, ExpiryHour hour) throws StoreException {
        return existed(id, () -> stored.discard(id, hour));
    }

    @Override
    public void withdraw(UploadId id, ExpiryHour hour) throws StoreException {
        var unused = existed(id, () -> stored.withdraw(id, hour));
    }

    private interface Deleting {
        void run() throws IOException;
    }

    private boolean existed(UploadId id, Deleting step) throws StoreException {
        try {
            return hours.run(id, () -> {
                step.run();
                return true;
            });
        } catch (StoreException.Gone e) {
            return false;
        }
    }

    @Override
    public int purge(Instant now) throws StoreException {
        try {
            return hours.purge(now) + partials.purge(now);
        } catch (IOException e) {
            throw disk.failure(e);
        }
    }

    @Override
    public Optional<ExpiryHour> latestHour() throws StoreException {
        try {
            return Stream.of(hours.latest(), unfinished.latest())
                    .flatMap(Optional::stream)
                    .max(Comparator.naturalOrder());
        } catch (IOException e) {
            throw disk.failure(e);
        }
    }

    @Override
    public boolean isSealed() {
        return sealed;
    }

    /** Returns whether an operator has created a file {@code drain} in the store's directory. */
    @Override
    public boolean isDraining() {
        return Files.exists(root.resolve("drain"));
    }

    @Override
    public void requireWritable() throws StoreException {
        hours.requireThere();
        unfinished.requireThere();
        disk.requireWritable();
    }

    /** Returns the time of a new file. */
    @Override
    public Optional<Instant> time() {
        Path file = receiving.resolve(UploadId.random() + "-time");
        try {
            receiving.create(file).close();
            Instant time = Files.getLastModifiedTime(file).toInstant();
            receiving.delete(file);
            return Optional.of(time);
        } catch (IOException e) { // a full disk tells no time, and needs to be purged
            return Optional.empty();
        }
    }

    @Override
    public long freeSpace() throws StoreException {
        hours.requireThere(); // not that of the disk below an empty mount point
        try {
            return disk.freeSpace();
        } catch (IOException e) {
            throw disk.failure(e);
        }
    }

    @Override
    public boolean canCreate() {
        return spares.areComplete();
    }

    /** Closes the store. Uploads that are being received are deleted. */
    @Override
    public void close() throws IOException {
        receiving.close();
    }

    @Override
    public String toString() {
        return root + " (" + durability.name().toLowerCase(Locale.ROOT) + (sealed ? ", sealed)" : ")");
    }
}
