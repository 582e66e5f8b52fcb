package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.archive.ArchiveStore;
import io.github.uploadreceipts.internal.archive.ArchiveStore.Bytes;
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
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * The uploads of a local store, whose bytes are there, or in an object store, or in both. Only a record in the local store
 * says which object has an upload's bytes.
 */
public final class ArchivedObjects {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final int THREADS = 4;
    private static final long CLOSE_SECONDS = 2;
    private static final int STRIPES = 64;
    private static final long NO_BUFFERS = 1 << 20;
    private static final long PATIENCE_MILLIS = 60_000;

    /** How long a front server may take to open the file that it was told. */
    private static final Duration LATE = Duration.ofMinutes(1);

    private final LocalUploadStore local;
    private final ArchiveStore records;
    private final ObjectClient client;
    private final String place;
    private final boolean sentByNginx;
    private final Duration keepLocal;
    private final ReentrantLock purging = new ReentrantLock();
    private final Object[] stripes = Stream.generate(Object::new).limit(STRIPES).toArray();
    private final Senders cleaners = new Senders(THREADS, NO_BUFFERS, PATIENCE_MILLIS);

    /**
     * Opens no connection yet.
     *
     * @param place the object store, for people
     * @param sentByNginx whether a front server gets archived bytes by a URL
     * @param keepLocal how long the local bytes stay after the push
     */
    public ArchivedObjects(
            LocalUploadStore local, ObjectClient client, String place, boolean sentByNginx, Duration keepLocal) {
        this.local = local;
        this.records = ArchiveStores.of(local);
        this.client = client;
        this.place = place;
        this.sentByNginx = sentByNginx;
        this.keepLocal = keepLocal;
    }

    ArchiveStore records() {
        return records;
    }

    ObjectClient client() {
        return client;
    }

    Instant end(ExpiryHour hour) {
        return FirstWrites.end(client, hour);
    }

    /** Returns a new name for an object that is pushed. */
    String newName(UploadId id, ExpiryHour hour) {
        return ObjectNames.newPushed(id, hour, records.owner());
    }

    Optional<ArchiveRecord> record(UploadId id, ExpiryHour hour) throws StoreException {
        Optional<byte[]> json = records.find(id, hour);
        return json.isPresent() ? Optional.of(ArchiveRecord.parse(id, json.get())) : Optional.empty();
    }

    /** Fails if nothing can be recorded now. */
    void requireWritable() throws StoreException {
        local.requireWritable();
    }

    /** Returns an upload that is there. Its bytes are looked for on the local disk first. */
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws StoreException {
        Optional<Bytes> here = records.bytes(id, hour);
        if (here.isPresent()) {
            return Optional.of(new Here(id, hour, here.get()));
        }
        Optional<ArchiveRecord> record = record(id, hour);
        return record.isPresent() ? Optional.of(new Archived(id, hour, record.get())) : Optional.empty();
    }

    private ArchiveRecord live(UploadId id, ExpiryHour hour) throws StoreException {
        return record(id, hour).orElseThrow(() -> new StoreException.Gone(id.toString(), null));
    }

    private interface Use<T> {
        T of(ObjectUpload object) throws StoreException;
    }

    /** Uses an upload's object. An upload that was not discarded is not gone, whatever the object store says. */
    private <T> T use(UploadId id, ExpiryHour hour, ArchiveRecord record, Use<T> use) throws StoreException {
        try {
            return use.of(new ObjectUpload(client, record.object(), sentByNginx));
        } catch (StoreException.Gone e) {
            if (!live(id, hour).equals(record)) {
                throw e;
            }
            throw new StoreException.Unavailable(
                    "upload " + id + " was archived in " + record.place() + ", and now its object "
                            + record.object().data() + " is not in " + place
                            + ", or is another one: see who or what else writes or deletes there",
                    e);
        }
    }

    /** An upload whose bytes are on the local disk. They may move before it is opened. */
    private final class Here implements StoredUpload {

        private final UploadId id;
        private final ExpiryHour hour;
        private final Bytes bytes;

        Here(UploadId id, ExpiryHour hour, Bytes bytes) {
            this.id = id;
            this.hour = hour;
            this.bytes = bytes;
        }

        @Override
        public long size() {
            return bytes.upload().size();
        }

        @Override
        public Instant lastModified() {
            return bytes.upload().lastModified();
        }

        @Override
        public InputStream open(long first, long length) throws StoreException {
            try {
                return bytes.upload().open(first, length);
            } catch (StoreException.Gone e) {
                ArchiveRecord moved = record(id, hour).orElseThrow(() -> e);
                return use(id, hour, moved, object -> object.open(first, length));
            }
        }

        /** A front server may open a file up to a minute after it was told its name. */
        @Override
        public Optional<Path> file() {
            Instant now = Instant.now();
            Instant end = bytes.recorded().orElse(now).plus(keepLocal);
            return now.isAfter(end.minus(LATE))
                    ? Optional.empty()
                    : bytes.upload().file();
        }
    }

    /** An upload whose bytes are in the object store only. If it is discarded, its object may still be there for a while. */
    private final class Archived implements StoredUpload {

        private final UploadId id;
        private final ExpiryHour hour;
        private final ArchiveRecord record;

        Archived(UploadId id, ExpiryHour hour, ArchiveRecord record) {
            this.id = id;
            this.hour = hour;
            this.record = record;
        }

        @Override
        public long size() {
            return record.object().size();
        }

        @Override
        public Instant lastModified() {
            return record.object().at();
        }

        @Override
        public InputStream open(long first, long length) throws StoreException {
            return use(id, hour, live(id, hour), object -> object.open(first, length));
        }

        @Override
        public Optional<Path> file() {
            return Optional.empty();
        }

        @Override
        public Optional<URI> url() throws StoreException {
            return use(id, hour, record, ObjectUpload::url);
        }
    }

    /** Keeps an upload until a later hour; see {@link io.github.uploadreceipts.store.UploadStore#extend}. */
    public void extend(UploadId id, ExpiryHour hour, UploadId kept, ExpiryHour until) throws StoreException {
        Optional<Claim> before = local.claimOf(id, hour); // before the purge of its hour may delete it
        try {
            local.extend(id, hour, kept, until);
            return;
        } catch (StoreException.Taken e) {
            if (record(kept, until).isEmpty()) {
                throw e;
            }
            requireSame(id, hour, kept, until);
        } catch (StoreException.Gone e) {
            copy(id, hour, kept, until);
        }
        Optional<Claim> claim = before.isPresent() ? before : local.claimOf(id, hour);
        if (claim.isPresent()) {
            var unused = local.claim(kept, until, claim.get()); // false if the other upload has another claim by now
        }
    }

    private void requireSame(UploadId id, ExpiryHour hour, UploadId kept, ExpiryHour until) throws StoreException {
        ArchiveRecord known = record(kept, until).orElseThrow(() -> new StoreException.Gone(kept.toString(), null));
        Optional<ArchiveRecord> source = record(id, hour);
        Optional<Bytes> here = records.bytes(id, hour);
        if (source.isEmpty() && here.isEmpty()) {
            throw new StoreException.Gone(id.toString(), null);
        }
        boolean same = source.isPresent()
                ? known.isSameAs(source.get())
                : known.isOf(here.orElseThrow().file());
        if (!same) {
            throw new StoreException.Taken(kept.toString(), null);
        }
        var unused = records.add(kept, until, known.toBytes());
    }

    private void copy(UploadId id, ExpiryHour hour, UploadId kept, ExpiryHour until) throws StoreException {
        ArchiveRecord source = live(id, hour);
        if (record(kept, until).isPresent()) {
            requireSame(id, hour, kept, until);
            return;
        }
        Optional<Bytes> earlier = records.bytes(kept, until);
        if (earlier.isPresent() && source.isOf(earlier.get().file())) { // extended when the local bytes were there
            records.force(until);
            return;
        }
        String name = ObjectNames.newArchived(kept, until);
        try {
            UploadRecord from = source.object();
            Head head = use(
                    id, hour, source, object -> client.copy(from.data(), from.etag(), name, Optional.of(end(until))));
            UploadRecord object = new UploadRecord(name, head.size(), head.etag(), from.at(), from.data(), false);
            byte[] record = new ArchiveRecord(place, object, "").toBytes();
            ArchiveRecord standing = ArchiveRecord.parse(kept, records.add(kept, until, record));
            if (!standing.isSameAs(source)) {
                throw new StoreException.Taken(kept.toString(), null);
            }
        } finally {
            deleteUnlessRecorded(name, kept, until);
        }
    }

    /** If the disk does not say what it has recorded, the object stays until it is purged. */
    private void deleteUnlessRecorded(String name, UploadId kept, ExpiryHour until) throws StoreException {
        boolean recorded = record(kept, until)
                .filter(record -> record.object().data().equals(name))
                .isPresent();
        if (!recorded) {
            delete(name);
        }
    }

    /** Deletes an upload after use. The local store remembers that, and the object's name until the object is gone. */
    public boolean discard(UploadId id, ExpiryHour hour) throws StoreException {
        synchronized (stripe(id)) {
            Optional<ArchiveRecord> archived = record(id, hour);
            boolean here = local.discard(id, hour);
            if (records.findDiscarded(id, hour).isPresent()) {
                cleaners.tryOnce(() -> deleteDiscarded(id, hour)); // or else the next search finds it
            } else if (archived.isPresent()) { // the full disk cannot remember it
                delete(archived.get().object().data());
            }
            return archived.isPresent() || here;
        }
    }

    /** Deletes the object of an upload that was discarded, and then its record. Returns whether there was one. */
    boolean deleteDiscarded(UploadId id, ExpiryHour hour) throws StoreException {
        Optional<byte[]> json = records.findDiscarded(id, hour);
        if (json.isPresent()) {
            records.force(hour); // or a power cut would leave an upload without its object
            var unused =
                    client.delete(ArchiveRecord.parse(id, json.get()).object().data());
            records.delete(id, hour);
        }
        return json.isPresent();
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
    boolean record(UploadId id, ExpiryHour hour, String file, UploadRecord object) throws StoreException {
        synchronized (stripe(id)) {
            return records.record(id, hour, file, new ArchiveRecord(place, object, file).toBytes());
        }
    }

    /** Deletes the record and the object of an upload whose bytes are still here. Returns whether they are. */
    boolean forget(UploadId id, ExpiryHour hour, ArchiveRecord record) throws StoreException {
        synchronized (stripe(id)) {
            if (!records.forget(id, hour)) {
                return false;
            }
        }
        delete(record.object().data());
        return true;
    }

    private Object stripe(UploadId id) {
        return stripes[Math.floorMod(id.hashCode(), STRIPES)];
    }

    private void withdrawArchived(UploadId id, ExpiryHour hour) throws StoreException {
        Optional<ArchiveRecord> archived = record(id, hour);
        if (archived.isPresent()) {
            records.delete(id, hour);
            delete(archived.get().object().data());
        }
    }

    /** Deletes an object that no record names, on another thread. */
    void delete(String name) {
        cleaners.clean(name, () -> {
            var unused = client.delete(name);
        });
    }

    /** Deletes what earlier pushes of an upload have left, and returns how many objects. */
    int deleteLeftovers(UploadId id, ExpiryHour hour) throws StoreException {
        int count = 0;
        for (var left : client.list(ObjectNames.pushed(id, hour, records.owner()), "")) {
            boolean recorded = record(id, hour)
                    .filter(record -> record.object().data().equals(left.name()))
                    .isPresent();
            if (!recorded && client.delete(left.name())) {
                count++;
            }
        }
        return count;
    }

    /**
     * Deletes the hours that are over. If the object store is not there, its objects are deleted the next time, by this or
     * by another host.
     */
    public int purge(Instant now) throws StoreException {
        int hours = local.purge(now);
        if (purging.tryLock()) { // one purge deletes what there is
            try {
                purgeObjects(now);
            } catch (StoreException e) {
                LOG.log(
                        Level.WARNING,
                        "expired uploads could not be deleted from the object store; this is tried again: " + e);
            } finally {
                purging.unlock();
            }
        }
        return hours;
    }

    /** The bucket holds objects of all hosts, so a host whose clock is wrong must not decide alone which hours are over. */
    private void purgeObjects(Instant now) throws StoreException {
        ObjectHours archived = new ObjectHours(client, ObjectNames.ARCHIVE);
        NavigableSet<ExpiryHour> over = archived.all();
        Instant there = client.time().orElse(now);
        over.removeIf(hour -> !hour.isOver(now) || !hour.isOver(there));
        archived.delete(over, cleaners);
    }

    /** Lets deletions end, for a moment. What was discarded is deleted after the next start. */
    public void close() {
        cleaners.close(CLOSE_SECONDS);
    }
}
