package io.github.uploadreceipts.internal.peer;

import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Location;
import java.util.Optional;

/**
 * One request of one host to another. Everything that decides the answer is here, and so under the peer token's seal.
 *
 * @param method GET, HEAD or DELETE
 * @param location the upload, at the host that is asked
 * @param size bytes
 * @param digest of the plain bytes
 * @param type the media type
 * @param claim under which the upload is used, if under any
 */
public record PeerRequest(
        String method, Location location, long size, ContentDigest digest, String type, Optional<Claim> claim) {

    /** Checks the size. */
    public PeerRequest {
        if (size < 0) {
            throw new IllegalArgumentException("the size is negative");
        }
    }
}
