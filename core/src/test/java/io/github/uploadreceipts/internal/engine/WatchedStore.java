package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.internal.resume.PartialStore;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A store on the disk that watches what is done to uploads that come in several requests, and fails when told to. */
final class WatchedStore implements UploadStore {

    final AtomicLong bytesRead = new AtomicLong();
    final AtomicInteger open = new AtomicInteger();
    final List<String> steps = new CopyOnWriteArrayList<>();
    /** One is taken by each acknowledgement, while it lasts. */
    final Semaphore acknowledging = new Semaphore(1);

    /** What somebody else does, once, before the next upload is opened. */
    volatile Meanwhile beforeOpening = () -> {};

    volatile long freeSpace = Long.MAX_VALUE;
    private volatile String failing = "";

    private final LocalUploadStore store;
    private final PartialStore partials;

    /** Something that another process does. */
    interface Meanwhile {
        void happens() throws IOException, UploadRefusedException;
    }

    WatchedStore(Path root) throws IOException {
        store = LocalUploadStore.builder(root).durability(Durability.BUFFERED).open();
        partials = store.partials().orElseThrow();
    }

    /** The next such step fails, before it does anything. */
    void fail(String step) {
        failing = step;
    }

    private void step(String name) throws IOException {
        steps.add(name);
        if (failing.equals(name)) {
            failing = "";
            throw new IOException("Input/output error");
        }
    }

    @Override
    public Optional<PartialStore> partials() {
        return Optional.of(new PartialStore() {
            @Override
            public void create(UploadId id, ExpiryHour hour, String state) throws IOException {
                step("create");
                partials.create(id, hour, state);
            }

            @Override
            public Optional<Snapshot> find(UploadId id, ExpiryHour hour) throws IOException {
                return partials.find(id, hour);
            }

            @Override
            public Optional<Partial> open(UploadId id, ExpiryHour hour) throws IOException {
                Meanwhile meanwhile = beforeOpening;
                beforeOpening = () -> {};
                try {
                    meanwhile.happens();
                } catch (UploadRefusedException e) {
                    throw new IllegalStateException(e);
                }
                return partials.open(id, hour).map(partial -> new Watched(partial));
            }

            @Override
            public boolean delete(UploadId id, ExpiryHour hour) throws IOException {
                return partials.delete(id, hour);
            }
        });
    }

    private final class Watched implements PartialStore.Partial {

        private final PartialStore.Partial partial;

        Watched(PartialStore.Partial partial) {
            this.partial = partial;
            open.incrementAndGet();
        }

        @Override
        public PartialStore.Snapshot snapshot() {
            return partial.snapshot();
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            int read = partial.read(into, position);
            bytesRead.addAndGet(read);
            return read;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            partial.write(bytes);
        }

        @Override
        public void force() throws IOException {
            partial.force();
        }

        @Override
        public void acknowledge(long size) throws IOException {
            acknowledging.acquireUninterruptibly();
            try {
                step("acknowledge " + size);
                partial.acknowledge(size);
            } catch (IOException e) {
                steps.add("failed");
                throw e;
            } finally {
                acknowledging.release();
            }
        }

        @Override
        public void confirm() throws IOException {
            step("confirm");
            partial.confirm();
        }

        @Override
        public void cutBack() throws IOException {
            partial.cutBack();
        }

        @Override
        public void replaceState(String state) throws IOException {
            step("state");
            partial.replaceState(state);
        }

        @Override
        public void publish(ExpiryHour hour) throws IOException {
            step("publish");
            partial.publish(hour);
        }

        @Override
        public void close() throws IOException {
            open.decrementAndGet();
            partial.close();
        }
    }

    @Override
    public Incoming create(UploadId id) throws IOException {
        return store.create(id);
    }

    @Override
    public boolean isTaken(UploadId id, ExpiryHour hour) {
        return store.isTaken(id, hour);
    }

    @Override
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws IOException {
        return store.find(id, hour);
    }

    @Override
    public boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws IOException {
        return store.claim(id, hour, claim);
    }

    @Override
    public boolean discard(UploadId id, ExpiryHour hour) throws IOException {
        return store.discard(id, hour);
    }

    @Override
    public void withdraw(UploadId id, ExpiryHour hour) throws IOException {
        store.withdraw(id, hour);
    }

    @Override
    public int purge(Instant now) throws IOException {
        return store.purge(now);
    }

    @Override
    public long freeSpace() {
        return freeSpace;
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
