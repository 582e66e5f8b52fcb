package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/** A file that an upload is pulled into. Its bytes are hashed as they arrive, in order, from one or more responses. */
final class PulledFile implements Closeable {

    private final Path path;
    private final UploadReceipt receipt;
    private final FileChannel channel;
    private final MessageDigest hash = ContentDigest.newHash();
    private long offset;
    private int responses;

    /** @param path an empty file */
    PulledFile(Path path, UploadReceipt receipt) throws IOException {
        this.path = path;
        this.receipt = receipt;
        this.channel = FileChannel.open(path, StandardOpenOption.WRITE);
    }

    Path path() {
        return path;
    }

    /** Returns how many bytes were written, which is the offset to continue at. */
    long offset() {
        return offset;
    }

    /** Throws away the bytes so far. */
    void restart() throws PeerException {
        hash.reset();
        offset = 0;
        responses = 0;
        try {
            channel.truncate(0);
        } catch (IOException e) {
            throw PeerException.storage(Remedy.NONE, "writing", e);
        }
    }

    /**
     * Appends all of {@code body}, which continues where the last response ended.
     *
     * @throws IOException if the connection breaks; the bytes so far are kept
     */
    void append(InputStream body, MinRate minRate, Deadline deadline, Progress progress)
            throws PeerException, IOException {
        responses++;
        long start = System.nanoTime();
        long before = offset;
        byte[] buffer = Workers.buffer();
        for (int length = body.read(buffer); length >= 0; length = body.read(buffer)) {
            deadline.requireTime();
            if (length > receipt.size() - offset) {
                throw PeerException.wrongBytes(Remedy.ELSEWHERE, "the peer sends more than was asked for");
            }
            hash.update(buffer, 0, length);
            write(ByteBuffer.wrap(buffer, 0, length));
            progress.arrived(offset);
            if (offset < receipt.size()) {
                minRate.require(offset - before, start);
            }
        }
    }

    private void write(ByteBuffer bytes) throws PeerException {
        try {
            while (bytes.hasRemaining()) {
                offset += channel.write(bytes);
            }
        } catch (IOException e) {
            throw PeerException.storage(Remedy.NONE, "writing", e);
        }
    }

    /**
     * Checks size and digest. If they are wrong, discards the bytes. If they came in several responses, a retry may
     * help: the responses may have come from different files.
     */
    void prove() throws PeerException {
        boolean right = offset == receipt.size() && ContentDigest.of(hash).equals(receipt.digest());
        if (!right) {
            Remedy remedy = responses > 1 ? Remedy.RETRY : Remedy.ELSEWHERE;
            restart();
            throw PeerException.wrongBytes(remedy, "the bytes are not those of the receipt");
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
