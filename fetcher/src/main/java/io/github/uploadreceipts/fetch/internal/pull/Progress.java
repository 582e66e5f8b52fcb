package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchProgress;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Counts the progress of one upload, and tells it to a listener about once per MiB. It never decreases. */
final class Progress {

    private static final Logger LOG = System.getLogger(Loggers.FETCH);
    private static final long STEP = 1 << 20;

    private final FetchProgress listener;
    private final UploadReceipt receipt;
    private final Arrived arrived;
    private long counted;
    private long told;

    Progress(FetchProgress listener, UploadReceipt receipt, Arrived arrived) {
        this.listener = listener;
        this.receipt = receipt;
        this.arrived = arrived;
    }

    void arrived(long bytes) {
        count(bytes);
        if (bytes - told >= STEP && bytes < receipt.size()) {
            tell(bytes);
        }
    }

    void proved() {
        count(receipt.size());
        arrived.proved();
        tell(receipt.size());
    }

    private void count(long bytes) {
        if (bytes > counted) {
            arrived.add(bytes - counted);
            counted = bytes;
        }
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
