package io.github.uploadreceipts.host;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.UploadId;
import java.time.Duration;

/**
 * What happens on a host, for logs, metrics and audit. Every method does nothing by default.
 *
 * <p>Called on the thread on which it happens, so implementations are quick and safe for use by several threads. What they
 * throw is logged and changes nothing.
 */
public interface UploadListener {

    /** An upload is stored and durable; its receipt is about to be given out. */
    default void stored(UploadReceipt receipt) {}

    /** A request to upload, or one with receipts, was refused. */
    default void refused(Problem problem) {}

    /** A client went away in the middle of an upload; what it had sent is deleted. */
    default void abandoned() {}

    /** A peer was sent an upload, or the front server was told to send it. */
    default void delivered(UploadId id) {}

    /** An upload was taken under a claim. */
    default void claimed(UploadId id, Claim claim) {}

    /** This host has got an upload, from a peer or from its own store, and proved it. */
    default void fetched(UploadReceipt receipt, boolean fromPeer, Duration duration) {}

    /** An upload was deleted after use. */
    default void discarded(UploadId id) {}

    /** The uploads of this many expired hours were deleted. */
    default void purged(int hours) {}
}
