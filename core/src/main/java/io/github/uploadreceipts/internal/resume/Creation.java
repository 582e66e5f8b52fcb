package io.github.uploadreceipts.internal.resume;

import java.util.Optional;

/**
 * What is asked for when a resumable upload is created.
 *
 * @param name the client's
 * @param type the client's media type, if it gave one
 * @param length in bytes, if it is known
 * @param metadata to be kept as it is
 * @param role what it is to become
 */
public record Creation(
        String name, Optional<String> type, Optional<Long> length, Optional<String> metadata, Role role) {}
