package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.receipt.ContentDigest;
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
 * @param size the number of bytes
 * @param digest of the plain bytes
 * @param type the media type
 * @param claim the claim under which the upload is used, if there is one
 * @param until until when the upload is to be kept, if this is asked; whole seconds
 */
public record PeerRequest(
        String method,
        Location location,
        long size,
        ContentDigest digest,
        String type,
        Optional<Claim> claim,
        Optional<Instant> until) {

    /**
     * The header field that marks the refusals of a delivery filter. A front server or a container that refuses on its
     * own account does not set it, so what it says is not about the upload.
     */
    public static final String MARK = "Upload-Delivery";

    /** The value of that field. */
    public static final String REFUSED = "refused";

    /** Checks the size. */
    public PeerRequest {
        if (size < 0) {
            throw new IllegalArgumentException("the size is " + size + ", but must be at least 0");
        }
    }

    /** Asks for anything but to keep an upload longer. */
    public PeerRequest(
            String method, Location location, long size, ContentDigest digest, String type, Optional<Claim> claim) {
        this(method, location, size, digest, type, claim, Optional.empty());
    }

    /** Asks to keep an upload until {@code until}. */
    public static PeerRequest toKeep(Location location, long size, ContentDigest digest, String type, Instant until) {
        return new PeerRequest("PUT", location, size, digest, type, Optional.empty(), Optional.of(until));
    }
}
