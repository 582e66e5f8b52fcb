package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An LRU cache of running SHA-256 states, keyed by {@linkplain ResumableState#incarnation incarnation}. Lost on
 * restart; recomputed from the bytes. Safe for use by several threads.
 */
final class RunningHashes {

    /**
     * A running hash.
     *
     * @param size how many bytes it has hashed
     */
    record RunningHash(long size, MessageDigest hash) {}

    private static final int MAX_ENTRIES = 10_000;
    private static final int READ_SIZE = 128 * 1024;

    private final Map<UploadId, RunningHash> known = Collections.synchronizedMap(new Lru());

    /** Removes the entry that was used longest ago when there are too many. */
    private static final class Lru extends LinkedHashMap<UploadId, RunningHash> {

        private static final long serialVersionUID = 1;

        Lru() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<UploadId, RunningHash> eldest) {
            return size() > MAX_ENTRIES;
        }
    }

    boolean has(UploadId incarnation) {
        return known.containsKey(incarnation);
    }

    void keep(UploadId incarnation, RunningHash hash) {
        known.put(incarnation, hash);
    }

    void forget(UploadId incarnation) {
        known.remove(incarnation);
    }

    /** Returns the hash of the first {@code size} bytes. Reads the bytes if the hash is not in the cache. */
    RunningHash of(UploadId incarnation, OpenPartial partial, long size) throws StoreException {
        RunningHash hash = known.get(incarnation);
        if (hash == null || hash.size() != size) {
            hash = new RunningHash(size, read(partial, size));
            known.put(incarnation, hash);
        }
        return hash;
    }

    private static MessageDigest read(OpenPartial partial, long size) throws StoreException {
        MessageDigest hash = ContentDigest.newHash();
        ByteBuffer buffer = ByteBuffer.allocate(READ_SIZE);
        for (long position = 0; position < size; position += buffer.limit()) {
            buffer.clear().limit((int) Math.min(READ_SIZE, size - position));
            int read = partial.read(buffer, position);
            if (read < 0) {
                throw new StoreException.Failed(
                        "acknowledged bytes are lost: " + size + " are acknowledged, but only " + position
                                + " are there",
                        null);
            }
            buffer.flip();
            hash.update(buffer);
        }
        return hash;
    }
}
