package io.github.uploadreceipts.fetch.internal.pull;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Creates files that are either complete and durable, or do not exist. */
final class NewFile {

    /** Writes the content of the file. */
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    private NewFile() {}

    /**
     * Creates {@code target}.
     *
     * @throws FileAlreadyExistsException if {@code target} exists; it stays unchanged
     */
    static void write(Path target, Content content) throws IOException {
        FileChannel file = FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        boolean complete = false;
        try {
            try (file) {
                content.writeTo(Channels.newOutputStream(file));
                file.force(true);
            }
            forceName(target);
            complete = true;
        } finally {
            if (!complete) {
                Files.deleteIfExists(target);
            }
        }
    }

    /**
     * Moves {@code source} to {@code target}. If the two are on different file systems, it is copied and then deleted.
     *
     * @throws FileAlreadyExistsException if {@code target} exists; it stays unchanged
     * @throws IOException if the move fails; {@code source} then stays where it was
     */
    static void move(Path source, Path target) throws IOException {
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        try (FileChannel file = FileChannel.open(source, StandardOpenOption.WRITE)) {
            file.force(true);
        }
        try {
            Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            write(target, out -> Files.copy(source, out));
            Files.delete(source);
            return;
        }
        try {
            forceName(target);
        } catch (IOException e) {
            Files.move(target, source);
            throw e;
        }
    }

    private static void forceName(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException(file + " is a directory");
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
