package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A local store that records the steps of resumable uploads, and fails a step when told to. */
final class WatchedStore implements UploadStore, PartialStores.Provider {

    final AtomicLong bytesRead = new AtomicLong();
    final AtomicInteger open = new AtomicInteger();
    final List<String> steps = new CopyOnWriteArrayList<>();
    /** Each acknowledgement holds the permit while it runs. A test that takes the permit blocks acknowledgements. */
    final Semaphore acknowledging = new Semaphore(1);

    /** Runs once, before the next upload is opened. */
    volatile Meanwhile beforeOpening = () -> {};

    /** Runs before every step. */
    volatile Before beforeStep = () -> {};

    volatile long freeSpace = Long.MAX_VALUE;
    private volatile String failing = "";

    private final LocalUploadStore store;
    private final PartialStore partials;

    /** An action of another process. */
    interface Meanwhile {
        void happens() throws StoreException, UploadRefusedException;
    }

    /** An action of a test. */
    interface Before {
        void step() throws IOException;
    }

    WatchedStore(Path root) throws IOException {
        this(LocalUploadStore.builder(root));
    }

    WatchedStore(LocalUploadStore.Builder local) throws IOException {
        store = local.durability(Durability.BUFFERED).open();
        partials = PartialStores.of(store).orElseThrow();
    }

    /** Makes the next step with this name fail before it does anything. */
    void fail(String step) {
        failing = step;
    }

    private void step(String name) throws StoreException {
        try {
            beforeStep.step();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        steps.add(name);
        if (failing.equals(name)) {
            failing = "";
            throw new StoreException.Failed("Input/output error", null);
        }
    }

    @Override
    public PartialStore partials() {
        return new PartialStore() {
            @Override
            public void create(UploadId id, ExpiryHour hour, String state) throws StoreException {
                step("create");
                partials.create(id, hour, state);
            }

            @Override
            public Optional<Snapshot> find(UploadId id, ExpiryHour hour) throws StoreException {
                return partials.find(id, hour);
            }

            @Override
            public Optional<Partial> open(UploadId id, ExpiryHour hour) throws StoreException {
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
            public boolean delete(UploadId id, ExpiryHour hour) throws StoreException {
                return partials.delete(id, hour);
            }
        };
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
        public int read(ByteBuffer into, long position) throws StoreException {
            int read = partial.read(into, position);
            bytesRead.addAndGet(read);
            return read;
        }

        @Override
        public void write(ByteBuffer bytes) throws StoreException {
            partial.write(bytes);
        }

        @Override
        public void force() throws StoreException {
            partial.force();
        }

        @Override
        public void acknowledge(long size) throws StoreException {
            acknowledging.acquireUninterruptibly();
            try {
                step("acknowledge " + size);
                partial.acknowledge(size);
            } catch (StoreException e) {
                steps.add("failed");
                throw e;
            } finally {
                acknowledging.release();
            }
        }

        @Override
        public void confirm() throws StoreException {
            step("confirm");
            partial.confirm();
        }

        @Override
        public void cutBack() throws StoreException {
            partial.cutBack();
        }

        @Override
        public void replaceState(String state) throws StoreException {
            step("state");
            partial.replaceState(state);
        }

        @Override
        public void replaceState(long size, String state) throws StoreException {
            step("state and " + size);
            partial.replaceState(size, state);
        }

        @Override
        public byte[] tail(long from) throws StoreException {
            return partial.tail(from);
        }

        @Override
        public byte[] rewrite(long from) throws StoreException {
            step("rewrite " + from);
            return partial.rewrite(from);
        }

        @Override
        public void publish(ExpiryHour hour) throws StoreException {
            step("publish");
            partial.publish(hour);
        }

        @Override
        public void close() throws StoreException {
            open.decrementAndGet();
            partial.close();
        }
    }

    @Override
    public Incoming create(UploadId id, ExpiryHour hour) throws StoreException {
        return store.create(id, hour);
    }

    @Override
    public boolean publishesLater() {
        return store.publishesLater();
    }

    @Override
    public boolean isTaken(UploadId id, ExpiryHour hour) {
        return store.isTaken(id, hour);
    }

    @Override
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws StoreException {
        return store.find(id, hour);
    }

    @Override
    public boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws StoreException {
        return store.claim(id, hour, claim);
    }

    @Override
    public Optional<Claim> claimOf(UploadId id, ExpiryHour hour) throws StoreException {
        return store.claimOf(id, hour);
    }

    @Override
    public void extend(UploadId id, ExpiryHour hour, UploadId kept, ExpiryHour until) throws StoreException {
        store.extend(id, hour, kept, until);
    }

    @Override
    public boolean isSealed() {
        return store.isSealed();
    }

    @Override
    public boolean discard(UploadId id, ExpiryHour hour) throws StoreException {
        return store.discard(id, hour);
    }

    @Override
    public void withdraw(UploadId id, ExpiryHour hour) throws StoreException {
        store.withdraw(id, hour);
    }

    @Override
    public int purge(Instant now) throws StoreException {
        return store.purge(now);
    }

    @Override
    public Optional<ExpiryHour> latestHour() throws StoreException {
        return store.latestHour();
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
