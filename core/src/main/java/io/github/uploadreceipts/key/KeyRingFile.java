package io.github.uploadreceipts.key;

import io.github.uploadreceipts.internal.Loggers;
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
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The key ring's file: who may read it, how it is replaced, and when it is read again. */
final class KeyRingFile {

    private static final Logger LOG = System.getLogger(Loggers.KEYS);
    private static final int MAX_BYTES = 1 << 20;

    private KeyRingFile() {}

    static KeyRing.Snapshot read(Path file) throws IOException {
        return parse(file, content(file));
    }

    private static byte[] content(Path file) throws IOException {
        requireKept(file);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(MAX_BYTES + 1);
            if (content.length > MAX_BYTES) {
                throw new IOException(file + " is too large for a key ring");
            }
            return content;
        }
    }

    private static KeyRing.Snapshot parse(Path file, byte[] content) throws IOException {
        try {
            return KeyRing.parse(content);
        } catch (IOException e) {
            throw new IOException(file + " is not a key ring: " + e.getMessage(), e);
        }
    }

    /** A secret that anybody on the machine can read is none. Orchestrators mount theirs on tmpfs, owned by root. */
    private static void requireKept(Path file) throws IOException {
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
            throw new IOException(file + " can be read by others; run: chmod o-rwx " + file);
        }
    }

    static void write(Path file, byte[] content) throws IOException {
        Path target = file.toAbsolutePath();
        Path directory = target.getParent();
        if (directory == null) {
            throw new IOException(file + " is a directory");
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

    /** A file that its operator gave to the application's user or group stays theirs; others never read it. */
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

    /** Reads the whole small file when it was not looked at for a second: times and inodes lie, content does not. */
    static final class Watched implements Supplier<KeyRing.Snapshot> {

        private static final long INTERVAL_NANOS = 1_000_000_000L;

        private final Path file;
        private final LongSupplier nanoTime;
        private volatile KeyRing.Snapshot snapshot;
        private volatile long lookedAt;
        private byte[] content;

        Watched(Path file, LongSupplier nanoTime) throws IOException {
            this.file = file;
            this.nanoTime = nanoTime;
            this.content = KeyRingFile.content(file);
            this.snapshot = KeyRingFile.parse(file, content);
            this.lookedAt = nanoTime.getAsLong();
        }

        @Override
        public KeyRing.Snapshot get() {
            if (nanoTime.getAsLong() - lookedAt > INTERVAL_NANOS) {
                lookAgain();
            }
            return snapshot;
        }

        private synchronized void lookAgain() {
            if (nanoTime.getAsLong() - lookedAt <= INTERVAL_NANOS) {
                return;
            }
            try {
                byte[] now = KeyRingFile.content(file);
                if (!Arrays.equals(now, content)) {
                    content = now;
                    accept(KeyRingFile.parse(file, now));
                }
            } catch (IOException e) {
                LOG.log(Level.ERROR, "the key ring stays as it was: " + e.getMessage());
            } finally {
                lookedAt = nanoTime.getAsLong();
            }
        }

        private void accept(KeyRing.Snapshot read) throws IOException {
            if (!read.fleet().equals(snapshot.fleet())) {
                throw new IOException(file + " is now of the fleet " + read.fleet() + "; restart to change fleets");
            }
            snapshot = read;
            LOG.log(Level.INFO, "key ring read: " + read.keys());
        }
    }
}
