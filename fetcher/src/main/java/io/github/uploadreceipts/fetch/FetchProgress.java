package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.receipt.UploadReceipt;

/** Told of the progress of fetches, for progress bars. What it throws is logged, and changes nothing. */
@FunctionalInterface
public interface FetchProgress {

    /**
     * Some of an upload has arrived. Called about once per MiB, and once more with the receipt's size when the upload is
     * complete and proved. Within one fetch the number never decreases, even if a broken pull starts again.
     *
     * <p>Called on the fetcher's threads, for several uploads at once, and must return quickly.
     *
     * @param receipt the upload
     * @param bytes how many of its bytes are here
     */
    void arrived(UploadReceipt receipt, long bytes);
}
