package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.internal.direct.DirectStore;
import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Uploads that clients write to a container of their own. Only the copy in the container of the hosts is measured and
 * published.
 *
 * <p>The record of such an upload says by which key its bytes came, and what was measured. Of several hosts that record
 * it, those agree that have copied the same bytes.
 */
final class ObjectDirect implements DirectStore {

    private static final int CHUNK = 64 << 10;

    private final IncomingClient clients;
    private final StoredObjects objects;

    ObjectDirect(IncomingClient clients, StoredObjects objects) {
        this.clients = clients;
        this.objects = objects;
    }

    @Override
    public long maxSize() {
        return clients.maxSize();
    }

    /** Any host can record an upload, so the first of them must be known. */
    @Override
    public WriteRequest permit(Incoming incoming, long size, Instant expiresAt) throws StoreException {
        objects.requireDecided();
        return clients.write(ObjectNames.incoming(incoming.key(), incoming.hour()), size, expiresAt);
    }

    @Override
    public Optional<Measured> published(Incoming incoming, UploadId id, ExpiryHour hour) throws StoreException {
        Optional<UploadRecord> record = objects.recorded(id, hour);
        if (record.isEmpty()) {
            return Optional.empty();
        }
        Optional<DirectSource> source = DirectSource.parse(record.get().from());
        if (source.isEmpty() || !source.get().key().equals(incoming.key())) {
            throw new StoreException.Taken(id.toString(), null);
        }
        if (record.get().discarded()) {
            throw new StoreException.Gone(id.toString(), null);
        }
        return source.map(DirectSource::measured);
    }

    @Override
    public Optional<Long> arrived(Incoming incoming) throws StoreException {
        return clients.head(ObjectNames.incoming(incoming.key(), incoming.hour()))
                .map(Head::size);
    }

    @Override
    public Copy copy(Incoming incoming, UploadId id, ExpiryHour hour) throws StoreException {
        objects.requireOpen();
        objects.requireDecided();
        String from = ObjectNames.incoming(incoming.key(), incoming.hour());
        Head head = clients.head(from).orElseThrow(() -> new StoreException.Gone(from, null));
        String data = ObjectNames.newData(id, hour);
        boolean taken = false;
        try {
            Head copy = clients.take(from, head.etag(), data, Optional.of(objects.end(hour)));
            taken = true;
            return new ObjectCopy(incoming.key(), id, hour, StoredObjects.record(data, copy, ""));
        } finally {
            if (!taken) {
                objects.clean(data);
            }
        }
    }

    @Override
    public void delete(Incoming incoming) throws StoreException {
        var unused = clients.delete(ObjectNames.incoming(incoming.key(), incoming.hour()));
    }

    private final class ObjectCopy implements Copy {

        private final UploadId key;
        private final UploadId id;
        private final ExpiryHour hour;
        private final UploadRecord copied;
        private @Nullable Measured measured;
        private boolean kept;

        ObjectCopy(UploadId key, UploadId id, ExpiryHour hour, UploadRecord copied) {
            this.key = key;
            this.id = id;
            this.hour = hour;
            this.copied = copied;
        }

        @Override
        public Measured measure() throws StoreException {
            MessageDigest hash = ContentDigest.newHash();
            byte[] chunk = new byte[CHUNK];
            try (InputStream in = objects.open(copied, 0, copied.size())) {
                for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                    hash.update(chunk, 0, count);
                }
            } catch (StoreException e) {
                throw e;
            } catch (IOException e) {
                throw new StoreException.Unavailable("the copy for upload " + id + " broke off: " + e, e);
            }
            Measured result = new Measured(copied.size(), ContentDigest.of(hash));
            measured = result;
            return result;
        }

        @Override
        public Measured publish() throws StoreException {
            if (measured == null) {
                throw new IllegalStateException("the copy for upload " + id + " was not measured");
            }
            DirectSource source = new DirectSource(key, measured);
            UploadRecord record = copied.madeOf(source.toString());
            kept = true; // without a response, the record may be there, and another host may read it
            try {
                kept = objects.publish(id, hour, record).data().equals(record.data());
            } catch (StoreException.Taken e) {
                kept = false;
                throw e;
            }
            return measured;
        }

        @Override
        public void close() {
            if (!kept) {
                objects.clean(copied.data());
            }
        }
    }
}
