package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.receipt.UploadReceipt;

/** Is told the progress of fetches, for progress bars. Exceptions that it throws are logged and otherwise ignored. */
@FunctionalInterface
public interface FetchProgress {

    /**
     * Is called when more of an upload has arrived: about once per MiB, and once more with the receipt's size when the
     * upload is complete and proved. Within one fetch {@code bytes} never decreases, even if a broken pull starts
     * again.
     *
     * <p>The fetcher's threads call this, for several uploads at once. It must return quickly.
     *
     * @param receipt the upload
     * @param bytes how many of its bytes have arrived
     */
    void arrived(UploadReceipt receipt, long bytes);
}
