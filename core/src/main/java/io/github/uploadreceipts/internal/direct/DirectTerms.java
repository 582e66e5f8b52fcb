package io.github.uploadreceipts.internal.direct;

import io.github.uploadreceipts.internal.engine.FileTerms;
import io.github.uploadreceipts.store.ExpiryHour;
import java.time.Instant;

/**
 * What a record token says: an upload whose bytes a client may write straight to the store.
 *
 * @param terms the terms of the file
 * @param incoming where the client writes the bytes
 * @param size how many bytes it has declared; or, if the upload is a named one, how many it may have
 * @param expiresAt when the upload expires, whichever host records it; whole seconds
 */
record DirectTerms(FileTerms terms, DirectStore.Incoming incoming, long size, Instant expiresAt) {

    ExpiryHour hour() {
        return ExpiryHour.of(expiresAt);
    }
}
