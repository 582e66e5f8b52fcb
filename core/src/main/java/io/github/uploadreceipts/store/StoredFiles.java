package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.disk.LockedDirectory;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * The files of published uploads, and the records beside them: one for a claim, one that an upload was discarded. The
 * {@linkplain LocalLinks links} of an upload, and its {@linkplain LocalHandOvers hand-over}, are deleted with it. What
 * looks for a file that is not there throws {@link NoSuchFileException}; see {@link HourDirectories#run}.
 */
final class StoredFiles {

    /** What the directory of an upload's short share links is named, after its id. */
    static final String LINKS = "-links";

    /** What the records of hand-overs are named, after the id; see {@link LocalHandOvers}. */
    static final String HAND_OVER = "-handover";

    static final String VERDICT = "-verdict";

    /** What says where the bytes of an archived upload are, after its id; see {@link LocalArchive}. */
    static final String ARCHIVE = "-archive";

    private static final String CLAIM = "-claim";
    static final String DISCARDED = "-discarded";

    private final HourDirectories hours;
    private final Drafts drafts;
    private final Spares spares;
    private volatile BiConsumer<UploadId, ExpiryHour> listener = (id, hour) -> {};

    StoredFiles(HourDirectories hours, Drafts drafts, Spares spares) {
        this.hours = hours;
        this.drafts = drafts;
        this.spares = spares;
    }

    static boolean isRecord(String name) {
        return name.endsWith(CLAIM) || name.endsWith(DISCARDED) || name.endsWith(HAND_OVER) || name.endsWith(VERDICT);
    }

    /** Returns whether that is the name of a record that says where the bytes of an upload are. */
    static boolean isArchive(String name) {
        return name.endsWith(ARCHIVE) && UploadId.isId(name.substring(0, name.length() - ARCHIVE.length()));
    }

    /** Sets who is told of each upload that is stored. */
    void whenStored(BiConsumer<UploadId, ExpiryHour> value) {
        listener = value;
    }

    /** Returns the upload whose discarding a file of that name records. */
    static Optional<UploadId> discardedId(String name) {
        String id = name.endsWith(DISCARDED) ? name.substring(0, name.length() - DISCARDED.length()) : "";
        return UploadId.isId(id) ? Optional.of(UploadId.parse(id)) : Optional.empty();
    }

    static boolean isLinks(String name) {
        return name.endsWith(LINKS);
    }

    private Path file(UploadId id, ExpiryHour hour) {
        return hours.file(hour, id.toString());
    }

    private Path discardedFile(UploadId id, ExpiryHour hour) {
        return hours.file(hour, id + DISCARDED);
    }

    private Path claimFile(UploadId id, ExpiryHour hour) {
        return hours.file(hour, id + CLAIM);
    }

    StoredUpload get(UploadId id, ExpiryHour hour) throws IOException {
        Path file = file(id, hour);
        BasicFileAttributes attributes =
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            throw new NoSuchFileException(file.toString());
        }
        return new StoredFile(
                id, file, attributes.size(), attributes.lastModifiedTime().toInstant());
    }

    /** Looks for the upload before the record that it was discarded. Discarding makes the record before it deletes. */
    boolean isTaken(UploadId id, ExpiryHour hour) {
        return Files.exists(file(id, hour), LinkOption.NOFOLLOW_LINKS)
                || Files.exists(hours.file(hour, id + ARCHIVE), LinkOption.NOFOLLOW_LINKS)
                || Files.exists(discardedFile(id, hour));
    }

    /**
     * Records the claim by a hard link, which is atomic and fails if the name is taken. A rename would replace a
     * record.
     */
    boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws IOException {
        byte[] text = claim.id().getBytes(StandardCharsets.UTF_8);
        Path record = claimFile(id, hour);
        boolean claimed = Files.exists(record);
        if (claimed && !isRecorded(id, hour, text)) {
            return false;
        }
        if (!hours.isStored(id, hour)) {
            throw new NoSuchFileException(id.toString());
        }
        if (claimed) {
            return true;
        }
        try {
            spares.forKnown(() -> drafts.place(CLAIM, text, draft -> Files.createLink(record, draft)));
            hours.force(hour);
            return true;
        } catch (FileAlreadyExistsException e) {
            return isRecorded(id, hour, text);
        }
    }

    Claim claimOf(UploadId id, ExpiryHour hour) throws IOException {
        return Claim.of(Files.readString(claimFile(id, hour)));
    }

    /**
     * Returns whether the recorded claim is this one, durably. The record may be found before its writer has made its
     * name durable, so both make it durable.
     */
    private boolean isRecorded(UploadId id, ExpiryHour hour, byte[] text) throws IOException {
        boolean same = Arrays.equals(Files.readAllBytes(claimFile(id, hour)), text);
        if (same) {
            hours.force(hour);
        }
        return same;
    }

    /**
     * Makes an upload's bytes visible as another upload too. If a force fails, the new name stays until it is purged:
     * another call may have made it durable.
     *
     * @throws StoreException.Taken if the other id is taken in that hour, and not by these bytes
     */
    void extend(UploadId id, ExpiryHour hour, UploadId kept, ExpiryHour until) throws IOException {
        Path source = file(id, hour);
        Optional<Claim> claimed = claimIfAny(id, hour); // before the purge of its hour may delete it
        requireNotDiscarded(kept, until);
        linkIfMissing(source, kept, until);
        hours.force(until);
        if (Files.exists(discardedFile(kept, until))) { // meanwhile, and the link may have come after that
            Files.deleteIfExists(file(kept, until));
            requireNotDiscarded(kept, until);
        }
        listener.accept(kept, until);
        Optional<Claim> claim = claimed.isPresent() ? claimed : claimIfAny(id, hour);
        if (claim.isPresent()) {
            var unused = claim(kept, until, claim.get()); // false if the other upload has another claim by now
        }
    }

    private void linkIfMissing(Path source, UploadId kept, ExpiryHour until) throws IOException {
        Path target = file(kept, until);
        if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            requireNotArchived(kept, until);
        }
        try {
            spares.forKnown(() -> {
                hours.createDurably(until);
                return Files.createLink(target, source);
            });
        } catch (FileAlreadyExistsException e) {
            if (!Files.isSameFile(target, source)) {
                throw new StoreException.Taken(kept.toString(), e);
            }
        }
    }

    private void requireNotDiscarded(UploadId id, ExpiryHour hour) throws StoreException.Taken {
        if (Files.exists(discardedFile(id, hour))) {
            throw new StoreException.Taken(id.toString(), null);
        }
    }

    /** The bytes of an archived upload no longer take its name. */
    private void requireNotArchived(UploadId id, ExpiryHour hour) throws FileAlreadyExistsException {
        if (Files.exists(hours.file(hour, id + ARCHIVE), LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(id.toString());
        }
    }

    private Optional<Claim> claimIfAny(UploadId id, ExpiryHour hour) throws IOException {
        try {
            return Optional.of(claimOf(id, hour));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    void discard(UploadId id, ExpiryHour hour) throws IOException {
        hours.requireThere();
        try {
            spares.forKnown(() -> Files.createFile(discardedFile(id, hour)));
        } catch (IOException e) {
            // it was discarded before, the hour is gone, or the disk is full: then room matters more than the record,
            // without which a slot of a ticket can be used twice
        }
        if (!HourDirectories.exists(discardedFile(id, hour))) { // then nothing else says that it was discarded
            Files.deleteIfExists(hours.file(hour, id + ARCHIVE));
        }
        withdraw(id, hour);
    }

    /** Keeps the hand-over of an upload that is perhaps still there, because without it anybody may use the upload. */
    void withdraw(UploadId id, ExpiryHour hour) throws IOException {
        try {
            Files.delete(file(id, hour));
        } catch (NoSuchFileException e) { // an earlier call may have ended before the rest
            deleteHandOver(id, hour);
            throw e;
        } finally {
            LockedDirectory.deleteTree(hours.file(hour, id + LINKS));
        }
        deleteHandOver(id, hour);
    }

    private void deleteHandOver(UploadId id, ExpiryHour hour) throws IOException {
        Files.deleteIfExists(hours.file(hour, id + HAND_OVER));
        Files.deleteIfExists(hours.file(hour, id + VERDICT));
    }

    /**
     * Makes a file visible as an upload, durably.
     *
     * @throws FileAlreadyExistsException if the id is taken in that hour
     */
    void link(Path source, UploadId id, ExpiryHour hour) throws IOException {
        Path target = file(id, hour);
        requireNotArchived(id, hour);
        spares.forKnown(() -> {
            hours.createDurably(hour);
            return Files.createLink(target, source); // not a rename, as in claim
        });
        try {
            if (Files.exists(discardedFile(id, hour))) {
                throw new FileAlreadyExistsException(id.toString());
            }
            requireNotArchived(id, hour);
            hours.force(hour);
        } catch (IOException e) {
            Files.deleteIfExists(target);
            throw e;
        }
        listener.accept(id, hour);
    }

    /**
     * Returns whether {@code source} is visible as that upload, durably. Whoever linked it may have ended before it
     * made the name durable.
     */
    boolean isPublished(Path source, UploadId id, ExpiryHour hour) throws IOException {
        Path target = file(id, hour);
        boolean same = Files.exists(target, LinkOption.NOFOLLOW_LINKS) && Files.isSameFile(target, source);
        if (same) {
            hours.force(hour);
        }
        return same;
    }

    private final class StoredFile implements StoredUpload {

        private final UploadId id;
        private final Path path;
        private final long size;
        private final Instant lastModified;

        StoredFile(UploadId id, Path path, long size, Instant lastModified) {
            this.id = id;
            this.path = path;
            this.size = size;
            this.lastModified = lastModified;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public Instant lastModified() {
            return lastModified;
        }

        @Override
        public InputStream open(long first, long length) throws StoreException {
            return hours.run(id, () -> {
                FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
                try {
                    channel.position(first);
                } catch (IOException e) {
                    channel.close();
                    throw e;
                }
                return new Range(channel, length);
            });
        }

        @Override
        public Optional<Path> file() {
            return Optional.of(path);
        }
    }

    /** Reads a number of bytes from a channel's position on. */
    private static final class Range extends InputStream {

        private final FileChannel channel;
        private long left;

        Range(FileChannel channel, long length) {
            this.channel = channel;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0 || left == 0) {
                return length == 0 ? 0 : -1;
            }
            int read = channel.read(ByteBuffer.wrap(bytes, offset, (int) Math.min(length, left)));
            if (read < 0) {
                throw new EOFException("the file ended " + left + " bytes too early");
            }
            left -= read;
            return read;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
