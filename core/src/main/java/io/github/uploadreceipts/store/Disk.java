package io.github.uploadreceipts.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The disk of a local store. Forces data and names as the store's durability requires, sets modes, translates failures.
 */
final class Disk {

    private final Path root;
    private final FileStore disk;
    private final Durability durability;
    private final Set<PosixFilePermission> fileMode;
    private final boolean posix;

    Disk(Path root, Durability durability, Set<PosixFilePermission> fileMode) throws IOException {
        this.root = root;
        this.disk = Files.getFileStore(root);
        this.durability = durability;
        this.fileMode = fileMode;
        this.posix = disk.supportsFileAttributeView("posix");
    }

    /** An operation on the disk. */
    interface Step<T> {
        T run() throws IOException;
    }

    /**
     * Runs a step that finds the upload {@code id}, and translates its failure as {@link #create} does, but a file that
     * does not exist means that the upload is gone.
     */
    <T> T run(UploadId id, Step<T> step) throws StoreException {
        return create(id, () -> {
            try {
                return step.run();
            } catch (NoSuchFileException e) {
                throw new StoreException.Gone(id.toString(), e);
            }
        });
    }

    /**
     * Runs a step that creates the upload {@code id}, and translates its failure: a file that exists already means that
     * the id is taken.
     */
    <T> T create(UploadId id, Step<T> step) throws StoreException {
        try {
            return step.run();
        } catch (FileAlreadyExistsException e) {
            throw new StoreException.Taken(id.toString(), e);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /**
     * Translates the failure of a step that neither creates nor finds an upload: the disk is full or read-only, a file
     * or directory that must be there is not, or the step failed.
     */
    StoreException failure(IOException e) {
        if (e instanceof StoreException known) {
            return known;
        }
        String text = String.valueOf(e);
        if (isFull(e)) {
            return new StoreException.Full(text, e);
        }
        if (e instanceof NoSuchFileException) {
            return new StoreException.Unavailable(
                    e.getMessage()
                            + " is not there: its disk is not mounted, or somebody has moved or deleted it. Mount"
                            + " the disk, or move the directory back, and the host goes on by itself",
                    e);
        }
        return isReadOnly(root) ? readOnly(e) : new StoreException.Failed(text, e);
    }

    /** @throws StoreException.Unavailable if the disk is read-only */
    void requireWritable() throws StoreException.Unavailable {
        if (isReadOnly(root)) {
            throw readOnly(null);
        }
    }

    private StoreException.Unavailable readOnly(@Nullable IOException cause) {
        return new StoreException.Unavailable(
                root + " is on a disk that is read-only: what is there is served, but nothing can be stored. Make the"
                        + " disk writable, and the host goes on by itself",
                cause);
    }

    boolean isFull(IOException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("No space left") || message.contains("quota exceeded")) {
            return true;
        }
        try {
            return freeSpace() == 0; // for machines whose messages are in another language
        } catch (IOException unknown) {
            return false;
        }
    }

    long freeSpace() throws IOException {
        return disk.getUsableSpace();
    }

    void force(FileChannel channel) throws IOException {
        if (durability == Durability.FORCED) {
            channel.force(true);
        }
    }

    /** Makes the file names in a directory durable. */
    void forceNames(Path directory) throws IOException {
        if (durability == Durability.FORCED) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** Sets the mode of a stored file. A mode that is given when the file is created would be cut by the umask. */
    void setFileMode(Path file) throws IOException {
        if (posix) {
            Files.setPosixFilePermissions(file, fileMode);
        }
    }

    /** Returns with what a file is created that nobody but the owner of this process may read. */
    FileAttribute<?>[] ownerOnly() {
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    /** Returns the mode of the directories of stored files. Whoever may read the files may enter the directories. */
    int directoryMode() {
        int mode = 0700;
        mode |= fileMode.contains(PosixFilePermission.GROUP_READ) ? 0050 : 0;
        mode |= fileMode.contains(PosixFilePermission.OTHERS_READ) ? 0005 : 0;
        return mode;
    }

    /** Sets who may enter a directory. Its set-user-id, set-group-id and sticky bits stay. */
    void setDirectoryMode(Path directory, int mode) throws IOException {
        if (posix) {
            int old = (int) Files.getAttribute(directory, "unix:mode");
            if ((old & 0777) != mode) { // a read-only disk would refuse even what changes nothing
                Files.setAttribute(directory, "unix:mode", (old & 07000) | mode);
            }
        }
    }

    /**
     * Returns whether nobody can write to a directory that exists, because its disk is read-only or broken. A missing
     * permission is another matter, which whoever installs the host must mend.
     */
    static boolean isReadOnly(Path directory) {
        try {
            directory.getFileSystem().provider().checkAccess(directory, AccessMode.WRITE);
            return false;
        } catch (AccessDeniedException | NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
