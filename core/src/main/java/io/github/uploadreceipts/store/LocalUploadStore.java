package io.github.uploadreceipts.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

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

    private static final String CLAIM = "-claim";
    private static final String DISCARDED = "-discarded";

    private final Path root;
    private final HourDirectories uploads;
    private final LocalPartials partials;
    private final FileStore disk;
    private final ReceivingDirectory incoming;
    private final Durability durability;
    private final Set<PosixFilePermission> fileMode;
    private final boolean posix;

    private LocalUploadStore(Path root, Durability durability, Set<PosixFilePermission> fileMode) throws IOException {
        this.durability = durability;
        this.fileMode = fileMode;
        this.root = createDurably(root.toAbsolutePath()).toRealPath();
        this.disk = Files.getFileStore(this.root);
        this.posix = disk.supportsFileAttributeView("posix");
        this.uploads = new HourDirectories(this.root.resolve("uploads"), durability, readersMode());
        // files get their mode when they are complete; until then nobody else is let in
        Path receiving = HourDirectories.own(this.root.resolve("incoming"));
        HourDirectories.permit(receiving, 0700);
        HourDirectories unfinished = new HourDirectories(this.root.resolve("partial"), durability, 0700);
        forceDirectory(this.root);
        this.incoming = ReceivingDirectory.open(receiving);
        this.partials = new LocalPartials(this, unfinished);
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

    private Path createDurably(Path directory) throws IOException {
        List<Path> changed = new ArrayList<>();
        for (Path path = directory; path.getParent() != null && !Files.exists(path); path = path.getParent()) {
            changed.add(path.getParent());
        }
        Files.createDirectories(directory);
        for (Path parent : changed) {
            forceDirectory(parent);
        }
        return directory;
    }

    /** Whoever may read the files may enter. */
    private int readersMode() {
        int mode = 0700;
        mode |= fileMode.contains(PosixFilePermission.GROUP_READ) ? 0050 : 0;
        mode |= fileMode.contains(PosixFilePermission.OTHERS_READ) ? 0005 : 0;
        return mode;
    }

    private Path file(UploadId id, ExpiryHour hour) {
        return uploads.file(hour, id.toString());
    }

    private Path discardedFile(UploadId id, ExpiryHour hour) {
        return uploads.file(hour, id + DISCARDED);
    }

    private Path claimFile(UploadId id, ExpiryHour hour) {
        return uploads.file(hour, id + CLAIM);
    }

    @Override
    public Incoming create(UploadId id) throws IOException {
        return new LocalIncoming(incoming.resolve(id.toString()), id);
    }

    @Override
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws IOException {
        Path file = file(id, hour);
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isRegularFile()
                    ? Optional.of(new LocalUpload(
                            file,
                            attributes.size(),
                            attributes.lastModifiedTime().toInstant()))
                    : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public boolean isTaken(UploadId id, ExpiryHour hour) {
        // in this order, for discarding goes the other way
        return Files.exists(file(id, hour), LinkOption.NOFOLLOW_LINKS)
                || Files.exists(discardedFile(id, hour))
                || partials.exists(id, hour);
    }

    /** A hard link is atomic and fails where the name is taken, which a rename does not. */
    @Override
    public boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws IOException {
        byte[] text = claim.id().getBytes(StandardCharsets.UTF_8);
        Path record = claimFile(id, hour);
        boolean claimed = Files.exists(record);
        if (claimed && !isRecorded(id, hour, text)) {
            return false;
        }
        if (find(id, hour).isEmpty()) {
            throw new NoSuchFileException(id.toString());
        }
        if (claimed) {
            return true;
        }
        try {
            withDraft(CLAIM, text, draft -> Files.createLink(record, draft));
            uploads.force(hour);
            return true;
        } catch (FileAlreadyExistsException e) {
            return isRecorded(id, hour, text);
        }
    }

    /** The one who finds the record may be faster than the one who wrote it, so both make the name durable. */
    private boolean isRecorded(UploadId id, ExpiryHour hour, byte[] text) throws IOException {
        boolean same = Arrays.equals(Files.readAllBytes(claimFile(id, hour)), text);
        if (same) {
            uploads.force(hour);
        }
        return same;
    }

    private void writeDraft(Path draft, byte[] content) throws IOException {
        try (FileChannel out = FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            writeFully(out, ByteBuffer.wrap(content));
            force(out);
        } catch (NoSuchFileException e) { // which would say that the upload is gone
            throw new IOException("the directory in which this JVM receives is gone: " + draft.getParent(), e);
        }
    }

    /** Has {@code use} put a durable file of this content to its place, and deletes what is left. */
    void withDraft(String suffix, byte[] content, DraftUse use) throws IOException {
        Path draft = incoming.resolve(UploadId.random() + suffix);
        try {
            writeDraft(draft, content);
            use.place(draft);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    /** Links or moves a draft. */
    interface DraftUse {
        void place(Path draft) throws IOException;
    }

    void force(FileChannel channel) throws IOException {
        if (durability == Durability.FORCED) {
            channel.force(true);
        }
    }

    /** The mode is set explicitly, for the umask cuts. */
    void letReadersRead(Path file) throws IOException {
        if (posix) {
            Files.setPosixFilePermissions(file, fileMode);
        }
    }

    @Override
    public boolean discard(UploadId id, ExpiryHour hour) throws IOException {
        try {
            Files.createFile(discardedFile(id, hour));
        } catch (IOException e) {
            // discarded before, or the hour is gone, or the disk is full: then room matters more than a slot used twice
        }
        return Files.deleteIfExists(file(id, hour));
    }

    @Override
    public void withdraw(UploadId id, ExpiryHour hour) throws IOException {
        Files.deleteIfExists(file(id, hour));
    }

    @Override
    public int purge(Instant now) throws IOException {
        return uploads.purge(now) + partials.purge(now);
    }

    @Override
    public Optional<PartialStore> partials() {
        return Optional.of(partials);
    }

    /** An operator tells it by a file {@code drain} in the store's directory. */
    @Override
    public boolean isDraining() {
        return Files.exists(root.resolve("drain"));
    }

    @Override
    public long freeSpace() throws IOException {
        return disk.getUsableSpace();
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

    private void forceDirectory(Path directory) throws IOException {
        if (durability == Durability.FORCED) {
            HourDirectories.forceNames(directory);
        }
    }

    static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Records go after all uploads: one whose record is gone could be claimed for a second use. */
    static void deleteTree(Path directory) throws IOException {
        try {
            deleteEntries(directory, entry -> !isRecord(entry.toString()));
            deleteEntries(directory, entry -> true);
            Files.deleteIfExists(directory);
        } catch (NoSuchFileException | DirectoryNotEmptyException e) {
            // another JVM on this root was faster, or is about to be: the next purge sees what is left
        }
    }

    private static boolean isRecord(String name) {
        return name.endsWith(CLAIM) || name.endsWith(DISCARDED);
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

    /**
     * Makes a file visible as an upload, durably.
     *
     * @throws FileAlreadyExistsException if the id is taken in that hour
     */
    void link(Path file, UploadId id, ExpiryHour hour) throws IOException {
        uploads.createDurably(hour);
        Path target = file(id, hour);
        Files.createLink(target, file); // see claim
        try {
            if (Files.exists(discardedFile(id, hour))) {
                throw new FileAlreadyExistsException(id.toString());
            }
            uploads.force(hour);
        } catch (IOException e) {
            Files.deleteIfExists(target);
            throw e;
        }
    }

    /** Whoever linked it may have ended before the name was durable. */
    boolean isPublished(Path file, UploadId id, ExpiryHour hour) throws IOException {
        Path target = file(id, hour);
        boolean same = Files.exists(target, LinkOption.NOFOLLOW_LINKS) && Files.isSameFile(target, file);
        if (same) {
            uploads.force(hour);
        }
        return same;
    }

    private record LocalUpload(Path path, long size, Instant lastModified) implements StoredUpload {

        @Override
        public SeekableByteChannel open() throws IOException {
            return FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        }

        @Override
        public Optional<Path> file() {
            return Optional.of(path);
        }
    }

    private final class LocalIncoming implements Incoming {

        private final Path file;
        private final UploadId id;
        private final FileChannel channel;
        private long size;
        private boolean forced;
        private boolean failed;

        LocalIncoming(Path file, UploadId id) throws IOException {
            this.file = file;
            this.id = id;
            this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            requireSound();
            failed = true;
            forced = false;
            size += bytes.remaining();
            writeFully(channel, bytes);
            failed = false;
        }

        /** A force that failed may have dropped the pages, and a second one would then succeed: it is never retried. */
        @Override
        public void force() throws IOException {
            requireSound();
            failed = true;
            letReadersRead(file);
            LocalUploadStore.this.force(channel);
            if (channel.size() != size) {
                throw new IOException(size + " bytes were written, but the file has " + channel.size());
            }
            channel.close();
            forced = true;
            failed = false;
        }

        @Override
        public void publish(ExpiryHour hour) throws IOException {
            if (!forced) {
                force();
            }
            requireSound();
            failed = true;
            link(file, id, hour); // our own name for it goes with the closing
            failed = false;
        }

        private void requireSound() throws IOException {
            if (failed) {
                throw new IOException("storing this upload failed before");
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(file);
        }
    }
}
