package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.internal.resume.PartialStore;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Resumable uploads: on the local disk until they are complete, then pushed to the object store.
 *
 * <p>The record of a pushed upload has a hash of its state, which has the random id of this very upload. By that a host
 * that was killed after the record was written knows that the upload is published.
 */
final class ObjectPartials implements PartialStore {

    private static final int CHUNK = 256 << 10;

    private final LocalUploadStore local;
    private final PartialStore partials;
    private final StoredObjects objects;

    ObjectPartials(LocalUploadStore local, PartialStore partials, StoredObjects objects) {
        this.local = local;
        this.partials = partials;
        this.objects = objects;
    }

    @Override
    public void create(UploadId id, ExpiryHour hour, String state) throws StoreException {
        partials.create(id, hour, state);
    }

    @Override
    public Optional<Snapshot> find(UploadId id, ExpiryHour hour) throws StoreException {
        return partials.find(id, hour);
    }

    @Override
    public Optional<Partial> open(UploadId id, ExpiryHour hour) throws StoreException {
        return partials.open(id, hour).map(partial -> new PushedPartial(id, partial));
    }

    @Override
    public boolean delete(UploadId id, ExpiryHour hour) throws StoreException {
        return partials.delete(id, hour);
    }

    private static String hash(String state) {
        byte[] hash = ContentDigest.newHash().digest(state.getBytes(StandardCharsets.UTF_8));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    }

    private final class PushedPartial implements Partial {

        private final UploadId id;
        private final Partial partial;

        PushedPartial(UploadId id, Partial partial) {
            this.id = id;
            this.partial = partial;
        }

        /**
         * The record comes before the local file goes. After a crash between the two, the record is found here. The
         * local store then ends the upload in its own way, and forgets the file that it has published.
         */
        @Override
        public void publish(ExpiryHour hour) throws StoreException {
            partial.force();
            Snapshot snapshot = partial.snapshot();
            String from = hash(snapshot.state());
            Optional<UploadRecord> known = objects.recorded(id, hour);
            if (known.isEmpty()) {
                push(hour, snapshot.acknowledged(), from);
            } else if (!known.get().isMadeOf(from)) {
                throw new StoreException.Taken(id.toString(), null);
            }
            partial.publish(hour);
            local.withdraw(id, hour);
        }

        private void push(ExpiryHour hour, long size, String from) throws StoreException {
            ObjectWriter writer = objects.writer(id, hour);
            boolean used = false;
            try {
                copy(writer, size);
                Head head = writer.finish();
                if (head.size() != size) {
                    throw new StoreException.Failed(
                            "upload " + id + " has " + size + " bytes, but its object " + head.size(), null);
                }
                UploadRecord record = StoredObjects.record(writer.name(), head, from);
                used = objects.publish(id, hour, record).equals(record);
            } finally {
                if (!used) {
                    writer.discard(() -> objects.unpublish(id, hour, writer.name()));
                }
            }
        }

        private void copy(ObjectWriter writer, long size) throws StoreException {
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
            for (long at = 0; at < size; ) {
                chunk.clear().limit((int) Math.min(CHUNK, size - at));
                int count = partial.read(chunk, at);
                if (count <= 0) {
                    throw new StoreException.Failed("upload " + id + " has lost acknowledged bytes", null);
                }
                writer.write(chunk.flip());
                at += count;
            }
        }

        @Override
        public Snapshot snapshot() {
            return partial.snapshot();
        }

        @Override
        public int read(ByteBuffer into, long position) throws StoreException {
            return partial.read(into, position);
        }

        @Override
        public void write(ByteBuffer bytes) throws StoreException {
            partial.write(bytes);
        }

        @Override
        public void force() throws StoreException {
            partial.force();
        }

        @Override
        public void acknowledge(long size) throws StoreException {
            partial.acknowledge(size);
        }

        @Override
        public void confirm() throws StoreException {
            partial.confirm();
        }

        @Override
        public void cutBack() throws StoreException {
            partial.cutBack();
        }

        @Override
        public void replaceState(String state) throws StoreException {
            partial.replaceState(state);
        }

        @Override
        public void replaceState(long size, String state) throws StoreException {
            partial.replaceState(size, state);
        }

        @Override
        public byte[] tail(long from) throws StoreException {
            return partial.tail(from);
        }

        @Override
        public byte[] rewrite(long from) throws StoreException {
            return partial.rewrite(from);
        }

        @Override
        public void close() throws StoreException {
            partial.close();
        }
    }
}
