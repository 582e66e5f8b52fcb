package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.internal.token.StoredForm;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Location;
import java.time.Instant;
import java.util.Optional;

/**
 * One request of one host to another. It contains everything on which the response depends, so the peer token protects
 * all of that.
 *
 * @param method HEAD to look at an upload, which records no claim; POST to record the claim; GET, which records it too;
 *     PUT to keep the upload longer; DELETE to discard it
 * @param location the upload's location at the host that is asked
 * @param size the number of bytes as they are stored
 * @param digest of the stored bytes; empty if they are sealed, because nobody but the receipt may say what is in them
 * @param type the media type of the stored bytes
 * @param claim the claim under which the upload is used, if there is one
 * @param until until when the upload is to be kept, if this is asked; whole seconds
 * @param acceptUnfinished whether the upload is asked for also while its application is not done with it, or has refused
 *     it
 */
public record PeerRequest(
        String method,
        Location location,
        long size,
        Optional<ContentDigest> digest,
        String type,
        Optional<Claim> claim,
        Optional<Instant> until,
        boolean acceptUnfinished) {

    /**
     * The header field that marks the refusals of a delivery filter. A front server or a container that refuses on its
     * own account does not set it, so what it says is not about the upload.
     */
    public static final String MARK = "Upload-Delivery";

    /** The value of that field. */
    public static final String REFUSED = "refused";

    /** The media type of sealed bytes. */
    private static final String SEALED = "application/vnd.upload-receipts.sealed";

    /** Checks the size. */
    public PeerRequest {
        if (size < 0) {
            throw new IllegalArgumentException("the size is " + size + ", but must be at least 0");
        }
    }

    /** Asks for an upload that is not sealed. */
    public PeerRequest(
            String method, Location location, long size, ContentDigest digest, String type, Optional<Claim> claim) {
        this(method, location, size, Optional.of(digest), type, claim, Optional.empty(), false);
    }

    /** Returns the same request, also for an upload with which the application is not done if {@code accept} is true. */
    public PeerRequest acceptUnfinished(boolean accept) {
        return new PeerRequest(method, location, size, digest, type, claim, until, accept);
    }

    /** Asks for the upload of a receipt, as it is stored at a location. */
    public static PeerRequest of(String method, Location location, UploadReceipt receipt, Optional<Claim> claim) {
        return of(method, location, receipt, claim, Optional.empty());
    }

    /** Asks to keep the upload of a receipt until {@code until}. */
    public static PeerRequest toKeep(Location location, UploadReceipt receipt, Instant until) {
        return of("PUT", location, receipt, Optional.empty(), Optional.of(until));
    }

    private static PeerRequest of(
            String method, Location location, UploadReceipt receipt, Optional<Claim> claim, Optional<Instant> until) {
        boolean sealed = receipt.contentKey().isPresent();
        return new PeerRequest(
                method,
                location,
                StoredForm.size(receipt),
                sealed ? Optional.empty() : Optional.of(receipt.digest()),
                sealed ? SEALED : receipt.type(),
                claim,
                until,
                false);
    }

    /** Returns the strong entity tag of the stored bytes (RFC 9110, section 8.8.3). */
    public String entityTag() {
        return digest.map(ContentDigest::entityTag)
                .orElseGet(() -> '"' + location.id().toString() + '"');
    }
}
