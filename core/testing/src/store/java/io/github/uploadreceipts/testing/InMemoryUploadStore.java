package io.github.uploadreceipts.testing;

import io.github.uploadreceipts.internal.handover.HandOverStores;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory, which keeps the contract of every store. It shows what it holds, and can be made to fail.
 *
 * <pre>{@code
 * InMemoryUploadStore store = InMemoryUploadStore.create();
 * UploadHost host = UploadHost.builder(KeyRing.generate("photos"), store).developmentMode().build();
 * store.fail(InMemoryUploadStore.Step.WRITE, new StoreException.Full("No space left on device", null));
 * }</pre>
 *
 * <p>It keeps no partial uploads: a host with this store accepts no resumable ones. Safe for use by several threads.
 */
public final class InMemoryUploadStore implements UploadStore {

    static {
        HandOverStores.install(InMemoryUploadStore.class, store -> store.handOvers);
    }

    /** What can be made to fail: methods of {@link UploadStore} and {@link UploadStore.Incoming}. */
    public enum Step {
        CREATE,
        WRITE,
        FORCE,
        PUBLISH,
        CLOSE,
        IS_TAKEN,
        FIND,
        CLAIM,
        EXTEND,
        DISCARD,
        WITHDRAW,
        PURGE,
        REQUIRE_WRITABLE,
        FREE_SPACE
    }

    private record Failing(Step step, StoreException failure) {}

    private final Memory memory;
    private final MemoryHandOvers handOvers;
    private final Map<UploadId, ByteArrayOutputStream> receiving = new LinkedHashMap<>();
    private final List<Instant> purges = new CopyOnWriteArrayList<>();
    private volatile @Nullable Failing failing;
    private volatile long freeSpace = Long.MAX_VALUE;
    private volatile boolean publishesLater = true;
    private volatile boolean draining;
    private volatile boolean sealed;
    private volatile Optional<Instant> time = Optional.empty();
    private volatile String reached = "";
    private volatile boolean closed;

    private InMemoryUploadStore(Memory memory) {
        this.memory = memory;
        this.handOvers = new MemoryHandOvers(memory, memory.handOvers, this::isStored);
    }

    /** Returns an empty store. */
    public static InMemoryUploadStore create() {
        return new InMemoryUploadStore(new Memory());
    }

    /** Returns another store with the same uploads, claims, hand-overs and discards, as after a restart. */
    public InMemoryUploadStore reopened() {
        return new InMemoryUploadStore(memory);
    }

    private boolean isStored(UploadId id, ExpiryHour hour) {
        synchronized (memory) {
            return memory.hour(hour).uploads.containsKey(id);
        }
    }

    /** Makes each call of this step fail, until {@link #mend} or another step is made to fail. */
    public void fail(Step step, StoreException failure) {
        failing = new Failing(step, failure);
    }

    /** Lets all steps succeed again. */
    public void mend() {
        failing = null;
    }

    /** Sets the free space, which is unlimited by default. What is stored does not use it up. */
    public void freeSpace(long bytes) {
        freeSpace = bytes;
    }

    /** Sets whether the store is drained: its host then accepts no new uploads. */
    public void draining(boolean value) {
        draining = value;
    }

    /** Has the host seal what it stores here from now on; see {@link #isSealed()}. */
    public void sealed(boolean value) {
        sealed = value;
    }

    /** Sets {@link #publishesLater()}, which is true by default. */
    public void publishesLater(boolean value) {
        publishesLater = value;
    }

    /** Sets what time it is where the uploads are kept; unknown by default. */
    public void time(Instant value) {
        time = Optional.of(value);
    }

    /** Makes the store serve the uploads of another host too, as a store does that several hosts share. */
    public void reach(String internalUrl) {
        reached = internalUrl;
    }

    /** Returns the bytes of every published upload, by {@code hour/id}. */
    public Map<String, byte[]> published() {
        synchronized (memory) {
            Map<String, byte[]> published = new TreeMap<>();
            memory.hours.forEach((hour, known) ->
                    known.uploads.forEach((id, upload) -> published.put(hour + "/" + id, upload.content.clone())));
            return published;
        }
    }

    /** Returns the bytes so far of every upload that is being received, in the order of their creation. */
    public Map<UploadId, byte[]> receiving() {
        synchronized (receiving) {
            Map<UploadId, byte[]> bytes = new LinkedHashMap<>();
            receiving.forEach((id, soFar) -> bytes.put(id, soFar.toByteArray()));
            return bytes;
        }
    }

    /** Returns whether nothing is stored, and nothing is being received. */
    public boolean isEmpty() {
        return receiving().isEmpty() && published().isEmpty();
    }

    /** Returns the instants given to {@link #purge}. */
    public List<Instant> purges() {
        return List.copyOf(purges);
    }

    /** Returns whether the store was closed. */
    public boolean isClosed() {
        return closed;
    }

    /** The content that outlives a store, as a disk outlives a process. Its monitor guards it. */
    private static final class Memory {

        private final Map<ExpiryHour, Hour> hours = new TreeMap<>();
        private final MemoryHandOvers.Records handOvers = new MemoryHandOvers.Records();

        Hour hour(ExpiryHour hour) {
            return hours.getOrDefault(hour, new Hour());
        }
    }

    /** The uploads, claims and discards of one expiry hour. */
    private static final class Hour {

        private final Map<UploadId, MemoryUpload> uploads = new HashMap<>();
        private final Map<UploadId, Claim> claims = new HashMap<>();
        private final Set<UploadId> discarded = new HashSet<>();

        boolean isTaken(UploadId id) {
            return uploads.containsKey(id) || discarded.contains(id);
        }
    }

    private void begin(Step step) throws StoreException {
        Failing now = failing;
        if (now != null && now.step() == step) {
            throw now.failure();
        }
    }

    @Override
    public Incoming create(UploadId id, ExpiryHour hour) throws StoreException {
        begin(Step.CREATE);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        synchronized (receiving) {
            if (receiving.putIfAbsent(id, bytes) != null) {
                throw new StoreException.Taken(id.toString(), null);
            }
        }
        return new Receiving(id, bytes);
    }

    private final class Receiving implements Incoming {

        private final UploadId id;
        private final ByteArrayOutputStream bytes;
        private boolean failed;
        private boolean ended;

        Receiving(UploadId id, ByteArrayOutputStream bytes) {
            this.id = id;
            this.bytes = bytes;
        }

        /** Refuses the step after a failure, or when this upload or the store is closed. */
        private void proceed(Step step) throws StoreException {
            if (failed || ended || closed) {
                throw new StoreException.Failed("storing this upload failed before, or has ended", null);
            }
            failed = true;
            begin(step);
        }

        @Override
        public void write(ByteBuffer more) throws StoreException {
            proceed(Step.WRITE);
            byte[] copy = new byte[more.remaining()];
            more.get(copy);
            bytes.writeBytes(copy);
            failed = false;
        }

        @Override
        public void force() throws StoreException {
            proceed(Step.FORCE);
            failed = false;
        }

        @Override
        public void publish(ExpiryHour hour) throws StoreException {
            proceed(Step.PUBLISH);
            synchronized (memory) {
                if (memory.hour(hour).isTaken(id)) {
                    throw new StoreException.Taken(id.toString(), null);
                }
                memory.hours
                        .computeIfAbsent(hour, each -> new Hour())
                        .uploads
                        .put(id, new MemoryUpload(id, bytes.toByteArray()));
            }
            failed = false;
        }

        @Override
        public void close() throws StoreException {
            if (!ended) {
                ended = true;
                synchronized (receiving) {
                    receiving.remove(id);
                }
                begin(Step.CLOSE);
            }
        }
    }

    @Override
    public boolean publishesLater() {
        return publishesLater;
    }

    @Override
    public Optional<ExpiryHour> latestHour() {
        synchronized (memory) {
            return memory.hours.entrySet().stream()
                    .filter(hour -> !hour.getValue().uploads.isEmpty())
                    .map(Map.Entry::getKey)
                    .max(Comparator.naturalOrder());
        }
    }

    @Override
    public boolean isSealed() {
        return sealed;
    }

    @Override
    public boolean isDraining() {
        return draining;
    }

    @Override
    public boolean reaches(Location location) {
        return location.base().toString().equals(reached);
    }

    @Override
    public boolean isTaken(UploadId id, ExpiryHour hour) throws StoreException {
        begin(Step.IS_TAKEN);
        synchronized (memory) {
            return memory.hour(hour).isTaken(id);
        }
    }

    @Override
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws StoreException {
        begin(Step.FIND);
        synchronized (memory) {
            return Optional.ofNullable(memory.hour(hour).uploads.get(id));
        }
    }

    @Override
    public boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws StoreException {
        begin(Step.CLAIM);
        synchronized (memory) {
            Hour known = memory.hour(hour);
            if (!known.claims.getOrDefault(id, claim).equals(claim)) {
                return false;
            }
            if (!known.uploads.containsKey(id)) {
                throw new StoreException.Gone(id.toString(), null);
            }
            known.claims.put(id, claim);
            return true;
        }
    }

    @Override
    public Optional<Claim> claimOf(UploadId id, ExpiryHour hour) {
        synchronized (memory) {
            return Optional.ofNullable(memory.hour(hour).claims.get(id));
        }
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // other uploads may have equal bytes
    public void extend(UploadId id, ExpiryHour hour, UploadId kept, ExpiryHour until) throws StoreException {
        begin(Step.EXTEND);
        synchronized (memory) {
            MemoryUpload upload =
                    (MemoryUpload) find(id, hour).orElseThrow(() -> new StoreException.Gone(id.toString(), null));
            Hour later = memory.hours.computeIfAbsent(until, each -> new Hour());
            MemoryUpload there = later.uploads.get(kept);
            if (later.isTaken(kept) && (there == null || there.content != upload.content)) {
                throw new StoreException.Taken(kept.toString(), null);
            }
            later.uploads.putIfAbsent(kept, new MemoryUpload(kept, upload.content));
            claimOf(id, hour).ifPresent(claim -> later.claims.putIfAbsent(kept, claim));
        }
    }

    @Override
    public boolean discard(UploadId id, ExpiryHour hour) throws StoreException {
        begin(Step.DISCARD);
        synchronized (memory) {
            boolean there = remove(id, hour);
            if (there) {
                memory.hour(hour).discarded.add(id);
            }
            return there;
        }
    }

    @Override
    public void withdraw(UploadId id, ExpiryHour hour) throws StoreException {
        begin(Step.WITHDRAW);
        synchronized (memory) {
            remove(id, hour);
        }
    }

    private boolean remove(UploadId id, ExpiryHour hour) {
        MemoryUpload upload = memory.hour(hour).uploads.remove(id);
        if (upload != null) {
            upload.gone = true;
            memory.handOvers.forget(id);
        }
        return upload != null;
    }

    @Override
    public int purge(Instant now) throws StoreException {
        purges.add(now);
        begin(Step.PURGE);
        synchronized (memory) {
            Map<ExpiryHour, Hour> over = new TreeMap<>(memory.hours);
            over.keySet().removeIf(hour -> !hour.isOver(now));
            over.values()
                    .forEach(hour -> hour.uploads.forEach((id, upload) -> {
                        upload.gone = true;
                        memory.handOvers.forget(id);
                    }));
            memory.hours.keySet().removeAll(over.keySet());
            return over.size();
        }
    }

    @Override
    public void requireWritable() throws StoreException {
        begin(Step.REQUIRE_WRITABLE);
    }

    @Override
    public Optional<Instant> time() {
        return time;
    }

    @Override
    public long freeSpace() throws StoreException {
        begin(Step.FREE_SPACE);
        return freeSpace;
    }

    @Override
    public void close() {
        closed = true;
        handOvers.close();
    }
}
