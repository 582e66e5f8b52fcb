package io.github.uploadreceipts.samples.album;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Writes files and directories. Once a method returns, their bytes and names survive a power cut. */
final class Durable {

    private Durable() {}

    /** Writes a file completely, or leaves the old one unchanged. Only one caller at a time may write a file. */
    static void write(Path file, byte[] content) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".draft");
        try (FileChannel out = FileChannel.open(
                draft, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            for (ByteBuffer bytes = ByteBuffer.wrap(content); bytes.hasRemaining(); ) {
                out.write(bytes);
            }
            out.force(true);
        }
        move(draft, file);
    }

    /** Moves a durable file atomically. It replaces a file of that name. */
    static void move(Path source, Path target) throws IOException {
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        force(target.resolveSibling("."));
    }

    /** Creates a directory and its parents, if they do not exist. */
    static Path createDirectories(Path directory) throws IOException {
        List<Path> changed = new ArrayList<>();
        Path absolute = directory.toAbsolutePath();
        for (Path path = absolute; path.getParent() != null && !Files.exists(path); path = path.getParent()) {
            changed.add(path.getParent());
        }
        Files.createDirectories(directory);
        for (Path parent : changed) {
            force(parent);
        }
        return directory;
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
