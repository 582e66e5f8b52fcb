package io.github.uploadreceipts.event;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.UploadId;
import java.time.Duration;

/** What a {@link UploadListener} is told. Later versions may add members to these records. */
public sealed interface UploadEvent {

    /**
     * An upload is stored and durable, and its receipt is given out.
     *
     * @param receipt what the client gets
     */
    record Stored(UploadReceipt receipt) implements UploadEvent {}

    /**
     * A request to upload, or one with receipts, was refused.
     *
     * @param problem what the client is told
     */
    record Refused(Problem problem) implements UploadEvent {}

    /** A client went away in the middle of an upload; what it had sent is deleted. */
    record Abandoned() implements UploadEvent {}

    /**
     * A peer was sent an upload, or the front server was told to send it.
     *
     * @param id the upload
     */
    record Delivered(UploadId id) implements UploadEvent {}

    /**
     * An upload was taken under a claim.
     *
     * @param id the upload
     * @param claim the use
     */
    record Claimed(UploadId id, Claim claim) implements UploadEvent {}

    /**
     * This host has got an upload, from a peer or from its own store, and proved it.
     *
     * @param receipt the upload
     * @param fromPeer whether it was pulled over the network
     * @param duration how long that took
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
