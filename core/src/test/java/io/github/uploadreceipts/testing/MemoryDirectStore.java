package io.github.uploadreceipts.testing;

import io.github.uploadreceipts.internal.direct.DirectStore;
import io.github.uploadreceipts.internal.direct.DirectStores;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The place of a store in memory to which clients write. It can be made to fail, or to do something at a step. Safe for
 * use by several threads.
 */
public final class MemoryDirectStore implements DirectStore {

    private static final Map<UploadStore, MemoryDirectStore> PLACES = new WeakHashMap<>();

    static {
        DirectStores.install(InMemoryUploadStore.class, MemoryDirectStore::placeOf);
    }

    /** A step of which something can be made. */
    public interface Step {
        /** Runs in place of nothing. */
        void run() throws StoreException;
    }

    private record Named(UploadId id, ExpiryHour hour) {}

    private record Published(UploadId key, Measured measured) {}

    private final UploadStore store;
    private final String base;
    private final Map<UploadId, byte[]> written = new HashMap<>();
    private final Map<UploadId, String> names = new HashMap<>();
    private final Map<UploadId, byte[]> kept = new HashMap<>();
    private final Map<Named, Published> published = new HashMap<>();
    private final Map<String, Step> steps = new HashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();

    private MemoryDirectStore(UploadStore store, String base) {
        this.store = store;
        this.base = base;
    }

    /**
     * Gives a store such a place. Hosts that are built with it later accept uploads straight to it.
     *
     * @param base what the URLs of write requests begin with
     */
    public static MemoryDirectStore of(InMemoryUploadStore store, String base) {
        MemoryDirectStore place = new MemoryDirectStore(store, base);
        synchronized (PLACES) {
            PLACES.put(store, place);
        }
        return place;
    }

    private static Optional<DirectStore> placeOf(UploadStore store) {
        synchronized (PLACES) {
            return Optional.ofNullable(PLACES.get(store));
        }
    }

    /** Writes bytes, as a client does. */
    public synchronized void write(URI url, byte[] bytes) {
        written.put(UploadId.parse(url.getPath().replaceAll(".*/", "")), bytes.clone());
    }

    /** Writes bytes by a form, as a browser without script does. */
    public synchronized void write(URI url, String name, byte[] bytes) {
        write(url, bytes);
        names.put(UploadId.parse(url.getPath().replaceAll(".*/", "")), name);
    }

    /** Returns how many uploads clients have written that are not deleted. */
    public synchronized int waiting() {
        return written.size();
    }

    /** Has something done at each call of the method {@code name} from now on; nothing if null. */
    public synchronized void at(String name, @Nullable Step step) {
        steps.put(name, step);
    }

    /** Returns how often the method {@code name} was called. */
    public synchronized int count(String name) {
        return counts.getOrDefault(name, 0);
    }

    private void begin(String name) throws StoreException {
        Step step;
        synchronized (this) {
            counts.merge(name, 1, Integer::sum);
            step = steps.get(name);
        }
        if (step != null) {
            step.run();
        }
    }

    @Override
    public long maxSize() {
        return 1000;
    }

    @Override
    public WriteRequest permit(Incoming incoming, long size, Instant expiresAt) throws StoreException {
        begin("permit");
        return new WriteRequest(
                "PUT", URI.create(base + "/" + incoming.key()), Map.of("X-Length", "" + size), expiresAt);
    }

    @Override
    public WriteRequest form(Incoming incoming, long maxSize, URI next, Instant expiresAt) throws StoreException {
        begin("form");
        return new WriteRequest(
                "POST",
                URI.create(base + "/" + incoming.key()),
                Map.of("next", next.toString(), "most", "" + maxSize),
                expiresAt);
    }

    @Override
    public void keep(Incoming incoming, byte[] carried) throws StoreException {
        begin("keep");
        synchronized (this) {
            kept.put(incoming.key(), carried.clone());
        }
    }

    @Override
    public Optional<byte[]> kept(Incoming incoming) throws StoreException {
        begin("kept");
        synchronized (this) {
            return Optional.ofNullable(kept.get(incoming.key()));
        }
    }

    @Override
    public Optional<Measured> published(Incoming incoming, UploadId id, ExpiryHour hour) throws StoreException {
        begin("published");
        Published found;
        synchronized (this) {
            found = published.get(new Named(id, hour));
        }
        if (store.find(id, hour).isEmpty()) {
            if (found != null && found.key().equals(incoming.key())) {
                throw new StoreException.Gone(id.toString(), null);
            }
            return Optional.empty();
        }
        if (found == null || !found.key().equals(incoming.key())) {
            throw new StoreException.Taken(id.toString(), null);
        }
        return Optional.of(found.measured());
    }

    @Override
    public Optional<Arrived> arrived(Incoming incoming) throws StoreException {
        begin("arrived");
        return bytes(incoming).map(bytes -> new Arrived(bytes.length, name(incoming)));
    }

    private synchronized Optional<String> name(Incoming incoming) {
        return Optional.ofNullable(names.get(incoming.key()));
    }

    private synchronized Optional<byte[]> bytes(Incoming incoming) {
        return Optional.ofNullable(written.get(incoming.key()));
    }

    @Override
    public Copy copy(Incoming incoming, UploadId id, ExpiryHour hour) throws StoreException {
        begin("copy");
        byte[] bytes = bytes(incoming)
                .orElseThrow(() -> new StoreException.Gone(incoming.key().toString(), null))
                .clone();
        return new MemoryCopy(incoming, new Named(id, hour), bytes);
    }

    @Override
    public void delete(Incoming incoming) throws StoreException {
        begin("delete");
        synchronized (this) {
            written.remove(incoming.key());
        }
    }

    private final class MemoryCopy implements Copy {

        private final Incoming incoming;
        private final Named named;
        private final byte[] bytes;

        MemoryCopy(Incoming incoming, Named named, byte[] bytes) {
            this.incoming = incoming;
            this.named = named;
            this.bytes = bytes;
        }

        @Override
        public Measured measure() throws StoreException {
            begin("measure");
            MessageDigest hash = ContentDigest.newHash();
            hash.update(bytes);
            synchronized (MemoryDirectStore.this) {
                return new Measured(bytes.length, ContentDigest.of(hash), name(incoming));
            }
        }

        @Override
        public Measured publish() throws StoreException {
            begin("publish");
            Measured measured = measure();
            try (UploadStore.Incoming receiving = store.create(named.id(), named.hour())) {
                receiving.write(ByteBuffer.wrap(bytes));
                receiving.publish(named.hour());
            } catch (StoreException.Taken e) {
                if (published(incoming, named.id(), named.hour()).equals(Optional.of(measured))) {
                    return measured;
                }
                throw e;
            }
            synchronized (MemoryDirectStore.this) {
                published.put(named, new Published(incoming.key(), measured));
            }
            return measured;
        }

        @Override
        public void close() {}
    }
}
