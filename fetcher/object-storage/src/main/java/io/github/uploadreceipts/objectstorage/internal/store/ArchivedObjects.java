package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.archive.ArchiveStore;
import io.github.uploadreceipts.internal.archive.ArchiveStores;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The uploads of a local store, whose bytes are there, or in an object store, or in both. An object is named by its record
 * in the local store, and has no other.
 */
public final class ArchivedObjects {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final int THREADS = 4;
    private static final long CLOSE_SECONDS = 2;
    private static final int STRIPES = 64;
    private static final long NO_BUFFERS = 1 << 20;
    private static final long PATIENCE_MILLIS = 60_000;

    private final LocalUploadStore local;
    private final ArchiveStore records;
    private final ObjectClient client;
    private final FirstWrites expiry;
    private final Object[] stripes = Stream.generate(Object::new).limit(STRIPES).toArray();
    private final Senders cleaners = new Senders(THREADS, NO_BUFFERS, PATIENCE_MILLIS);

    /** Opens no connection yet. */
    public ArchivedObjects(LocalUploadStore local, ObjectClient client) {
        this.local = local;
        this.records = ArchiveStores.of(local);
        this.client = client;
        this.expiry = new FirstWrites(client, Optional.empty());
    }

    LocalUploadStore local() {
        return local;
    }

    ArchiveStore records() {
        return records;
    }

    ObjectClient client() {
        return client;
    }

    Optional<Instant> end(ExpiryHour hour) {
        return Optional.of(expiry.end(hour));
    }

    Optional<UploadRecord> record(UploadId id, ExpiryHour hour) throws StoreException {
        Optional<byte[]> json = records.find(id, hour);
        return json.isPresent() ? Optional.of(FirstWrites.parse(id, json.get())) : Optional.empty();
    }

    /** Returns an upload that is there. Its bytes are looked for on the local disk first. */
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws StoreException {
        Optional<StoredUpload> here = local.find(id, hour);
        Optional<StoredUpload> known =
                here.isPresent() ? here : record(id, hour).map(record -> new ObjectUpload(client, record, false));
        return known.map(upload -> new Stored(id, hour, upload));
    }

    /** An upload whose bytes may move before it is opened. If it is discarded before, its object may still be there. */
    private final class Stored implements StoredUpload {

        private final UploadId id;
        private final ExpiryHour hour;
        private final StoredUpload known;

        Stored(UploadId id, ExpiryHour hour, StoredUpload known) {
            this.id = id;
            this.hour = hour;
            this.known = known;
        }

        @Override
        public long size() {
            return known.size();
        }

        @Override
        public Instant lastModified() {
            return known.lastModified();
        }

        @Override
        public InputStream open(long first, long length) throws StoreException {
            if (known.file().isPresent()) {
                try {
                    return known.open(first, length);
                } catch (StoreException.Gone e) {
                    // it may have moved
                }
            }
            UploadRecord record = record(id, hour).orElseThrow(() -> new StoreException.Gone(id.toString(), null));
            return new ObjectUpload(client, record, false).open(first, length);
        }

        @Override
        public Optional<Path> file() {
            return known.file();
        }
    }

    /** Keeps an upload until a later hour; see {@link io.github.uploadreceipts.store.UploadStore#extend}. */
    public void extend(UploadId id, ExpiryHour hour, UploadId kept, ExpiryHour until) throws StoreException {
        Optional<UploadRecord> known = record(kept, until);
        if (known.isPresent()) {
            requireSame(known.get(), id, hour, kept);
        } else {
            try {
                local.extend(id, hour, kept, until);
                return;
            } catch (StoreException.Gone e) {
                copy(record(id, hour).orElseThrow(() -> e), kept, until);
            }
        }
        Optional<Claim> claim = local.claimOf(id, hour);
        if (claim.isPresent()) {
            var unused = local.claim(kept, until, claim.get()); // false if the other upload has another claim by now
        }
    }

    /** Bytes are the same if they have one digest and were written at one time. Links to them, and copies, keep both. */
    private void requireSame(UploadRecord known, UploadId id, ExpiryHour hour, UploadId kept) throws StoreException {
        Optional<UploadRecord> archived = record(id, hour);
        StoredUpload other = find(id, hour).orElseThrow(() -> new StoreException.Gone(id.toString(), null));
        if (!known.at().equals(other.lastModified())
                || !known.isMadeOf(archived.isPresent() ? archived.get().from() : LocalBytes.digest(id, other))) {
            throw new StoreException.Taken(kept.toString(), null);
        }
    }

    private void copy(UploadRecord source, UploadId kept, ExpiryHour until) throws StoreException {
        if (find(kept, until).isPresent()) { // it was extended when the local bytes were there
            requireSame(source, kept, until, kept);
            return;
        }
        if (local.isTaken(kept, until)) {
            throw new StoreException.Taken(kept.toString(), null);
        }
        String name = ObjectNames.newArchived(kept, until);
        boolean used = false;
        try {
            Head head = client.copy(source.data(), source.etag(), name, end(until));
            UploadRecord copy = new UploadRecord(name, head.size(), head.etag(), source.at(), source.from(), false);
            records.add(kept, until, copy.toBytes());
            used = true;
        } finally {
            if (!used) {
                delete(name);
            }
        }
    }

    /** Deletes an upload after use. The local store remembers that, and the object's name until the object is gone. */
    public boolean discard(UploadId id, ExpiryHour hour) throws StoreException {
        synchronized (stripe(id)) {
            boolean archived = record(id, hour).isPresent();
            boolean here = local.discard(id, hour);
            Optional<byte[]> json = records.findDiscarded(id, hour);
            if (json.isPresent()) {
                String name = FirstWrites.parse(id, json.get()).data();
                cleaners.clean(name, () -> deleteDiscarded(id, hour));
            }
            return archived || here;
        }
    }

    /** Deletes the object of an upload that was discarded, and then its record. */
    void deleteDiscarded(UploadId id, ExpiryHour hour) throws StoreException {
        Optional<byte[]> json = records.findDiscarded(id, hour);
        if (json.isPresent()) {
            var unused = client.delete(FirstWrites.parse(id, json.get()).data());
            records.delete(id, hour);
        }
    }

    /**
     * Deletes an upload as if it had never been. Nothing remembers that, so a push must not record it meanwhile. Another
     * process may, and finds then that the bytes are gone.
     */
    public void withdraw(UploadId id, ExpiryHour hour) throws StoreException {
        synchronized (stripe(id)) {
            withdrawArchived(id, hour);
            local.withdraw(id, hour);
            withdrawArchived(id, hour);
        }
    }

    /** Records that an object has the bytes of an upload. Returns false if the upload is gone, or has a record. */
    boolean record(UploadId id, ExpiryHour hour, UploadRecord record) throws StoreException {
        synchronized (stripe(id)) {
            return records.record(id, hour, record.toBytes());
        }
    }

    private Object stripe(UploadId id) {
        return stripes[Math.floorMod(id.hashCode(), STRIPES)];
    }

    private void withdrawArchived(UploadId id, ExpiryHour hour) throws StoreException {
        Optional<UploadRecord> archived = record(id, hour);
        if (archived.isPresent()) {
            records.delete(id, hour);
            delete(archived.get().data());
        }
    }

    /** Deletes an object that no record names, on another thread. */
    void delete(String name) {
        cleaners.clean(name, () -> {
            var unused = client.delete(name);
        });
    }

    /** Deletes what earlier pushes of an upload have left. */
    void deleteLeftovers(UploadId id, ExpiryHour hour) throws StoreException {
        for (var left : client.list(ObjectNames.archived(id, hour), "")) {
            var unused = client.delete(left.name());
        }
    }

    /**
     * Deletes the hours that are over. If the object store is not there, its objects are deleted the next time, by this or
     * by another host.
     */
    public int purge(Instant now) throws StoreException {
        int hours = local.purge(now);
        try {
            var unused = new ObjectHours(client, ObjectNames.ARCHIVE).purge(now, cleaners);
        } catch (StoreException e) {
            LOG.log(Level.WARNING, "expired uploads could not be deleted from the archive, and will be later: " + e);
        }
        return hours;
    }

    /** Lets deletions end, for a moment. What was discarded is deleted after the next start. */
    public void close() {
        cleaners.close(CLOSE_SECONDS);
    }
}
