package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import java.nio.ByteBuffer;
import java.util.Optional;

/** An upload that is being received. */
final class ObjectIncoming implements UploadStore.Incoming {

    private final StoredObjects objects;
    private final UploadId id;
    private final ExpiryHour hour;
    private final ObjectWriter writer;
    private final Runnable atEnd;
    private Optional<Head> head = Optional.empty();
    private boolean failed;
    private boolean published;
    private boolean closed;

    ObjectIncoming(StoredObjects objects, UploadId id, ExpiryHour hour, Runnable atEnd) {
        this.objects = objects;
        this.id = id;
        this.hour = hour;
        this.writer = objects.writer(id, hour);
        this.atEnd = atEnd;
    }

    @Override
    public synchronized void write(ByteBuffer bytes) throws StoreException {
        requireSound();
        if (head.isPresent()) {
            throw new StoreException.Failed("this upload is complete", null);
        }
        failed = true;
        writer.write(bytes);
        failed = false;
    }

    @Override
    public synchronized void force() throws StoreException {
        requireSound();
        if (head.isEmpty()) {
            failed = true;
            head = Optional.of(writer.finish());
            failed = false;
        }
    }

    @Override
    public synchronized void publish(ExpiryHour published) throws StoreException {
        force();
        failed = true;
        if (!published.equals(hour)) {
            throw new StoreException.Failed("this store publishes into the hour of the creation only", null);
        }
        var unused = objects.publish(id, hour, StoredObjects.record(writer.name(), head.orElseThrow(), ""));
        failed = false;
        this.published = true;
    }

    private void requireSound() throws StoreException {
        if (failed || closed) {
            throw new StoreException.Failed("storing this upload failed before, or it was closed", null);
        }
    }

    /** If publishing failed without a response, the record may be there nevertheless, and goes first. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (!published) {
                writer.discard(head.isPresent() ? () -> objects.unpublish(id, hour, writer.name()) : () -> {});
            }
            atEnd.run();
        }
    }
}
