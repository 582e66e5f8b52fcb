package io.github.uploadreceipts.internal.token;

import io.github.uploadreceipts.internal.seal.SealBrokenException;
import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.internal.seal.SealedFile;
import io.github.uploadreceipts.internal.seal.Segments;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.util.Optional;

/** How the upload of a receipt is stored: plain, or sealed under the key that its receipt has. */
public final class StoredForm {

    private StoredForm() {}

    /** Returns how many bytes are stored. */
    public static long size(UploadReceipt receipt) {
        return receipt.contentKey().isPresent() ? Segments.storedSize(receipt.size()) : receipt.size();
    }

    /**
     * Returns what opens the upload, or empty if it is stored plain.
     *
     * @param storedSize how many bytes are stored
     * @throws SealBrokenException if the upload is sealed, and has another stored size
     */
    public static Optional<SealedFile> sealed(UploadReceipt receipt, long storedSize) throws SealBrokenException {
        if (receipt.contentKey().isEmpty()) {
            return Optional.empty();
        }
        SealKey key = (SealKey) receipt.contentKey().get();
        return Optional.of(SealedFile.of(key, receipt.size(), storedSize));
    }
}
