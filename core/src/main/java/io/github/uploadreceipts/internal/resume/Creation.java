package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.receipt.ContentDigest;
import java.util.Optional;

/**
 * What a client asks for when it creates a resumable upload.
 *
 * @param name the client's name for the file
 * @param path the client's path of the file, if it is in a folder
 * @param type the client's media type for the file, if it gave one
 * @param length the number of bytes, if it is known
 * @param metadata the protocol's metadata, which is kept unchanged
 * @param digest the digest that the complete file must have, if the client says so
 * @param role what it is to become
 * @param ending when the request completes the upload
 * @param client the client's address, if it is known
 */
public record Creation(
        String name,
        Optional<String> path,
        Optional<String> type,
        Optional<Long> length,
        Optional<String> metadata,
        Optional<ContentDigest> digest,
        Role role,
        Ending ending,
        Optional<String> client) {

    /** Creates a request for an upload that its length completes. */
    public Creation(String name, Optional<String> type, Optional<Long> length, Optional<String> metadata, Role role) {
        this(
                name,
                Optional.empty(),
                type,
                length,
                metadata,
                Optional.empty(),
                role,
                Ending.BY_LENGTH,
                Optional.empty());
    }

    /** Returns a copy with the client's path. */
    public Creation at(Optional<String> place) {
        return new Creation(name, place, type, length, metadata, digest, role, ending, client);
    }

    /** Returns a copy with the client's address. */
    public Creation from(String address) {
        return new Creation(name, path, type, length, metadata, digest, role, ending, Optional.of(address));
    }
}
