package io.github.uploadreceipts.fetch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that is created whole or not at all. */
final class NewFile {

    /** Gives the file its bytes. */
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    private NewFile() {}

    /**
     * Creates {@code target}.
     *
     * @throws java.nio.file.FileAlreadyExistsException if it is there; it stays as it is
     */
    static void write(Path target, Content content) throws IOException {
        OutputStream out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        boolean complete = false;
        try {
            try (out) {
                content.writeTo(out);
            }
            complete = true;
        } finally {
            if (!complete) {
                Files.deleteIfExists(target);
            }
        }
    }
}
