package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A store in memory for very many small uploads. It is not thread-safe. */
public final class MemoryStore implements UploadStore {

    private final Map<UploadId, ByteArrayOutputStream> receiving = new LinkedHashMap<>();
    private final Map<UploadId, byte[]> published = new LinkedHashMap<>();

    /** Returns the bytes of the uploads that are still open, in the order of their creation. */
    public List<byte[]> receiving() {
        return receiving.values().stream()
                .map(ByteArrayOutputStream::toByteArray)
                .toList();
    }

    public boolean isEmpty() {
        return receiving.isEmpty() && published.isEmpty();
    }

    @Override
    public Incoming create(UploadId id, ExpiryHour expiry) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        receiving.put(id, content);
        return new Incoming() {
            private boolean forced;

            @Override
            public void write(ByteBuffer bytes) {
                content.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
                bytes.position(bytes.limit());
            }

            @Override
            public void force() {
                forced = true;
            }

            @Override
            public void publish(ExpiryHour hour) throws StoreException {
                if (!forced) {
                    throw new StoreException.Failed("published before it was forced", null);
                }
                published.put(id, content.toByteArray());
            }

            @Override
            public void close() {
                receiving.remove(id);
            }
        };
    }

    @Override
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean claim(UploadId id, ExpiryHour hour, Claim claim) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Claim> claimOf(UploadId id, ExpiryHour hour) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean discard(UploadId id, ExpiryHour hour) {
        return published.remove(id) != null;
    }

    @Override
    public void withdraw(UploadId id, ExpiryHour hour) {
        published.remove(id);
    }

    @Override
    public boolean isTaken(UploadId id, ExpiryHour hour) {
        return published.containsKey(id);
    }

    @Override
    public int purge(Instant now) {
        return 0;
    }

    @Override
    public long freeSpace() {
        return Long.MAX_VALUE;
    }

    @Override
    public void close() {}
}
