package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import java.util.Optional;

/**
 * The status of a resumable upload.
 *
 * @param offset how many bytes are durable
 * @param length the number of bytes, if it is known
 * @param maxSize how many bytes the file may have at most
 * @param metadata as the client sent it
 * @param role what the upload is to become
 * @param complete whether all bytes have come
 * @param receipt the receipt of the complete file; never of a partial upload
 */
public record Status(
        long offset,
        Optional<Long> length,
        long maxSize,
        Optional<String> metadata,
        Role role,
        boolean complete,
        Optional<IssuedReceipt> receipt) {

    /** Returns the status of an upload. It has no receipt of a partial upload, because clients do not get that. */
    static Status of(ResumableState state, long offset, Optional<IssuedReceipt> receipt) {
        return new Status(
                offset,
                state.length(),
                state.terms().maxSize(),
                state.metadata(),
                state.role(),
                state.done().isPresent(),
                state.role() == Role.PARTIAL ? Optional.empty() : receipt);
    }

    /** Returns the status of an upload that was created just now. */
    public static Status created(Optional<Long> length, long maxSize, Role role) {
        return new Status(0, length, maxSize, Optional.empty(), role, false, Optional.empty());
    }
}
