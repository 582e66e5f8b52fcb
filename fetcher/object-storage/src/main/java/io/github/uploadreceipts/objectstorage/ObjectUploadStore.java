package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.internal.direct.DirectStore;
import io.github.uploadreceipts.internal.direct.DirectStores;
import io.github.uploadreceipts.internal.resume.PartialStore;
import io.github.uploadreceipts.internal.resume.PartialStores;
import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.store.FirstWriter;
import io.github.uploadreceipts.objectstorage.internal.store.ObjectReceiving;
import io.github.uploadreceipts.objectstorage.internal.store.StoredObjects;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A store whose uploads are objects, for hosts that have no disk worth keeping:
 *
 * <pre>{@code
 * UploadStore store = ObjectUploadStore.builder(storage).partials(Path.of("/var/lib/photos")).build();
 * UploadHost host = UploadHost.builder(KeyRing.watch(keys), store)…
 * }</pre>
 *
 * <pre>{@code
 * data/<expiry hour>/<id>-<random>   the bytes of an upload
 * uploads/<expiry hour>/<id>         a record that names them, or says that they were discarded
 * uploads/<expiry hour>/<id>-claim
 * uploads/<expiry hour>/<id>-withdrawn-<random>   only with ObjectClaims
 * health                             whether objects can be written
 * }</pre>
 *
 * <p>Any host serves any upload, so a host that is down costs nothing. <b>All hosts of a fleet must therefore use the
 * same bucket</b>, or a host looks for the uploads of others where they are not. Nothing else may be in the bucket under
 * these prefixes.
 *
 * <p>Claims, and uploads by ticket, need a store that lets exactly one of several racing writers win, or {@link
 * ObjectClaims}. Otherwise they are refused. An upload lives from its beginning, not from its end. It has no file that a
 * front server can send, no short share links, and cannot be handed over.
 */
public final class ObjectUploadStore implements UploadStore {

    static {
        PartialStores.install(ObjectUploadStore.class, store -> store.partials);
        DirectStores.install(ObjectUploadStore.class, store -> store.direct);
    }

    private final ObjectReceiving receiving;
    private final StoredObjects objects;
    private final Optional<LocalUploadStore> local;
    private final Optional<PartialStore> partials;
    private final Optional<DirectStore> direct;
    private final boolean sealed;
    private final String name;

    private ObjectUploadStore(Builder builder) throws IOException {
        this.name = builder.name;
        this.sealed = builder.sealed;
        this.local = builder.directory.isPresent()
                ? Optional.of(LocalUploadStore.at(builder.directory.get()))
                : Optional.empty();
        this.receiving = new ObjectReceiving(
                builder.client,
                builder.clients,
                builder.claims,
                builder.sentByNginx,
                builder.threads,
                builder.buffers,
                builder.patience.toMillis());
        this.objects = receiving.objects();
        this.direct = sealed ? Optional.empty() : objects.direct(); // what clients write is not sealed
        this.partials = local.map(receiving::partials);
    }

    /** Returns a builder for a store in a bucket or container. The store does not close {@code storage}. */
    public static Builder builder(ObjectStorage storage) {
        return new Builder(storage.client(), storage.incoming(), storage.toString());
    }

    static Builder builder(ObjectClient client) {
        return new Builder(client, Optional.empty(), client.toString());
    }

    static Builder builder(ObjectClient client, IncomingClient clients) {
        return new Builder(client, Optional.of(clients), client.toString());
    }

    /** The settings of an {@link ObjectUploadStore}. */
    public static final class Builder {

        private static final long LEAST_BUFFERS = 32L << 20;
        private static final long MOST_BUFFERS = 1L << 40;

        private final ObjectClient client;
        private final Optional<IncomingClient> clients;
        private final String name;
        private Optional<Path> directory = Optional.empty();
        private Optional<FirstWriter> claims = Optional.empty();
        private long buffers = Math.max(LEAST_BUFFERS, Runtime.getRuntime().maxMemory() / 4);
        private int threads = 16;
        private Duration patience = Duration.ofSeconds(60);
        private boolean sentByNginx;
        private boolean sealed;

        private Builder(ObjectClient client, Optional<IncomingClient> clients, String name) {
            this.client = client;
            this.clients = clients;
            this.name = name;
        }

        /**
         * Accepts resumable uploads, and keeps them in a directory of this host until they are complete. An upload that
         * is not complete can be resumed only while that directory is there. By default, none are accepted.
         */
        public Builder partials(Path value) {
            directory = Optional.of(value);
            return this;
        }

        /** Sets who decides which host claims an upload, and which upload has a ticket's slot, instead of the store. */
        public Builder claims(ObjectClaims value) {
            claims = Optional.of((key, text, until) -> {
                try {
                    return value.putIfAbsent(key, text, until);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new StoreException.Failed("interrupted while ObjectClaims was asked", e);
                } catch (Exception e) {
                    throw new StoreException.Unavailable("ObjectClaims does not respond as it must: " + e, e);
                }
            });
            return this;
        }

        /**
         * Sets how many bytes all uploads that are arriving may have in memory: by default a quarter of the heap. The
         * largest part has an eighth of it.
         *
         * @throws IllegalArgumentException if it is less than 32 MiB
         */
        public Builder buffers(long bytes) {
            if (bytes < LEAST_BUFFERS || bytes > MOST_BUFFERS) {
                throw new IllegalArgumentException("the buffers must have at least 32 MiB, but have " + bytes);
            }
            buffers = bytes;
            return this;
        }

        /**
         * Sets how many threads send parts of large uploads; 16 by default.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder senders(int count) {
            if (count < 1) {
                throw new IllegalArgumentException("there must be a thread that sends");
            }
            threads = count;
            return this;
        }

        /**
         * Sets how long an arriving upload waits for the store to take its last part, or for memory, before it is
         * refused: a minute by default. So long one of the container's threads waits, if the store is slow.
         */
        public Builder patience(Duration value) {
            patience = value;
            return this;
        }

        /**
         * Has nginx get objects from the store by signed URLs, where the delivery is {@linkplain
         * io.github.uploadreceipts.store.Delivery#xAccelRedirect by X-Accel-Redirect}. It needs a location that leads to the
         * store; this module's README has it. For Swift it needs {@link SwiftStorage.Builder#tempUrlKey}, too: without it
         * the host sends the objects.
         */
        public Builder sentByNginx() {
            sentByNginx = true;
            return this;
        }

        /**
         * Has uploads sealed by the host: the object store sees no plain bytes. See {@link
         * LocalUploadStore.Builder#sealed}.
         */
        public Builder sealed() {
            sealed = true;
            return this;
        }

        /**
         * Returns the store. The object store need not be there yet.
         *
         * @throws IOException if the directory for resumable uploads cannot be used
         */
        public ObjectUploadStore build() throws IOException {
            return new ObjectUploadStore(this);
        }
    }

    @Override
    public Incoming create(UploadId id, ExpiryHour hour) throws StoreException {
        return receiving.create(id, hour);
    }

    @Override
    public boolean isTaken(UploadId id, ExpiryHour hour) throws StoreException {
        return (local.isPresent() && local.get().isTaken(id, hour)) || objects.isTaken(id, hour);
    }

    @Override
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws StoreException {
        return objects.find(id, hour);
    }

    /** Returns true: every host of the fleet uses this bucket. */
    @Override
    public boolean reaches(Location location) {
        return true;
    }

    @Override
    public boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws StoreException {
        return objects.claim(id, hour, claim);
    }

    @Override
    public Optional<Claim> claimOf(UploadId id, ExpiryHour hour) throws StoreException {
        return objects.claimOf(id, hour);
    }

    @Override
    public void extend(UploadId id, ExpiryHour hour, UploadId kept, ExpiryHour until) throws StoreException {
        objects.extend(id, hour, kept, until);
    }

    @Override
    public boolean discard(UploadId id, ExpiryHour hour) throws StoreException {
        forgetLocal(id, hour);
        return objects.discard(id, hour);
    }

    @Override
    public void withdraw(UploadId id, ExpiryHour hour) throws StoreException {
        forgetLocal(id, hour);
        objects.withdraw(id, hour);
    }

    /** A crash may have left the local file of an upload that was pushed. */
    private void forgetLocal(UploadId id, ExpiryHour hour) throws StoreException {
        if (local.isPresent()) {
            local.get().withdraw(id, hour);
        }
    }

    /** Deletes the hours that are over. Several hosts may do so at the same time. */
    @Override
    public int purge(Instant now) throws StoreException {
        int partialHours = local.isPresent() ? local.get().purge(now) : 0;
        return objects.purge(now) + partialHours;
    }

    @Override
    public Optional<ExpiryHour> latestHour() throws StoreException {
        Optional<ExpiryHour> partial = local.isPresent() ? local.get().latestHour() : Optional.empty();
        return Stream.of(partial, objects.latestHour())
                .flatMap(Optional::stream)
                .max(Comparator.naturalOrder());
    }

    @Override
    public void requireWritable() throws StoreException {
        if (local.isPresent()) {
            local.get().requireWritable();
        }
        receiving.requireWritable();
    }

    /** Returns the time of the object store, which is asked now. */
    @Override
    public Optional<Instant> time() {
        return receiving.time();
    }

    /** Returns {@link Long#MAX_VALUE}: an object store does not say what is free, and refuses what it has no room for. */
    @Override
    public long freeSpace() {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean isSealed() {
        return sealed;
    }

    /** Returns whether an operator has created a file {@code drain} in the directory of resumable uploads. */
    @Override
    public boolean isDraining() {
        return local.isPresent() && local.get().isDraining();
    }

    /** Closes the store. Uploads that are being received are deleted, as far as the object store is there. */
    @Override
    public void close() throws IOException {
        receiving.close();
        if (local.isPresent()) {
            local.get().close();
        }
    }

    @Override
    public String toString() {
        return name + (sealed ? " (sealed)" : "");
    }
}
