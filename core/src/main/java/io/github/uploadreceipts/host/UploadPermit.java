package io.github.uploadreceipts.host;

import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.util.Optional;

/**
 * What one request may upload, and what its receipts will say beside the files.
 *
 * @param subject the user to whom the receipts are bound; 1 to 256 bytes
 * @param limits what is taken
 * @param batch the first file's place in a batch; further files take the next places
 * @param context the application's own JSON object, of at most 1 KiB, for every receipt
 */
public record UploadPermit(
        Optional<String> subject, UploadLimits limits, Optional<Batch> batch, Optional<String> context) {

    /** Checks what must fit into receipts. */
    public UploadPermit {
        UploadReceipt.requireSubject(subject);
        UploadReceipt.requireContext(context);
    }

    /** Returns a permit whose receipts are bound to nobody. */
    public static UploadPermit anyone(UploadLimits limits) {
        return new UploadPermit(Optional.empty(), limits, Optional.empty(), Optional.empty());
    }

    /** Returns a permit whose receipts are bound to {@code subject}. */
    public static UploadPermit of(String subject, UploadLimits limits) {
        return new UploadPermit(Optional.of(subject), limits, Optional.empty(), Optional.empty());
    }

    /** Returns the same with a batch. */
    public UploadPermit batch(Batch first) {
        return new UploadPermit(subject, limits, Optional.of(first), context);
    }

    /** Returns the same with a context. */
    public UploadPermit context(String json) {
        return new UploadPermit(subject, limits, batch, Optional.of(json));
    }
}
