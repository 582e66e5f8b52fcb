package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.resume.PartialStore;
import io.github.uploadreceipts.internal.resume.PartialStores;
import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore.Incoming;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** What a host is receiving, and whether it can. */
public final class ObjectReceiving {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final long CHECK_NANOS = 5_000_000_000L;

    private final ObjectClient client;
    private final FirstWrites first;
    private final Senders senders;
    private final StoredObjects objects;
    private final Map<UploadId, Optional<ObjectIncoming>> receiving = new ConcurrentHashMap<>();
    private boolean checked;
    private long checkedAt;
    private Optional<StoreException> failure = Optional.empty();

    /**
     * Begins to find out what the store can do.
     *
     * @param clients where clients write
     * @param sentByNginx whether a front server gets objects by signed URLs
     * @param patienceMillis how long an upload waits for the store to take a part, or for memory
     */
    public ObjectReceiving(
            ObjectClient client,
            Optional<IncomingClient> clients,
            Optional<FirstWriter> given,
            boolean sentByNginx,
            int threads,
            long buffers,
            long patienceMillis) {
        this.client = client;
        this.first = new FirstWrites(client, given);
        this.senders = new Senders(threads, buffers, patienceMillis);
        this.objects = new StoredObjects(client, clients, first, senders, sentByNginx);
        senders.clean("races", this::tellWhatIsRefused);
    }

    private void tellWhatIsRefused() {
        try {
            if (!first.canDecide()) {
                LOG.log(Level.WARNING, "claims, tickets and direct uploads are refused here: {0}", FirstWrites.NEEDED);
            }
        } catch (StoreException e) { // the first upload that needs to know finds out
            LOG.log(Level.DEBUG, "what the object store can do is not known yet: {0}", e.getMessage());
        }
    }

    /** Returns what is stored. */
    public StoredObjects objects() {
        return objects;
    }

    /** Returns where resumable uploads are kept. */
    public PartialStore partials(LocalUploadStore local) {
        return new ObjectPartials(local, PartialStores.of(local).orElseThrow(), objects);
    }

    /** Starts to receive an upload. */
    public Incoming create(UploadId id, ExpiryHour hour) throws StoreException {
        senders.requireRoom();
        if (receiving.putIfAbsent(id, Optional.empty()) != null) {
            throw new StoreException.Taken(id.toString(), null);
        }
        ObjectIncoming incoming = new ObjectIncoming(objects, id, hour, () -> {
            var unused = receiving.remove(id);
        });
        receiving.put(id, Optional.of(incoming));
        return incoming;
    }

    /** Writes a small object, or says what that said a few seconds ago. */
    public synchronized void requireWritable() throws StoreException {
        long now = System.nanoTime();
        if (!checked || now - checkedAt > CHECK_NANOS) {
            failure = check();
            checked = true;
            checkedAt = System.nanoTime();
        }
        if (failure.isPresent()) {
            throw new StoreException.Unavailable(
                    "the object store cannot be written: " + failure.get().getMessage(), failure.get());
        }
    }

    private Optional<StoreException> check() {
        try {
            var unused = client.put(ObjectNames.HEALTH, ByteBuffer.allocate(0), Optional.empty());
            return Optional.empty();
        } catch (StoreException e) {
            return Optional.of(e);
        }
    }

    /** Returns the time of the object store, which is asked now; empty if it does not respond. */
    public Optional<Instant> time() {
        try {
            var unused = client.head(ObjectNames.HEALTH);
            return client.time();
        } catch (StoreException e) {
            return Optional.empty();
        }
    }

    /** Closes what is being received. */
    public void close() {
        for (Optional<ObjectIncoming> incoming : List.copyOf(receiving.values())) {
            incoming.ifPresent(ObjectIncoming::close);
        }
        senders.close();
    }
}
