package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.direct.DirectStore;
import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectContainer;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.StoredUpload;
import io.github.uploadreceipts.store.UploadId;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;

/** The uploads that are stored as objects: their records, claims and bytes. */
public final class StoredObjects {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final int MOST_KEPT = 4 << 20;

    private final ObjectClient client;
    private final Optional<IncomingClient> clients;
    private final FirstWrites first;
    private final Senders senders;
    private final boolean sentByNginx;

    StoredObjects(
            ObjectClient client,
            Optional<IncomingClient> clients,
            FirstWrites first,
            Senders senders,
            boolean sentByNginx) {
        this.client = client;
        this.clients = clients;
        this.first = first;
        this.senders = senders;
        this.sentByNginx = sentByNginx;
    }

    ObjectWriter writer(UploadId id, ExpiryHour hour) {
        return new ObjectWriter(client, senders, ObjectNames.newData(id, hour), Optional.of(end(hour)));
    }

    Instant end(ExpiryHour hour) {
        return first.end(hour);
    }

    /** Returns where clients write straight to the object store, if there is such a place. Asked once. */
    public Optional<DirectStore> direct() {
        if (clients.isPresent() && !first.mayDecide()) {
            LOG.log(Level.WARNING, "clients cannot send files straight to the store: " + FirstWrites.NEEDED);
            return Optional.empty();
        }
        return clients.map(some -> new ObjectDirect(some, this));
    }

    static UploadRecord record(String data, Head head, String from) {
        return new UploadRecord(data, head.size(), head.etag(), head.lastModified(), from, false);
    }

    UploadRecord publish(UploadId id, ExpiryHour hour, UploadRecord record) throws StoreException {
        senders.requireOpen();
        return first.publish(id, hour, record);
    }

    /** Deletes a record if it names these data. */
    void unpublish(UploadId id, ExpiryHour hour, String data) throws StoreException {
        first.withdraw(id, hour, data);
    }

    Optional<UploadRecord> recorded(UploadId id, ExpiryHour hour) throws StoreException {
        return first.record(id, hour);
    }

    private UploadRecord live(UploadId id, ExpiryHour hour) throws StoreException {
        return first.record(id, hour)
                .filter(record -> !record.discarded())
                .orElseThrow(() -> new StoreException.Gone(id.toString(), null));
    }

    /** Returns whether an upload of that id was published in that hour, even if it was discarded since. */
    public boolean isTaken(UploadId id, ExpiryHour hour) throws StoreException {
        requireDecided();
        return first.record(id, hour).isPresent();
    }

    void requireOpen() throws StoreException {
        senders.requireOpen();
    }

    void requireDecided() throws StoreException {
        first.requireDecided();
    }

    /** Returns an upload that is there. */
    public Optional<StoredUpload> find(UploadId id, ExpiryHour hour) throws StoreException {
        return first.record(id, hour)
                .filter(record -> !record.discarded())
                .map(record -> new ObjectUpload(client, record, sentByNginx));
    }

    InputStream open(UploadRecord record, long offset, long length) throws StoreException {
        return new ObjectUpload(client, record, sentByNginx).open(offset, length);
    }

    /** Records a claim; see {@link io.github.uploadreceipts.store.UploadStore#claim}. */
    public boolean claim(UploadId id, ExpiryHour hour, Claim claim) throws StoreException {
        UploadRecord record = first.record(id, hour).orElseThrow(() -> new StoreException.Gone(id.toString(), null));
        if (!record.discarded()) {
            return first.claim(id, hour, record, claim).equals(claim);
        }
        Optional<Claim> other = first.claimOf(id, hour).filter(known -> !known.equals(claim));
        if (other.isEmpty()) {
            throw new StoreException.Gone(id.toString(), null);
        }
        return false;
    }

    /** Returns the claim of an upload. */
    public Optional<Claim> claimOf(UploadId id, ExpiryHour hour) throws StoreException {
        return first.claimOf(id, hour);
    }

    /** Copies an upload; see {@link io.github.uploadreceipts.store.UploadStore#extend}. */
    public void extend(UploadId id, ExpiryHour hour, UploadId kept, ExpiryHour until) throws StoreException {
        UploadRecord source = live(id, hour);
        Optional<UploadRecord> known = first.record(kept, until);
        if (known.isPresent() && !known.get().isMadeOf(source.data())) {
            throw new StoreException.Taken(kept.toString(), null);
        }
        UploadRecord copy = known.isPresent() ? known.get() : copy(source, kept, until);
        Optional<Claim> claim = first.claimOf(id, hour);
        if (claim.isPresent()) {
            var unused = first.claim(kept, until, copy, claim.get());
        }
    }

    private UploadRecord copy(UploadRecord source, UploadId kept, ExpiryHour until) throws StoreException {
        String data = ObjectNames.newData(kept, until);
        boolean used = false;
        try {
            Head head = client.copy(source.data(), source.etag(), data, Optional.of(first.end(until)));
            UploadRecord copy = new UploadRecord(data, head.size(), head.etag(), source.at(), source.data(), false);
            UploadRecord standing = first.publish(kept, until, copy);
            used = standing.equals(copy);
            return standing;
        } finally {
            if (!used) {
                senders.clean(data, () -> {
                    first.withdraw(kept, until, data);
                    var unused = client.delete(data);
                });
            }
        }
    }

    /** Deletes an upload after use. A crash may have come between, so its bytes are deleted each time. */
    public boolean discard(UploadId id, ExpiryHour hour) throws StoreException {
        Optional<UploadRecord> record = first.record(id, hour);
        if (record.isEmpty()) {
            return false;
        }
        boolean wasThere = !record.get().discarded();
        if (wasThere) {
            first.replace(id, hour, record.get().asDiscarded());
        }
        deleteData(record.get().data());
        return wasThere;
    }

    /** Deletes an upload as if it had never been. */
    public void withdraw(UploadId id, ExpiryHour hour) throws StoreException {
        Optional<UploadRecord> record = first.record(id, hour);
        if (record.isPresent()) {
            first.withdraw(id, hour, record.get().data());
            deleteData(record.get().data());
        }
    }

    private void deleteData(String data) {
        try {
            var unused = client.delete(data);
        } catch (StoreException e) { // no record names it as a live upload any more
            clean(data);
        }
    }

    /** Writes a small object that is purged with an hour. */
    void keep(String name, byte[] bytes, ExpiryHour hour) throws StoreException {
        senders.requireOpen();
        var unused = client.put(name, ByteBuffer.wrap(bytes), Optional.of(end(hour)));
    }

    Optional<byte[]> kept(String name) throws StoreException {
        return client.get(name, MOST_KEPT);
    }

    /** Deletes bytes on another thread. */
    void clean(String data) {
        senders.clean(data, () -> {
            var unused = client.delete(data);
        });
    }

    /** Deletes everything of the hours that are over, also bytes that no record names. Other hosts may do so, too. */
    public int purge(Instant now) throws StoreException {
        NavigableSet<ExpiryHour> over = new ObjectHours(client, ObjectNames.UPLOADS).purge(now, senders);
        over.addAll(new ObjectHours(client, ObjectNames.DATA).purge(now, senders));
        if (clients.isPresent()) {
            over.addAll(new ObjectHours(clients.get(), ObjectNames.INCOMING).purge(now, senders));
        }
        return over.size();
    }

    /** Deletes all objects whose names begin so. */
    void deleteAll(ObjectContainer container, String prefix) throws StoreException {
        ObjectHours.deleteAll(container, prefix, senders);
    }

    /** Returns the latest hour of which a record names bytes that are there. */
    public Optional<ExpiryHour> latestHour() throws StoreException {
        for (ExpiryHour hour : new ObjectHours(client, ObjectNames.DATA).all().descendingSet()) {
            if (hasUpload(hour)) {
                return Optional.of(hour);
            }
        }
        return Optional.empty();
    }

    private boolean hasUpload(ExpiryHour hour) throws StoreException {
        String prefix = ObjectNames.DATA + hour + "/";
        String after = "";
        for (List<Listed> some = client.list(prefix, after); !some.isEmpty(); some = client.list(prefix, after)) {
            for (Listed object : some) {
                Optional<UploadId> id = ObjectNames.idOf(object.name(), hour);
                if (id.isPresent() && find(id.get(), hour).isPresent()) {
                    return true;
                }
            }
            after = some.get(some.size() - 1).name();
        }
        return false;
    }
}
