package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A store in memory that fails when told to, and knows what is left. */
final class FakeStore implements UploadStore {

    final Map<String, byte[]> published = new LinkedHashMap<>();
    final List<UploadId> receiving = new ArrayList<>();
    final BlockingQueue<Instant> purges = new LinkedBlockingQueue<>();
    volatile String failing = "";
    volatile IOException failure = new IOException("Input/output error");
    volatile long freeSpace = Long.MAX_VALUE;
    volatile boolean closed;

    private void step(String name) throws IOException {
        if (failing.equals(name)) {
            throw failure;
        }
    }

    @Override
    public Incoming create(UploadId id) throws IOException {
        step("create");
        receiving.add(id);
        return new Incoming() {
            private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

            @Override
            public void write(ByteBuffer piece) throws IOException {
                step("write");
                byte[] copy = new byte[piece.remaining()];
                piece.get(copy);
                bytes.writeBytes(copy);
            }

            @Override
            public void force() throws IOException {
                step("force");
            }

            @Override
            public void publish(ExpiryHour hour) throws IOException {
                step("publish");
                published.put(hour + "/" + id, bytes.toByteArray());
            }

            @Override
            public void close() throws IOException {
                receiving.remove(id);
                step("close");
            }
        };
    }

    @Override
    public boolean isTaken(UploadId id, ExpiryHour hour) {
        return published.containsKey(hour + "/" + id);
    }

    @Override
    public void withdraw(UploadId id, ExpiryHour hour) {
        throw new UnsupportedOperationException();
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
    public boolean discard(UploadId id, ExpiryHour hour) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int purge(Instant now) throws IOException {
        purges.add(now);
        step("purge");
        return 3;
    }

    @Override
    public long freeSpace() throws IOException {
        step("freeSpace");
        return freeSpace;
    }

    @Override
    public void close() {
        closed = true;
    }
}
