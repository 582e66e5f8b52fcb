package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.receipt.UploadReceipt;

/** Told how fetching goes on, for progress bars. What it throws is logged and changes nothing. */
@FunctionalInterface
public interface FetchProgress {

    /**
     * Some of an upload has arrived. Called about once per MiB, and once more with the receipt's size when the upload is
     * complete and proved. Within one fetch the number never falls, though a broken pull may have to start again.
     *
     * <p>Called on the fetcher's threads, on several at a time for several uploads, so it is quick.
     *
     * @param receipt the upload
     * @param bytes how many of its bytes are here
     */
    void arrived(UploadReceipt receipt, long bytes);
}
