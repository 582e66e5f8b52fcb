package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.internal.seal.SealBrokenException;
import io.github.uploadreceipts.internal.seal.SealedFile;
import io.github.uploadreceipts.internal.token.StoredForm;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * A file that an upload is pulled into, as its owner stores it. Its bytes come in order, from one or more responses. A
 * sealed upload stays sealed; it is opened while it arrives, and its plain bytes are hashed and forgotten.
 */
final class PulledFile implements Closeable {

    private final Path path;
    private final UploadReceipt receipt;
    private final Optional<SealedFile> sealed;
    private final FileChannel channel;
    private final MessageDigest hash = ContentDigest.newHash();
    private long offset;
    private int responses;

    /** @param path an empty file */
    PulledFile(Path path, UploadReceipt receipt) throws IOException {
        this.path = path;
        this.receipt = receipt;
        this.sealed = StoredForm.sealed(receipt, StoredForm.size(receipt));
        this.channel = FileChannel.open(path, StandardOpenOption.WRITE);
    }

    Path path() {
        return path;
    }

    /** Returns at which stored byte to continue. */
    long offset() {
        return sealed.map(file -> file.stored(offset, receipt.size() - offset).first())
                .orElse(offset);
    }

    /** Throws away the bytes so far. */
    void restart() throws PeerException {
        hash.reset();
        offset = 0;
        responses = 0;
        truncate(0);
    }

    private void truncate(long size) throws PeerException {
        try {
            channel.truncate(size);
            channel.position(size);
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
        truncate(offset()); // of a segment that was cut off, nothing was opened
        InputStream plain = plain(new WrittenStream(body, minRate, StoredForm.size(receipt) - offset()));
        byte[] buffer = Workers.buffer();
        for (int length = read(plain, buffer); length >= 0; length = read(plain, buffer)) {
            deadline.requireTime();
            if (length > receipt.size() - offset) {
                throw PeerException.wrongBytes(Remedy.ELSEWHERE, "the peer sends more than was asked for");
            }
            hash.update(buffer, 0, length);
            offset += length;
            progress.arrived(offset);
        }
    }

    private InputStream plain(InputStream stored) {
        return sealed.map(file -> file.open(offset, receipt.size() - offset, stored))
                .orElse(stored);
    }

    /** If responses came from several files, to begin anew may help. */
    private int read(InputStream plain, byte[] buffer) throws IOException {
        try {
            return plain.read(buffer);
        } catch (SealBrokenException e) {
            Remedy remedy = responses > 1 ? Remedy.RETRY : Remedy.ELSEWHERE;
            restart();
            throw PeerException.wrongBytes(remedy, "the bytes are not those that were sealed");
        }
    }

    /** Writes what is read from it to the file. It must come at the minimum rate, but for the end. */
    private final class WrittenStream extends FilterInputStream {

        private final MinRate minRate;
        private final long expected;
        private final long start = System.nanoTime();
        private long received;

        WrittenStream(InputStream body, MinRate minRate, long expected) {
            super(body);
            this.minRate = minRate;
            this.expected = expected;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            int count = super.read(into, from, length);
            if (count > 0) {
                write(ByteBuffer.wrap(into, from, count));
                received += count;
            }
            if (count > 0 && received < expected) {
                minRate.require(received, start);
            }
            return count;
        }
    }

    private void write(ByteBuffer bytes) throws PeerException {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
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
