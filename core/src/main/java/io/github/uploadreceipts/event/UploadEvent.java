package io.github.uploadreceipts.event;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.UploadId;
import java.time.Duration;

/** What an {@link UploadListener} is told. Later versions may add components to these records. */
public sealed interface UploadEvent {

    /**
     * An upload is stored and durable, and the client gets its receipt.
     *
     * @param receipt what the receipt says
     */
    record Stored(UploadReceipt receipt) implements UploadEvent {}

    /**
     * A request with an upload, or with receipts, was refused.
     *
     * @param problem what the client is told
     */
    record Refused(Problem problem) implements UploadEvent {}

    /** A client went away in the middle of an upload. The bytes that it had sent are deleted. */
    record Abandoned() implements UploadEvent {}

    /**
     * This host has sent an upload to a peer, or has told its front server to send it.
     *
     * @param id the upload
     */
    record Delivered(UploadId id) implements UploadEvent {}

    /**
     * An upload was claimed: it now belongs to one use of a set of receipts.
     *
     * @param id the upload
     * @param claim the id of that use
     */
    record Claimed(UploadId id, Claim claim) implements UploadEvent {}

    /**
     * This host has fetched an upload, from a peer or from its own store, and has verified its bytes.
     *
     * @param receipt the upload's receipt
     * @param fromPeer whether the upload was pulled from a peer
     * @param duration how long the fetch took
     */
    record Fetched(UploadReceipt receipt, boolean fromPeer, Duration duration) implements UploadEvent {}

    /**
     * An upload was discarded after use.
     *
     * @param id the upload
     */
    record Discarded(UploadId id) implements UploadEvent {}

    /**
     * Expired uploads were purged.
     *
     * @param hours how many expired hours were deleted with all their uploads
     */
    record Purged(int hours) implements UploadEvent {}
}
