package io.github.uploadreceipts.key;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.key.RingKey;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** The file of a key ring: who may read it, how it is replaced, and when it is read again. */
final class KeyRingFile {

    private static final Logger LOG = System.getLogger(Loggers.KEYS);
    private static final int MAX_BYTES = 1 << 20;

    private KeyRingFile() {}

    static KeyRing.Snapshot read(Path file) throws IOException {
        return parse(file, content(file));
    }

    private static byte[] content(Path file) throws IOException {
        requirePrivate(file);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(MAX_BYTES + 1);
            if (content.length > MAX_BYTES) {
                throw new IOException(file + " is too large for a key ring: it has more than " + MAX_BYTES + " bytes");
            }
            return content;
        }
    }

    private static KeyRing.Snapshot parse(Path file, byte[] content) throws IOException {
        if (startsWith(content, 0xFE, 0xFF) || startsWith(content, 0xFF, 0xFE)) {
            throw new IOException(file + " is in UTF-16, as some editors and shells write it; save it as UTF-8");
        }
        int mark = startsWith(content, 0xEF, 0xBB, 0xBF) ? 3 : 0; // a byte order mark, which editors on Windows write
        try {
            return KeyRing.parse(Arrays.copyOfRange(content, mark, content.length));
        } catch (IOException e) {
            throw new IOException(file + " is not a key ring: " + e.getMessage(), e);
        }
    }

    private static boolean startsWith(byte[] content, int... bytes) {
        return content.length >= bytes.length
                && IntStream.range(0, bytes.length).allMatch(i -> content[i] == (byte) bytes[i]);
    }

    /**
     * Checks that not everybody on the machine can read the file. Secrets that an orchestrator mounts are excepted:
     * they are on tmpfs, belong to root, and are readable by everybody in the container.
     */
    private static void requirePrivate(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(
                    file.toString(),
                    null,
                    "create it with: java -jar upload-receipts-core.jar create " + file + " --fleet NAME");
        }
        Path real = file.toRealPath();
        if (!Files.getFileStore(real).supportsFileAttributeView("posix")) {
            return;
        }
        PosixFileAttributes attributes = Files.readAttributes(real, PosixFileAttributes.class);
        boolean open = attributes.permissions().contains(PosixFilePermission.OTHERS_READ)
                || attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE);
        boolean mountedSecret = attributes.owner().getName().equals("root")
                && !attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE)
                && Files.getFileStore(real).type().equals("tmpfs");
        if (open && !mountedSecret) {
            throw new IOException(file + " can be read or written by others; run: chmod o-rwx " + file);
        }
    }

    static void write(Path file, byte[] content) throws IOException {
        Path target = file.toAbsolutePath();
        Path directory = target.getParent();
        if (directory == null) {
            throw new IOException(file + " is a directory; name a file in it");
        }
        Path draft = createPrivate(directory);
        try {
            try (FileChannel out = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                for (ByteBuffer bytes = ByteBuffer.wrap(content); bytes.hasRemaining(); ) {
                    out.write(bytes);
                }
                out.force(true);
            }
            keepAttributes(target, draft);
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(draft);
        }
        try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
            parent.force(true);
        }
    }

    /** Keeps the owner and the group of the old file, such as the application's user, and the group's right to read. */
    private static void keepAttributes(Path old, Path draft) throws IOException {
        if (!Files.exists(old) || !Files.getFileStore(old).supportsFileAttributeView("posix")) {
            return;
        }
        PosixFileAttributes kept = Files.readAttributes(old, PosixFileAttributes.class);
        PosixFileAttributeView view = Files.getFileAttributeView(draft, PosixFileAttributeView.class);
        if (!view.readAttributes().owner().equals(kept.owner())) {
            view.setOwner(kept.owner());
        }
        if (!view.readAttributes().group().equals(kept.group())) {
            view.setGroup(kept.group());
        }
        Set<PosixFilePermission> permissions =
                EnumSet.copyOf(view.readAttributes().permissions());
        if (kept.permissions().contains(PosixFilePermission.GROUP_READ)) {
            permissions.add(PosixFilePermission.GROUP_READ);
        }
        view.setPermissions(permissions);
    }

    private static Path createPrivate(Path directory) throws IOException {
        if (!Files.getFileStore(directory).supportsFileAttributeView("posix")) {
            return Files.createTempFile(directory, ".key-ring", null);
        }
        Set<PosixFilePermission> ownerOnly = PosixFilePermissions.fromString("rw-------");
        Path file = Files.createTempFile(directory, ".key-ring", null, PosixFilePermissions.asFileAttribute(ownerOnly));
        Files.setPosixFilePermissions(file, ownerOnly);
        return file;
    }

    /**
     * Reads the file again when the last reading is more than a second old. It reads the whole file, which is small,
     * because a file can change while its time and its inode stay the same.
     */
    static final class Watched implements Supplier<KeyRing.Snapshot> {

        private static final long INTERVAL_NANOS = 1_000_000_000L;

        private final Path file;
        private final LongSupplier nanoTime;
        private volatile KeyRing.Snapshot snapshot;
        private volatile long readAt;
        private volatile Optional<String> failure = Optional.empty();
        private byte[] content;
        private boolean refused; // this content

        Watched(Path file, LongSupplier nanoTime) throws IOException {
            this.file = file;
            this.nanoTime = nanoTime;
            this.content = KeyRingFile.content(file);
            this.snapshot = KeyRingFile.parse(file, content);
            this.readAt = nanoTime.getAsLong();
        }

        @Override
        public KeyRing.Snapshot get() {
            if (nanoTime.getAsLong() - readAt > INTERVAL_NANOS) {
                readAgain();
            }
            return snapshot;
        }

        /** Returns why the last reading failed; empty if it did not. */
        Optional<String> failure() {
            return failure;
        }

        private synchronized void readAgain() {
            if (nanoTime.getAsLong() - readAt <= INTERVAL_NANOS) {
                return;
            }
            try {
                byte[] now = KeyRingFile.content(file);
                if (!Arrays.equals(now, content)) {
                    content = now;
                    refused = true;
                    accept(KeyRingFile.parse(file, now));
                    refused = false;
                }
                if (!refused) {
                    failure = Optional.empty();
                }
            } catch (IOException e) {
                LOG.log(Level.ERROR, "the key ring could not be read again, and stays as it was: " + e.getMessage());
                failure = Optional.of(String.valueOf(e.getMessage()));
            } finally {
                readAt = nanoTime.getAsLong();
            }
        }

        private void accept(KeyRing.Snapshot read) throws IOException {
            if (!read.fleet().equals(snapshot.fleet())) {
                throw new IOException(file + " is now the key ring of the fleet " + read.fleet()
                        + ", but this host is of " + snapshot.fleet() + "; restart it to change its fleet");
            }
            if (snapshot.has(RingKey.Use.DERIVATION) && !read.has(RingKey.Use.DERIVATION)) {
                throw new IOException(file + " has no key with \"use\":\"derive\" any more, so upload URLs could not"
                        + " be read; run 'rotate' on it, and copy it to every host");
            }
            snapshot = read;
            LOG.log(Level.INFO, "the key ring " + file + " has changed; its keys are now " + read.keys());
        }
    }
}
