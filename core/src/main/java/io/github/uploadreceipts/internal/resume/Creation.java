package io.github.uploadreceipts.internal.resume;

import java.util.Optional;

/**
 * What a client asks for when it creates a resumable upload.
 *
 * @param name the client's name for the file
 * @param type the client's media type for the file, if it gave one
 * @param length the number of bytes, if it is known
 * @param metadata the protocol's metadata, which is kept unchanged
 * @param role what it is to become
 */
public record Creation(
        String name, Optional<String> type, Optional<Long> length, Optional<String> metadata, Role role) {}
