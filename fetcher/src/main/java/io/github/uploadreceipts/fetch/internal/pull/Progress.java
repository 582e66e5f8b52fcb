package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchProgress;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Tells a listener the progress of one upload, about once per MiB. The number of bytes never decreases. */
final class Progress {

    private static final Logger LOG = System.getLogger(Loggers.FETCH);
    private static final long STEP = 1 << 20;

    private final FetchProgress listener;
    private final UploadReceipt receipt;
    private long told;

    Progress(FetchProgress listener, UploadReceipt receipt) {
        this.listener = listener;
        this.receipt = receipt;
    }

    void arrived(long bytes) {
        if (bytes - told >= STEP && bytes < receipt.size()) {
            tell(bytes);
        }
    }

    void proved() {
        tell(receipt.size());
    }

    private void tell(long bytes) {
        told = bytes;
        try {
            listener.arrived(receipt, bytes);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "the progress listener failed", e);
        }
    }
}
