package io.github.uploadreceipts.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Small files that are complete and durable before they get their final names. */
final class Drafts {

    private final ReceivingDirectory receiving;
    private final Disk disk;

    /** @param receiving where the drafts are written */
    Drafts(ReceivingDirectory receiving, Disk disk) {
        this.receiving = receiving;
        this.disk = disk;
    }

    /** Gives a draft its final name, by a link or a move. */
    interface Placing<T> {
        T place(Path draft) throws IOException;
    }

    /**
     * Writes {@code content} to a durable draft, lets {@code placing} give it its final name, and deletes what is left.
     */
    <T> T place(String suffix, byte[] content, Placing<T> placing) throws IOException {
        return place(written(suffix, content), placing);
    }

    /**
     * Places a draft of an upload that is there, as {@link #place(String, byte[], Placing)} does. Gives up spares only to
     * write it: {@code placing} may wait for a lock, whose holder may need spares.
     */
    <T> T place(Spares spares, String suffix, byte[] content, Placing<T> placing) throws IOException {
        return place(spares.forKnown(() -> written(suffix, content)), placing);
    }

    private <T> T place(Path draft, Placing<T> placing) throws IOException {
        try {
            return placing.place(draft);
        } finally {
            receiving.delete(draft);
        }
    }

    private Path written(String suffix, byte[] content) throws IOException {
        Path draft = receiving.resolve(UploadId.random() + suffix);
        boolean written = false;
        try {
            write(draft, content);
            written = true;
            return draft;
        } finally {
            if (!written) {
                receiving.delete(draft);
            }
        }
    }

    private void write(Path draft, byte[] content) throws IOException {
        try (FileChannel out = receiving.create(draft)) {
            Disk.writeFully(out, ByteBuffer.wrap(content));
            disk.force(out);
        }
    }
}
