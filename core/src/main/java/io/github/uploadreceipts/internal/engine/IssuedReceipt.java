package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.receipt.UploadReceipt;

/**
 * A receipt and the token in which the client gets it.
 *
 * @param receipt what it says
 * @param token what proves it; not for logs
 */
public record IssuedReceipt(UploadReceipt receipt, String token) {

    /** Shows the upload id only. */
    @Override
    public String toString() {
        return "IssuedReceipt[" + receipt.id() + "]";
    }
}
