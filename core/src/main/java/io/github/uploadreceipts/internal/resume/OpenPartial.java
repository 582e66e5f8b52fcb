package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.resume.PartialStore.Partial;
import io.github.uploadreceipts.internal.resume.PartialStore.Snapshot;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadStore;
import java.nio.ByteBuffer;

/**
 * An upload that is open for appending: the bytes that its client sends, however the store keeps them. The store keeps
 * those of this class as they are. Used by one thread at a time, except for {@link #acknowledge}.
 */
class OpenPartial implements UploadStore.Incoming {

    final Partial stored;

    OpenPartial(Partial stored) {
        this.stored = stored;
    }

    /** Returns how many bytes are acknowledged, and the state. */
    Snapshot snapshot() {
        return stored.snapshot();
    }

    /** Reads acknowledged bytes from {@code position} on, as a channel does. */
    int read(ByteBuffer into, long position) throws StoreException {
        return stored.read(into, position);
    }

    /** Announces that the upload will have at least so many bytes. */
    void expect(long bytes) {
        // the store does not need it
    }

    @Override
    public void write(ByteBuffer bytes) throws StoreException {
        stored.write(bytes);
    }

    /**
     * Returns how many bytes can be acknowledged while more are written.
     *
     * @param size how many bytes there are
     */
    long acknowledgeable(long size) {
        return size;
    }

    /**
     * Prepares all bytes so far for {@link #acknowledge}. No more can be written then.
     *
     * @param last whether {@link #complete} follows
     */
    void end(boolean last) throws StoreException {
        // they are stored already
    }

    /** Makes bytes durable, and then their number; see {@link Partial#acknowledge}. */
    void acknowledge(long size) throws StoreException {
        stored.acknowledge(size);
    }

    @Override
    public void force() throws StoreException {
        stored.force();
    }

    /** Makes the number of acknowledged bytes durable; see {@link Partial#confirm}. */
    void confirm() throws StoreException {
        stored.confirm();
    }

    /** Gives up the bytes that are not acknowledged. */
    void cutBack() throws StoreException {
        stored.cutBack();
    }

    /** Replaces the state, durably. */
    void replaceState(String state) throws StoreException {
        stored.replaceState(state);
    }

    /** Replaces the state by that of the complete upload, durably. */
    void complete(String state) throws StoreException {
        stored.replaceState(state);
    }

    /** Publishes the upload, which is handed over unless it is a partial one. */
    void publish(Engine engine, ResumableState state, IssuedReceipt issued) throws StoreException {
        if (state.role() == Role.PARTIAL) {
            publish(issued.receipt().owner().hour());
        } else {
            engine.publish(state.terms(), issued, this::publish);
        }
    }

    @Override
    public void publish(ExpiryHour hour) throws StoreException {
        stored.publish(hour);
    }

    @Override
    public void close() throws StoreException {
        stored.close();
    }
}
