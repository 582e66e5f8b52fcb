package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.internal.handover.HandOverStores;
import io.github.uploadreceipts.internal.resume.PartialStores;
import io.github.uploadreceipts.internal.share.LinkStores;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.store.ArchivedObjects;
import io.github.uploadreceipts.objectstorage.internal.store.Archiving;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A store on the local disk whose uploads are pushed to an object store in the background:
 *
 * <pre>{@code
 * LocalUploadStore local = LocalUploadStore.at(Path.of("/var/lib/photos"));
 * UploadStore store = ArchivingUploadStore.builder(local, storage).build();
 * UploadHost host = UploadHost.builder(KeyRing.watch(keys), store)…
 * }</pre>
 *
 * <pre>{@code
 * archive/<expiry hour>/<id>-<owner>-<random>   the bytes of an upload, as they were on the local disk
 * }</pre>
 *
 * <p>Uploads are received as {@link LocalUploadStore} does it, and a receipt does not wait for the object store. The local
 * bytes of an upload are deleted only after the object store has proved that it has them, and some time after that. Then
 * its owner reads it from there. Claims, hand-overs, links, and what was discarded stay on the local disk, so <b>a receipt
 * still needs its owner</b>: while that is down, its uploads cannot be fetched, and its disk must not be lost.
 *
 * <p>While the object store is down or full, uploads are accepted as long as the local disk has room. The hosts of a
 * fleet may use one bucket, or one each. Nothing else may be in it under this prefix.
 */
public final class ArchivingUploadStore implements UploadStore {

    static {
        PartialStores.install(ArchivingUploadStore.class, store -> PartialStores.of(store.local));
        LinkStores.install(
                ArchivingUploadStore.class, store -> LinkStores.of(store.local).orElseThrow());
        HandOverStores.install(
                ArchivingUploadStore.class,
                store -> HandOverStores.of(store.local).orElseThrow());
    }

    private final LocalUploadStore local;
    private final ArchivedObjects objects;
    private final Archiving archiving;
    private final String name;

    private ArchivingUploadStore(Builder builder) {
        this.local = builder.local;
        this.name = local + ", archived in " + builder.name;
        this.objects = new ArchivedObjects(local, builder.client, builder.name, builder.sentByNginx, builder.grace);
        this.archiving = new Archiving(
                objects,
                new Archiving.Settings(
                        builder.senders, builder.grace, builder.look, builder.pause, builder.longestPause));
        archiving.start();
    }

    /**
     * Returns a builder for a store on the local disk, and a bucket or container. Closing the store closes {@code local},
     * and not {@code storage}. No other {@code ArchivingUploadStore} may use {@code local}.
     */
    public static Builder builder(LocalUploadStore local, ObjectStorage storage) {
        return new Builder(local, storage.client(), storage.toString());
    }

    static Builder builder(LocalUploadStore local, ObjectClient client) {
        return new Builder(local, client, client.toString());
    }

    /** The settings of an {@link ArchivingUploadStore}. */
    public static final class Builder {

        private final LocalUploadStore local;
        private final ObjectClient client;
        private final String name;
        private int senders = 4;
        private Duration grace = Duration.ofMinutes(1);
        private Duration look = Duration.ofMinutes(1);
        private boolean sentByNginx;
        private Duration pause = Duration.ofSeconds(1);
        private Duration longestPause = Duration.ofMinutes(5);

        private Builder(LocalUploadStore local, ObjectClient client, String name) {
            this.local = local;
            this.client = client;
            this.name = name;
        }

        /**
         * Sets how many uploads are pushed at the same time; 4 by default. Each takes up to 8 MiB of memory; one very large upload takes up to an eighth of the heap.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder senders(int count) {
            if (count < 1) {
                throw new IllegalArgumentException("there must be a thread that pushes");
            }
            senders = count;
            return this;
        }

        /**
         * Sets how long the local bytes stay after the push; a minute by default. A front server may open a file up to
         * a minute after it was told its name. So no name is told in the last minute.
         *
         * @throws IllegalArgumentException if it is negative, or longer than a year
         */
        public Builder keepLocal(Duration value) {
            if (value.isNegative()) {
                throw new IllegalArgumentException("the local bytes cannot go before the push: " + value);
            }
            if (value.toDays() > 365) {
                throw new IllegalArgumentException("uploads expire sooner than the local bytes would go: " + value);
            }
            grace = value;
            return this;
        }

        /**
         * Has nginx get archived bytes from the object store, as {@link ObjectUploadStore.Builder#sentByNginx} does.
         * Needs {@link io.github.uploadreceipts.store.Delivery#xAccelRedirect}.
         */
        public Builder sentByNginx() {
            sentByNginx = true;
            return this;
        }

        Builder look(Duration value) {
            look = value;
            return this;
        }

        Builder pauses(Duration first, Duration longest) {
            pause = first;
            longestPause = longest;
            return this;
        }

        /** Returns the store, which begins to push. The object store need not be there yet. */
        public ArchivingUploadStore build() {
            return new ArchivingUploadStore(this);
        }
    }

    @Override
    public Incoming create(UploadId id, ExpiryHour hour) throws StoreException {
        return local.create(id, hour);
    }

    @Override
    public boolean publishesLater() {
        return local.publishesLater();
    }

    @Override
    public boolean isTaken(UploadId id, ExpiryHour hour) {
        return local.isTaken(id, hour);
    }

    @Override
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws StoreException {
        return objects.find(id, hour);
    }

    @Override
    public boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws StoreException {
        return local.claim(id, hour, claim);
    }

    @Override
    public Optional<Claim> claimOf(UploadId id, ExpiryHour hour) throws StoreException {
        return local.claimOf(id, hour);
    }

    @Override
    public void extend(UploadId id, ExpiryHour hour, UploadId kept, ExpiryHour until) throws StoreException {
        objects.extend(id, hour, kept, until);
    }

    @Override
    public boolean discard(UploadId id, ExpiryHour hour) throws StoreException {
        return objects.discard(id, hour);
    }

    @Override
    public void withdraw(UploadId id, ExpiryHour hour) throws StoreException {
        objects.withdraw(id, hour);
    }

    @Override
    public int purge(Instant now) throws StoreException {
        return objects.purge(now);
    }

    @Override
    public Optional<ExpiryHour> latestHour() throws StoreException {
        return local.latestHour();
    }

    /** Asks the local disk only: uploads are accepted while the object store is not there. */
    @Override
    public void requireWritable() throws StoreException {
        local.requireWritable();
    }

    @Override
    public Optional<Instant> time() {
        return local.time();
    }

    @Override
    public long freeSpace() throws StoreException {
        return local.freeSpace();
    }

    @Override
    public boolean canCreate() {
        return local.canCreate();
    }

    @Override
    public boolean isSealed() {
        return local.isSealed();
    }

    @Override
    public boolean isDraining() {
        return local.isDraining();
    }

    /**
     * Returns how many uploads are to be pushed, as far as is known: those of the last minute may be missing, and so may
     * those beyond 10,000. If several processes use the local store, only one of them knows.
     */
    public int waiting() {
        return archiving.waiting();
    }

    /** Returns why nothing can be pushed now, for health checks; empty as long as pushing works. */
    public Optional<String> outage() {
        return archiving.outage();
    }

    /** Closes the store. What is being pushed is pushed again when the store is opened the next time. */
    @Override
    public void close() throws IOException {
        archiving.close();
        objects.close();
        local.close();
    }

    @Override
    public String toString() {
        return name;
    }
}
