package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.seal.SealedFile;
import io.github.uploadreceipts.internal.token.StoredForm;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Location;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A copy of an upload that was pulled from a peer, in its own file. */
final class PulledUpload implements HeldUpload {

    private static final Logger LOG = System.getLogger(Loggers.FETCH);

    private final UploadReceipt receipt;
    private final Location location;
    private volatile @Nullable Path file;

    PulledUpload(UploadReceipt receipt, Location location, Path file) {
        this.receipt = receipt;
        this.location = location;
        this.file = file;
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
        return false;
    }

    private Path requireFile() {
        Path here = file;
        if (here == null) {
            throw new IllegalStateException("the copy of upload " + receipt.id() + " was moved away or deleted");
        }
        return here;
    }

    @Override
    public InputStream open() throws IOException {
        Path here = requireFile();
        Optional<SealedFile> sealed = StoredForm.sealed(receipt, Files.size(here));
        InputStream stored = Files.newInputStream(here);
        return sealed.map(file -> file.open(0, receipt.size(), stored)).orElse(stored);
    }

    private boolean isSealed() {
        return receipt.contentKey().isPresent();
    }

    @Override
    public void moveTo(Path target) throws IOException {
        if (isSealed()) {
            copyTo(target);
            release();
        } else {
            NewFile.move(requireFile(), target);
            file = null;
        }
    }

    @Override
    public void copyTo(Path target) throws IOException {
        NewFile.write(target, this::copyTo);
    }

    @Override
    public void copyTo(OutputStream target) throws IOException {
        try (InputStream plain = open()) {
            plain.transferTo(target);
        }
    }

    /** Hands out no file of sealed bytes. */
    @Override
    public Optional<Path> path() {
        return isSealed() ? Optional.empty() : Optional.of(requireFile());
    }

    /** Deletes the copy, unless it was moved away. If that fails, the copy is deleted together with its directory. */
    @Override
    public void release() {
        Path here = file;
        file = null;
        try {
            if (here != null) {
                Files.deleteIfExists(here);
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "a fetched file could not be deleted: " + e);
        }
    }

    /** Shows the upload id and the peer. */
    @Override
    public String toString() {
        return "FetchedUpload[" + receipt.id() + " from " + location.base() + "]";
    }
}
