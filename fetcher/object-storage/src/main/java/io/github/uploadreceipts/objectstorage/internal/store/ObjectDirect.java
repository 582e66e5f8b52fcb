package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.internal.direct.DirectStore;
import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
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

    /** Of how many files of one form it is asked when they came. */
    private static final int MOST_FILES = 16;

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
    public WriteRequest form(Incoming incoming, long maxSize, URI next, Instant expiresAt) throws StoreException {
        objects.requireDecided();
        return clients.form(prefix(incoming), maxSize, next, expiresAt);
    }

    @Override
    public void keep(Incoming incoming, byte[] carried) throws StoreException {
        objects.keep(ObjectNames.carried(incoming.key(), incoming.hour()), carried, incoming.hour());
    }

    @Override
    public Optional<byte[]> kept(Incoming incoming) throws StoreException {
        return objects.kept(ObjectNames.carried(incoming.key(), incoming.hour()));
    }

    /** Below this are the client's files. */
    private static String prefix(Incoming incoming) {
        return ObjectNames.incoming(incoming.key(), incoming.hour()) + "/";
    }

    /**
     * What a client has written.
     *
     * @param object its name
     * @param name what the client calls the file, if it came with that
     */
    private record Found(String object, Optional<String> name, Head head) {}

    /** Returns what is there; of several files of one form the one that came last. */
    private Optional<Found> find(Incoming incoming) throws StoreException {
        if (!incoming.named()) {
            String object = ObjectNames.incoming(incoming.key(), incoming.hour());
            return clients.head(object).map(head -> new Found(object, Optional.empty(), head));
        }
        Optional<Found> last = Optional.empty();
        String prefix = prefix(incoming);
        for (Listed file :
                clients.list(prefix, prefix).stream().limit(MOST_FILES).toList()) {
            Optional<Head> head = clients.head(file.name());
            boolean later = head.isPresent()
                    && (last.isEmpty()
                            || head.get()
                                    .lastModified()
                                    .isAfter(last.get().head().lastModified()));
            if (later) {
                String name = file.name().substring(prefix.length());
                last = Optional.of(new Found(file.name(), Optional.of(name), head.get()));
            }
        }
        return last;
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
    public Optional<Arrived> arrived(Incoming incoming) throws StoreException {
        return find(incoming).map(found -> new Arrived(found.head().size(), found.name()));
    }

    @Override
    public Copy copy(Incoming incoming, UploadId id, ExpiryHour hour) throws StoreException {
        objects.requireOpen();
        objects.requireDecided();
        Found found = find(incoming)
                .orElseThrow(() -> new StoreException.Gone(incoming.key().toString(), null));
        String data = ObjectNames.newData(id, hour);
        boolean taken = false;
        try {
            Head copy = clients.take(found.object(), found.head().etag(), data, Optional.of(objects.end(hour)));
            taken = true;
            return new ObjectCopy(incoming.key(), found.name(), id, hour, StoredObjects.record(data, copy, ""));
        } finally {
            if (!taken) {
                objects.clean(data);
            }
        }
    }

    @Override
    public void delete(Incoming incoming) throws StoreException {
        if (incoming.named()) {
            objects.deleteAll(clients, prefix(incoming));
        } else {
            var unused = clients.delete(ObjectNames.incoming(incoming.key(), incoming.hour()));
        }
    }

    private final class ObjectCopy implements Copy {

        private final UploadId key;
        private final Optional<String> name;
        private final UploadId id;
        private final ExpiryHour hour;
        private final UploadRecord copied;
        private @Nullable Measured measured;
        private boolean kept;

        ObjectCopy(UploadId key, Optional<String> name, UploadId id, ExpiryHour hour, UploadRecord copied) {
            this.key = key;
            this.name = name;
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
            Measured result = new Measured(copied.size(), ContentDigest.of(hash), name);
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
