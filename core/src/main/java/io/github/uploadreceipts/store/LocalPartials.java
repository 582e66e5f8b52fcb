package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.resume.PartialStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * Resumable uploads on the local disk. The file {@code <id>} has the bytes. The file {@code <id>-state} has the number
 * of acknowledged bytes and the caller's state. The file {@code <id>-tail} has bytes that were set aside, and where they
 * belong. It counts only if its bytes end where the acknowledged ones end.
 *
 * <p>The number is written to two slots in turn, so that a power cut while one is written leaves the other. Whoever
 * opens the file of the bytes locks it. Nobody else in this process opens it, because closing any of a file's
 * descriptors would free its lock.
 */
final class LocalPartials implements PartialStore {

    private static final String STATE = "-state";
    private static final String TAIL = "-tail";
    private static final int SLOT = 32;
    private static final int HEAD = 2 * SLOT;

    private final HourDirectories hours;
    private final StoredFiles stored;
    private final Drafts drafts;
    private final Spares spares;
    private final Disk disk;

    LocalPartials(HourDirectories hours, StoredFiles stored, Drafts drafts, Spares spares, Disk disk) {
        this.hours = hours;
        this.stored = stored;
        this.drafts = drafts;
        this.spares = spares;
        this.disk = disk;
    }

    private Path bytesFile(UploadId id, ExpiryHour hour) {
        return hours.file(hour, id.toString());
    }

    private Path stateFile(UploadId id, ExpiryHour hour) {
        return hours.file(hour, id + STATE);
    }

    private Path tailFile(UploadId id, ExpiryHour hour) {
        return hours.file(hour, id + TAIL);
    }

    boolean exists(UploadId id, ExpiryHour hour) {
        return Files.exists(stateFile(id, hour), LinkOption.NOFOLLOW_LINKS);
    }

    int purge(Instant now) throws IOException {
        return hours.purge(now);
    }

    @Override
    public void create(UploadId id, ExpiryHour hour, String state) throws StoreException {
        disk.create(
                id,
                () -> spares.forNew(() -> {
                    begin(id, hour, state);
                    return id;
                }));
    }

    private void begin(UploadId id, ExpiryHour hour, String state) throws IOException {
        hours.createDurably(hour);
        Files.deleteIfExists(tailFile(id, hour)); // of an earlier upload of this id
        drafts.place(STATE, stateContent(0, state), draft -> Files.createLink(stateFile(id, hour), draft));
        try {
            // the mode is for the published file; until then the directory lets nobody else in
            disk.setFileMode(Files.createFile(bytesFile(id, hour)));
            hours.force(hour);
        } catch (IOException e) {
            delete(id, hour);
            throw e;
        }
    }

    @Override
    public Optional<Snapshot> find(UploadId id, ExpiryHour hour) throws StoreException {
        try {
            return Optional.of(hours.run(id, () -> parse(Files.readAllBytes(stateFile(id, hour)))));
        } catch (StoreException.Gone e) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<Partial> open(UploadId id, ExpiryHour hour) throws StoreException {
        return hours.run(id, () -> openLocked(id, hour));
    }

    private Optional<Partial> openLocked(UploadId id, ExpiryHour hour) throws IOException {
        FileChannel bytes = FileChannel.open(
                bytesFile(id, hour), StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        try {
            if (bytes.tryLock() != null) {
                requireNamed(id, hour);
                return Optional.of(new LocalPartial(id, hour, bytes));
            }
        } catch (OverlappingFileLockException e) {
            // another class loader of this process has it open
        } catch (IOException e) {
            bytes.close();
            throw e;
        }
        bytes.close();
        return Optional.empty();
    }

    /**
     * Checks that the file still has its name. Whoever had the lock before may have published or deleted the upload.
     */
    private void requireNamed(UploadId id, ExpiryHour hour) throws NoSuchFileException {
        if (!Files.exists(bytesFile(id, hour), LinkOption.NOFOLLOW_LINKS)) {
            throw new NoSuchFileException(id.toString());
        }
    }

    @Override
    public boolean delete(UploadId id, ExpiryHour hour) throws StoreException {
        return disk.run(id, () -> {
            boolean existed = Files.deleteIfExists(stateFile(id, hour));
            Files.deleteIfExists(bytesFile(id, hour));
            Files.deleteIfExists(tailFile(id, hour));
            if (!existed) {
                hours.requireThere();
            }
            return existed;
        });
    }

    private static byte[] stateContent(long acknowledged, String state) {
        byte[] text = state.getBytes(StandardCharsets.UTF_8);
        byte[] content = Arrays.copyOf(slot(acknowledged), HEAD + text.length);
        System.arraycopy(text, 0, content, HEAD, text.length);
        return content;
    }

    /** Returns the content of a slot: the number in digits, and a checksum of the digits. */
    private static byte[] slot(long acknowledged) {
        String digits = String.format(Locale.ROOT, "%020d", acknowledged);
        return (digits + String.format(Locale.ROOT, " %08x  \n", checksum(digits))).getBytes(StandardCharsets.US_ASCII);
    }

    private static long checksum(String digits) {
        CRC32 sum = new CRC32();
        sum.update(digits.getBytes(StandardCharsets.US_ASCII));
        return sum.getValue();
    }

    private static Snapshot parse(byte[] content) throws IOException {
        if (content.length < HEAD) {
            throw new IOException("an upload's state is cut off: it has " + content.length + " bytes, but must have at"
                    + " least " + HEAD);
        }
        long acknowledged = Math.max(readSlot(content, 0), readSlot(content, SLOT));
        if (acknowledged < 0) {
            throw new IOException("an upload's state does not say how many of its bytes are acknowledged");
        }
        return new Snapshot(acknowledged, new String(content, HEAD, content.length - HEAD, StandardCharsets.UTF_8));
    }

    /** Returns the number in a slot, or -1 if the slot is empty or was not written completely. */
    private static long readSlot(byte[] content, int offset) {
        String digits = new String(content, offset, 20, StandardCharsets.US_ASCII);
        if (!digits.matches("00[0-9]{18}")) { // 18 digits are enough for any disk, and fit into a long
            return -1;
        }
        long number = Long.parseLong(digits);
        return Arrays.equals(content, offset, offset + SLOT, slot(number), 0, SLOT) ? number : -1;
    }

    private final class LocalPartial implements Partial {

        private final UploadId id;
        private final ExpiryHour hour;
        private final FileChannel bytes;
        private FileChannel stateChannel;
        private Snapshot snapshot;
        private long size;
        private int nextSlot;
        private volatile boolean failed;
        private long recorded; // the highest number that may be on the disk, even if its force failed

        LocalPartial(UploadId id, ExpiryHour hour, FileChannel bytes) throws IOException {
            this.id = id;
            this.hour = hour;
            this.bytes = bytes;
            byte[] content = Files.readAllBytes(stateFile(id, hour));
            this.snapshot = parse(content);
            this.nextSlot = readSlot(content, 0) == snapshot.acknowledged() ? 1 : 0;
            this.recorded = snapshot.acknowledged();
            if (bytes.size() < snapshot.acknowledged()) {
                throw new IOException(id + " has lost acknowledged bytes");
            }
            cut();
            this.stateChannel = openState();
        }

        private FileChannel openState() throws IOException {
            return FileChannel.open(stateFile(id, hour), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        }

        @Override
        public synchronized Snapshot snapshot() {
            return snapshot;
        }

        @Override
        public int read(ByteBuffer into, long position) throws StoreException {
            return disk.run(id, () -> bytes.read(into, position));
        }

        @Override
        public void write(ByteBuffer more) throws StoreException {
            requireSound();
            int length = more.remaining();
            try {
                Disk.writeFully(bytes, more);
            } catch (IOException e) { // failed is not set before, because a checkpoint may run meanwhile
                failed = true;
                throw disk.failure(e);
            }
            size += length;
        }

        @Override
        public void force() throws StoreException {
            acknowledge(size);
        }

        /** A force that fails is never retried; see {@link LocalIncoming#force}. */
        @Override
        public synchronized void acknowledge(long count) throws StoreException {
            requireSound();
            if (count <= snapshot.acknowledged()) {
                return;
            }
            forceBytes(count);
            writeNumber(count, nextSlot);
            nextSlot = 1 - nextSlot;
            snapshot = new Snapshot(count, snapshot.state());
        }

        private void forceBytes(long count) throws StoreException {
            try {
                disk.force(bytes);
                if (bytes.size() < count) {
                    throw new IOException(count + " bytes were written, but the file has " + bytes.size());
                }
            } catch (IOException e) {
                failed = true;
                throw disk.failure(e);
            }
        }

        @Override
        public synchronized void confirm() throws StoreException {
            requireSound();
            writeNumber(snapshot.acknowledged(), 1 - nextSlot);
        }

        private void writeNumber(long number, int slot) throws StoreException {
            recorded = Math.max(recorded, number);
            try {
                stateChannel.write(ByteBuffer.wrap(slot(number)), (long) slot * SLOT);
                disk.force(stateChannel);
            } catch (IOException e) {
                failed = true;
                throw disk.failure(e);
            }
        }

        @Override
        public synchronized void cutBack() throws StoreException {
            try {
                cut();
            } catch (IOException e) {
                throw disk.failure(e);
            }
        }

        private void cut() throws IOException {
            size = recorded;
            if (bytes.size() > size) {
                bytes.truncate(size);
            }
            bytes.position(size);
        }

        @Override
        public synchronized void replaceState(String state) throws StoreException {
            requireSound();
            replace(snapshot.acknowledged(), state);
        }

        @Override
        public synchronized void replaceState(long count, String state) throws StoreException {
            requireSound();
            forceBytes(count);
            recorded = Math.max(recorded, count);
            replace(count, state);
        }

        private void replace(long acknowledged, String state) throws StoreException {
            byte[] content = stateContent(acknowledged, state);
            failed = true; // after a failure here, numbers could be written to a file that no longer has a name
            hours.run(id, () -> {
                spares.forKnown(() -> drafts.place(
                        STATE,
                        content,
                        draft -> Files.move(draft, stateFile(id, hour), StandardCopyOption.ATOMIC_MOVE)));
                hours.force(hour);
                stateChannel.close();
                stateChannel = openState();
                return id;
            });
            failed = false;
            nextSlot = 1;
            snapshot = new Snapshot(acknowledged, state);
        }

        @Override
        public synchronized byte[] tail(long from) throws StoreException {
            return hours.run(id, () -> {
                Optional<byte[]> aside = aside(from);
                return aside.isPresent() ? aside.get() : readAcknowledged(from);
            });
        }

        private Optional<byte[]> aside(long from) throws IOException {
            byte[] content;
            try {
                content = Files.readAllBytes(tailFile(id, hour));
            } catch (NoSuchFileException e) {
                return Optional.empty();
            }
            boolean counts = content.length >= SLOT
                    && readSlot(content, 0) == from
                    && from + content.length - SLOT == snapshot.acknowledged();
            return counts ? Optional.of(Arrays.copyOfRange(content, SLOT, content.length)) : Optional.empty();
        }

        private byte[] readAcknowledged(long from) throws IOException {
            ByteBuffer read = ByteBuffer.allocate(Math.toIntExact(snapshot.acknowledged() - from));
            while (read.hasRemaining()) {
                if (bytes.read(read, from + read.position()) < 0) {
                    throw new IOException(id + " has lost acknowledged bytes");
                }
            }
            return read.array();
        }

        @Override
        public synchronized byte[] rewrite(long from) throws StoreException {
            requireSound();
            return hours.run(id, () -> {
                Optional<byte[]> aside = aside(from);
                byte[] tail = aside.isPresent() ? aside.get() : readAcknowledged(from);
                if (aside.isEmpty()) {
                    setAside(from, tail);
                }
                hours.force(hour);
                bytes.position(from);
                size = from;
                return tail;
            });
        }

        /**
         * Replaces the file of an earlier tail, which must not count any more, also after a power cut. So the number comes
         * first. Its force may have failed before this upload was opened, so it is written anew.
         */
        private void setAside(long from, byte[] tail) throws IOException {
            confirm();
            byte[] content = Arrays.copyOf(slot(from), SLOT + tail.length);
            System.arraycopy(tail, 0, content, SLOT, tail.length);
            spares.forUnfinished(() -> drafts.place(
                    TAIL, content, draft -> Files.move(draft, tailFile(id, hour), StandardCopyOption.ATOMIC_MOVE)));
        }

        @Override
        public void publish(ExpiryHour published) throws StoreException {
            requireSound();
            force();
            hours.run(id, () -> {
                Path file = bytesFile(id, hour);
                try {
                    stored.link(file, id, published);
                } catch (FileAlreadyExistsException e) {
                    if (!stored.isPublished(file, id, published)) {
                        throw e;
                    }
                }
                Files.deleteIfExists(tailFile(id, hour));
                Files.delete(file);
                return id;
            });
        }

        private void requireSound() throws StoreException {
            if (failed) {
                throw new StoreException.Failed("storing this upload failed before", null);
            }
        }

        @Override
        public void close() throws StoreException {
            try (bytes) {
                stateChannel.close();
            } catch (IOException e) {
                throw disk.failure(e);
            }
        }
    }
}
