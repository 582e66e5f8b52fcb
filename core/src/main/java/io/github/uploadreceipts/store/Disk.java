package io.github.uploadreceipts.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/**
 * The disk of a local store. Forces data and names as the store's durability requires, sets modes, translates failures.
 */
final class Disk {

    private final FileStore disk;
    private final Durability durability;
    private final Set<PosixFilePermission> fileMode;
    private final boolean posix;

    Disk(Path root, Durability durability, Set<PosixFilePermission> fileMode) throws IOException {
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
     * Runs a step that creates or finds the upload {@code id}, and translates its failure: a file that exists already
     * means that the id is taken, and a file that does not exist means that the upload is gone.
     */
    <T> T run(UploadId id, Step<T> step) throws StoreException {
        try {
            return step.run();
        } catch (NoSuchFileException e) {
            throw new StoreException.Gone(id.toString(), e);
        } catch (FileAlreadyExistsException e) {
            throw new StoreException.Taken(id.toString(), e);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /**
     * Translates the failure of a step that neither creates nor finds an upload: the disk is full, or the step failed.
     */
    StoreException failure(IOException e) {
        if (e instanceof StoreException known) {
            return known;
        }
        String text = String.valueOf(e);
        return isFull(e) ? new StoreException.Full(text, e) : new StoreException.Failed(text, e);
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
            Files.setAttribute(directory, "unix:mode", (old & 07000) | mode);
        }
    }

    static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
