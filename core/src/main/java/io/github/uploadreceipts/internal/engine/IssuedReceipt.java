package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.receipt.UploadReceipt;

/**
 * A receipt and the token in which the client gets it.
 *
 * @param receipt what the receipt says
 * @param token what proves it; must not be logged
 */
public record IssuedReceipt(UploadReceipt receipt, String token) {

    /** Returns a text with the upload id only. */
    @Override
    public String toString() {
        return "IssuedReceipt[" + receipt.id() + "]";
    }
}
