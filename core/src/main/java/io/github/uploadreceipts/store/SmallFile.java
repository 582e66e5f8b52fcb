package io.github.uploadreceipts.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** Reads a file, and no link, pipe or file that would fill the memory, which somebody may have put in its place. */
final class SmallFile {

    private SmallFile() {}

    static byte[] readBytes(Path file, int most) throws IOException {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!found.isRegularFile() || found.size() > most) {
            throw new IOException(file + " is no file of this store");
        }
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            return in.readNBytes(most);
        }
    }

    static String read(Path file, int most) throws IOException {
        return new String(readBytes(file, most), StandardCharsets.UTF_8);
    }
}
