package io.github.uploadreceipts.store;

import io.github.uploadreceipts.internal.disk.LockedDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Small files that are complete and durable before they get their final names. */
final class Drafts {

    private final LockedDirectory incoming;
    private final Disk disk;

    /** @param incoming where the drafts are written */
    Drafts(LockedDirectory incoming, Disk disk) {
        this.incoming = incoming;
        this.disk = disk;
    }

    /** Gives a draft its final name, by a link or a move. */
    interface Placing {
        void place(Path draft) throws IOException;
    }

    /**
     * Writes {@code content} to a durable draft, lets {@code placing} give it its final name, and deletes what is left.
     */
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
        } catch (NoSuchFileException e) { // Disk.run would take it to mean that the upload is gone
            throw new IOException("the directory in which this JVM receives is gone: " + draft.getParent(), e);
        }
    }
}
