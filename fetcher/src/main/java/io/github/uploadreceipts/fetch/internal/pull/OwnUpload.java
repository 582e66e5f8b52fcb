package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;

/** An upload that lies in this host's own store, and is read there. */
final class OwnUpload implements FetchedUpload {

    private final UploadStore store;
    private final UploadReceipt receipt;
    private final Location location;
    private volatile boolean released;

    private OwnUpload(UploadStore store, UploadReceipt receipt, Location location) {
        this.store = store;
        this.receipt = receipt;
        this.location = location;
    }

    /** Returns the upload at {@code location}, which is this host's, after one pass over its bytes. */
    static OwnUpload prove(UploadStore store, UploadReceipt receipt, Location location, Deadline deadline)
            throws PeerException {
        OwnUpload upload = new OwnUpload(store, receipt, location);
        try (SeekableByteChannel channel = upload.openChannel()) {
            if (!digest(channel, deadline).equals(receipt.digest())) {
                throw PeerException.wrongBytes(Remedy.ELSEWHERE, "the bytes are not those of the receipt");
            }
        } catch (NoSuchFileException e) {
            throw PeerException.gone();
        } catch (PeerException e) {
            throw e;
        } catch (IOException e) {
            throw PeerException.storage(Remedy.ELSEWHERE, "reading", e);
        }
        return upload;
    }

    private static ContentDigest digest(SeekableByteChannel channel, Deadline deadline) throws IOException {
        MessageDigest hash = ContentDigest.newHash();
        ByteBuffer buffer = ByteBuffer.wrap(Workers.buffer());
        while (channel.read(buffer) >= 0) {
            deadline.requireTime();
            hash.update(buffer.flip());
            buffer.clear();
        }
        return ContentDigest.of(hash);
    }

    private SeekableByteChannel openChannel() throws IOException {
        if (released) {
            throw new IllegalStateException("the fetch of upload " + receipt.id() + " is closed");
        }
        StoredUpload stored = store.find(location.id(), location.hour())
                .orElseThrow(() -> new NoSuchFileException(location.id().toString()));
        if (stored.size() != receipt.size()) {
            throw PeerException.wrongBytes(Remedy.ELSEWHERE, "the stored upload has another size");
        }
        return stored.open();
    }

    @Override
    public UploadReceipt receipt() {
        return receipt;
    }

    @Override
    public Location location() {
        return location;
    }

    @Override
    public boolean isLocal() {
        return true;
    }

    @Override
    public InputStream open() throws IOException {
        return Channels.newInputStream(openChannel());
    }

    @Override
    public void moveTo(Path target) throws IOException {
        copyTo(target);
    }

    @Override
    public void copyTo(Path target) throws IOException {
        NewFile.write(target, this::copyTo);
    }

    @Override
    public void copyTo(OutputStream target) throws IOException {
        try (InputStream in = open()) {
            in.transferTo(target);
        }
    }

    @Override
    public Optional<Path> path() {
        return Optional.empty();
    }

    void release() {
        released = true;
    }

    /** Shows the upload id only. */
    @Override
    public String toString() {
        return "FetchedUpload[" + receipt.id() + " in this host's store]";
    }
}
