package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.disk.LockedDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Small files that are written whole and durable before they get their names. */
final class Drafts {

    private final LockedDirectory incoming;
    private final Disk disk;

    /** @param incoming where they are written */
    Drafts(LockedDirectory incoming, Disk disk) {
        this.incoming = incoming;
        this.disk = disk;
    }

    /** Links or moves a draft. */
    interface Placing {
        void place(Path draft) throws IOException;
    }

    /** Writes a durable file of this content, has {@code placing} put it in its place, and deletes what is left. */
    void place(String suffix, byte[] content, Placing placing) throws IOException {
        Path draft = incoming.resolve(UploadId.random() + suffix);
        try {
            write(draft, content);
            placing.place(draft);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private void write(Path draft, byte[] content) throws IOException {
        try (FileChannel out = FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            Disk.writeFully(out, ByteBuffer.wrap(content));
            disk.force(out);
        } catch (NoSuchFileException e) { // which would say that the upload is gone
            throw new IOException("the directory in which this JVM receives is gone: " + draft.getParent(), e);
        }
    }
}
