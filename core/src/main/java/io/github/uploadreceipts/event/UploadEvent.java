package io.github.uploadreceipts.event;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * What an {@link UploadListener} is told. Later versions may add kinds of events, and components to these records.
 *
 * <p>The events of an upload have its id. No event has a token, a key or a path.
 */
public interface UploadEvent {

    /** The way in which an upload comes. */
    enum Way {
        /** A part of a form, {@code multipart/form-data}. */
        MULTIPART,
        /** The body of a request. */
        RAW,
        /** tus 1.0.0. */
        TUS,
        /** Resumable Uploads for HTTP; also a partial upload whose bytes are all there when it is concatenated. */
        RESUMABLE,
        /** A file in the form of a final request. */
        FINAL_REQUEST
    }

    /** What refuses a request. */
    enum Place {
        /** The upload filter, to a client. */
        UPLOAD,
        /** The upload filter, to a peer that relays the request of a client. The peer passes the refusal on. */
        RELAY,
        /** The receipts filter, or the application behind it. */
        FINAL_REQUEST,
        /** The delivery filter, to a peer, or to a stranger who asks in its place. */
        DELIVERY,
        /** The share filter, to a person who downloads, or to a program. */
        LINK
    }

    /**
     * All bytes of an upload have come. It is not stored yet, and may still be refused or withdrawn. Of a concatenation
     * each part is told, and not the whole.
     *
     * @param id the upload
     * @param bytes how many they are
     * @param duration how long they took; of a resumable upload since it was created, with its breaks, or since its last
     *     request began if it was created before the host was started
     * @param way how they came
     */
    record Received(UploadId id, long bytes, Duration duration, Way way) implements UploadEvent {}

    /**
     * An upload is stored and durable, and the client gets its receipt.
     *
     * @param receipt what the receipt says
     */
    record Stored(UploadReceipt receipt) implements UploadEvent {}

    /**
     * A request was refused.
     *
     * @param problem what the client, or the peer, is told
     * @param place what refused it
     * @param id the upload, if the request is about one; of several files in a form, the one that was being received
     */
    record Refused(Problem problem, Place place, Optional<UploadId> id) implements UploadEvent {}

    /**
     * A request has appended bytes to a resumable upload, and they are durable.
     *
     * @param id the upload
     * @param offset how many bytes the upload had before
     * @param bytes how many were appended; fewer than the client sent if the request broke off
     */
    record Appended(UploadId id, long offset, long bytes) implements UploadEvent {}

    /**
     * A client goes on with a resumable upload that has bytes already: after a break, or with its next request, if it
     * sends the upload in several.
     *
     * @param id the upload
     * @param offset where it goes on
     */
    record Resumed(UploadId id, long offset) implements UploadEvent {}

    /**
     * A request about a resumable upload has stopped another one that was still appending to it. Its client has
     * reconnected, in most cases, before the host noticed that the old connection is dead.
     *
     * @param id the upload
     * @param offset how many bytes the upload has
     */
    record TakenOver(UploadId id, long offset) implements UploadEvent {}

    /**
     * A client went away in the middle of an upload, or before it got its receipt. The bytes that it had sent are
     * deleted. This is not told of a resumable upload whose URL the client has: it may come back.
     *
     * @param id the upload that was being received, or the last one of the request, if one had begun
     * @param bytes how many bytes of the request had come
     */
    record Abandoned(Optional<UploadId> id, long bytes) implements UploadEvent {}

    /**
     * This host has relayed the request of a client to the peer that keeps the upload, or has room for it, and the peer
     * has responded. What the peer did, its own listener is told.
     *
     * @param id the upload, if it existed before
     * @param peer the internal URL of the peer
     * @param duration from the connection to the response
     */
    record Relayed(Optional<UploadId> id, URI peer, Duration duration) implements UploadEvent {}

    /**
     * This host has sent an upload to a peer, or has told its front server to send it.
     *
     * @param id the upload
     */
    record Delivered(UploadId id) implements UploadEvent {}

    /**
     * A client downloads an upload by a share link: this host begins to send it, or has told its front server to. The
     * listener is not told again when a client continues in the middle of the upload.
     *
     * @param id the upload
     * @param own whether the upload is in this host's own store; if not, it comes from a peer
     */
    record LinkUsed(UploadId id, boolean own) implements UploadEvent {}

    /**
     * A part of the application has responded to the hand-over of an upload.
     *
     * @param id the upload
     * @param party the name of that part
     * @param status what it has said; after <i>waiting</i> this is told again
     */
    record HandedOver(UploadId id, String party, Verdict.Status status) implements UploadEvent {}

    /**
     * A part of the application could not be told of an upload. It is told again later.
     *
     * @param id the upload
     * @param party the name of that part
     * @param attempt how many attempts have failed, with this one
     */
    record HandOverFailed(UploadId id, String party, int attempt) implements UploadEvent {}

    /**
     * An upload has expired before a part of the application was done with it. Nobody has used it.
     *
     * @param id the upload
     * @param party the name of that part
     */
    record HandOverExpired(UploadId id, String party) implements UploadEvent {}

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
     * @param peer the internal URL of the peer; empty if the upload was in this host's own store
     * @param duration how long the fetch took
     */
    record Fetched(UploadReceipt receipt, Optional<URI> peer, Duration duration) implements UploadEvent {}

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
