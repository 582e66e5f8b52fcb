package io.github.uploadreceipts.handover;

import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.IOException;
import java.io.InputStream;

/**
 * A stored upload that is handed over. It is in the store of this host.
 *
 * <p>The host implements it; applications implement it in tests only. Later versions may add methods.
 */
public interface HandedOver {

    /** Returns what the receipt says. */
    UploadReceipt receipt();

    /**
     * Opens the bytes that the client sent, also of a sealed upload. The caller closes the stream.
     *
     * @throws IOException if the upload was discarded meanwhile, or the store fails
     */
    InputStream open() throws IOException;
}
