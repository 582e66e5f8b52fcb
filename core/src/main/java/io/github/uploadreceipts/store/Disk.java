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

/** The disk of a local store: what is forced on it, who may read, and what its failures mean. */
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

    /** Something that is done on the disk. */
    interface Step<T> {
        T run() throws IOException;
    }

    /** Does something that takes or finds the upload {@code id}, and says what it means if it fails. */
    <T> T tried(UploadId id, Step<T> step) throws StoreException {
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

    /** Returns what it means that something failed that neither takes nor finds an upload. */
    StoreException failure(IOException e) {
        if (e instanceof StoreException known) {
            return known;
        }
        String text = String.valueOf(e);
        return isFull(e) ? new StoreException.Full(text, e) : new StoreException.Failed(text, e);
    }

    private boolean isFull(IOException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("No space left") || message.contains("quota exceeded")) {
            return true;
        }
        try {
            return freeSpace() == 0; // the message is in the machine's language
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

    /** Makes the names in a directory durable. */
    void forceNames(Path directory) throws IOException {
        if (durability == Durability.FORCED) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** Sets the mode of stored files. It is set explicitly, because the umask cuts. */
    void letReadersRead(Path file) throws IOException {
        if (posix) {
            Files.setPosixFilePermissions(file, fileMode);
        }
    }

    /** Returns the mode of the directories that lead to stored files: whoever may read the files may enter. */
    int readersMode() {
        int mode = 0700;
        mode |= fileMode.contains(PosixFilePermission.GROUP_READ) ? 0050 : 0;
        mode |= fileMode.contains(PosixFilePermission.OTHERS_READ) ? 0005 : 0;
        return mode;
    }

    /** Sets who may enter a directory. Its set-group-id bit and the like stay. */
    void permit(Path directory, int mode) throws IOException {
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
