package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.engine.StoredUploads;
import io.github.uploadreceipts.internal.engine.UnfinishedException;
import io.github.uploadreceipts.internal.engine.WrongSizeException;
import io.github.uploadreceipts.internal.seal.SealBrokenException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;

/** An upload in this host's own store. It is read in place. */
final class OwnUpload implements HeldUpload {

    private final StoredUploads uploads;
    private final int index;
    private final UploadReceipt receipt;
    private final Location location;
    private volatile boolean released;

    private OwnUpload(StoredUploads uploads, int index, UploadReceipt receipt, Location location) {
        this.uploads = uploads;
        this.index = index;
        this.receipt = receipt;
        this.location = location;
    }

    /**
     * Reads the upload at {@code location}, which must be in this host's store, checks its digest, and returns it.
     *
     * @param index the receipt's index in its list
     */
    static OwnUpload prove(
            StoredUploads uploads, int index, UploadReceipt receipt, Location location, Deadline deadline)
            throws PeerException {
        OwnUpload upload = new OwnUpload(uploads, index, receipt, location);
        try (InputStream in = upload.openStored()) {
            if (!digest(in, deadline).equals(receipt.digest())) {
                throw PeerException.wrongBytes(Remedy.ELSEWHERE, "the bytes are not those of the receipt");
            }
        } catch (IOException e) {
            throw explaining(e, Remedy.ELSEWHERE, "reading");
        }
        return upload;
    }

    /**
     * Returns what a failure of this host's store means to a fetch.
     *
     * @param otherwise what helps if the store itself failed
     * @param doing what failed then
     */
    static PeerException explaining(IOException failure, Remedy otherwise, String doing) {
        if (failure instanceof PeerException known) {
            return known;
        }
        if (failure instanceof StoreException.Gone) {
            return PeerException.gone();
        }
        if (failure instanceof UnfinishedException unfinished) {
            return PeerException.unfinished(unfinished.verdict().status() == Verdict.Status.REFUSED);
        }
        if (failure instanceof SealBrokenException) {
            return PeerException.wrongBytes(Remedy.ELSEWHERE, "the stored bytes are not those that were sealed");
        }
        return failure instanceof WrongSizeException
                ? PeerException.wrongBytes(Remedy.ELSEWHERE, "the stored upload has another size")
                : PeerException.storage(otherwise, doing, failure);
    }

    private static ContentDigest digest(InputStream in, Deadline deadline) throws IOException {
        MessageDigest hash = ContentDigest.newHash();
        byte[] buffer = Workers.buffer();
        for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
            deadline.requireTime();
            hash.update(buffer, 0, length);
        }
        return ContentDigest.of(hash);
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
        if (released) {
            throw new IllegalStateException("the fetch of upload " + receipt.id() + " is closed");
        }
        try {
            return openStored();
        } catch (IOException e) { // another request of the same claim has discarded it, or the store is not there now
            PeerException cause = explaining(e, Remedy.NONE, "reading");
            FetchException failure =
                    new FetchException(List.of(new Failure(index, receipt.id(), cause.kind(), cause.text())));
            failure.addSuppressed(e);
            throw failure;
        }
    }

    private InputStream openStored() throws IOException {
        return uploads.open(receipt, location).open();
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

    @Override
    public void release() {
        released = true;
    }

    /** Shows the upload id only. */
    @Override
    public String toString() {
        return "FetchedUpload[" + receipt.id() + " in this host's store]";
    }
}
