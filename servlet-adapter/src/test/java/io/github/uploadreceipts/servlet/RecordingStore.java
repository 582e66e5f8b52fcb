package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.internal.resume.PartialStore;
import io.github.uploadreceipts.internal.resume.PartialStore.Partial;
import io.github.uploadreceipts.internal.resume.PartialStores;
import io.github.uploadreceipts.internal.share.LinkStore;
import io.github.uploadreceipts.internal.share.LinkStores;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A store that records the steps of another store, and fails or waits at a step when told to. */
final class RecordingStore implements UploadStore, PartialStores.Provider, LinkStores.Provider {

    private final UploadStore store;
    private final AtomicInteger failures = new AtomicInteger();
    private volatile String failingStep = "";
    private volatile String waitingStep = "";

    /**
     * The steps that have succeeded: {@code create}, {@code force}, {@code publish}, {@code open}, {@code discard},
     * {@code withdraw} and {@code close}.
     */
    final List<String> steps = new CopyOnWriteArrayList<>();

    final CountDownLatch reached = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    volatile StoreException failure = new StoreException.Failed("Input/output error in /secret/path", null);
    volatile @Nullable Error error;
    volatile long freeSpace = Long.MAX_VALUE;
    volatile boolean vanishing;

    RecordingStore(UploadStore store) {
        this.store = store;
    }

    /** Makes this step fail the next {@code times} times. */
    void fail(String step, int times) {
        failures.set(times);
        failingStep = step;
    }

    /** Makes this step wait for {@link #goOn}. */
    void waitAt(String step) {
        waitingStep = step;
    }

    private void failIfAsked(String step) throws StoreException {
        if (step.equals(failingStep) && failures.getAndDecrement() > 0) {
            if (error != null) {
                throw error;
            }
            throw failure;
        }
    }

    private interface Step {
        void run() throws StoreException;
    }

    private void waitIfAsked(String step) throws StoreException {
        if (step.equals(waitingStep)) {
            reached.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new StoreException.Failed("interrupted", e);
            }
        }
    }

    private void step(String name, Step step) throws StoreException {
        waitIfAsked(name);
        failIfAsked(name);
        step.run();
        steps.add(name);
    }

    @Override
    public Incoming create(UploadId id, ExpiryHour hour) throws StoreException {
        Incoming[] created = new Incoming[1];
        step("create", () -> created[0] = store.create(id, hour));
        Incoming incoming = created[0];
        return new Incoming() {
            @Override
            public void write(ByteBuffer bytes) throws StoreException {
                failIfAsked("write");
                incoming.write(bytes);
            }

            @Override
            public void force() throws StoreException {
                step("force", incoming::force);
            }

            @Override
            public void publish(ExpiryHour publishedHour) throws StoreException {
                step("publish", () -> incoming.publish(publishedHour));
            }

            @Override
            public void close() throws StoreException {
                incoming.close();
                steps.add("close");
            }
        };
    }

    @Override
    public boolean publishesLater() {
        return store.publishesLater();
    }

    @Override
    public boolean reaches(Location location) {
        return store.reaches(location);
    }

    @Override
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws StoreException {
        failIfAsked("find");
        Optional<StoredUpload> found = store.find(id, hour);
        if (vanishing) {
            store.discard(id, hour);
        }
        return found.map(this::recorded);
    }

    private StoredUpload recorded(StoredUpload stored) {
        return new StoredUpload() {
            @Override
            public long size() {
                return stored.size();
            }

            @Override
            public Instant lastModified() {
                return stored.lastModified();
            }

            @Override
            public InputStream open(long first, long length) throws StoreException {
                InputStream[] opened = new InputStream[1];
                step("open", () -> opened[0] = stored.open(first, length));
                return opened[0];
            }

            @Override
            public Optional<Path> file() {
                return stored.file();
            }
        };
    }

    @Override
    public boolean isTaken(UploadId id, ExpiryHour hour) throws StoreException {
        return store.isTaken(id, hour);
    }

    @Override
    public void withdraw(UploadId id, ExpiryHour hour) throws StoreException {
        step("withdraw", () -> store.withdraw(id, hour));
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
        boolean[] discarded = new boolean[1];
        step("discard", () -> discarded[0] = store.discard(id, hour));
        return discarded[0];
    }

    @Override
    public int purge(Instant now) throws StoreException {
        return store.purge(now);
    }

    @Override
    public long freeSpace() throws StoreException {
        return Math.min(freeSpace, store.freeSpace());
    }

    @Override
    public PartialStore partials() {
        return recorded(PartialStore.class, PartialStores.of(store).orElseThrow());
    }

    @Override
    public LinkStore links() {
        return LinkStores.of(store).orElseThrow();
    }

    /**
     * Records the step {@code publish partial} before a resumable upload is published. Everything that is asked about one
     * can be made to wait, as {@code PartialStore}.
     */
    private <T> T recorded(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            waitIfAsked(type.getSimpleName());
            if (method.getName().equals("publish")) {
                step("publish partial", () -> {});
            }
            try {
                Object result = method.invoke(target, args);
                return method.getName().equals("open")
                        ? ((Optional<?>) result).map(partial -> recorded(Partial.class, (Partial) partial))
                        : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    @Override
    public Optional<ExpiryHour> latestHour() throws StoreException {
        return store.latestHour();
    }

    @Override
    public boolean isDraining() {
        return store.isDraining();
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
