package io.github.uploadreceipts.objectstorage.internal.store;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Parts;
import io.github.uploadreceipts.store.StoreException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one object on their way to the store. What fits into one part is one PUT when all bytes are there. Of more,
 * one buffer is filled while the one before it is sent, so that nobody waits for the network as long as that keeps up.
 *
 * <p>Used by one thread at a time.
 */
final class ObjectWriter {

    private static final int FIRST_BUFFER = 64 << 10;
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    private final ObjectClient client;
    private final Senders senders;
    private final PartSizes sizes;
    private final String name;
    private final Optional<Instant> expiresAt;
    private ByteBuffer filling = NONE;
    private int number;
    private @Nullable Future<?> sending;
    private volatile @Nullable Parts parts; // of the one task that runs at a time
    private boolean begun;

    ObjectWriter(ObjectClient client, Senders senders, String name, Optional<Instant> expiresAt) {
        this.client = client;
        this.senders = senders;
        this.sizes = new PartSizes(client.minPart(), client.maxParts(), senders.buffers());
        this.name = name;
        this.expiresAt = expiresAt;
    }

    String name() {
        return name;
    }

    /** Takes all the remaining bytes. Waits if the store is slower than they come, for a bounded time. */
    void write(ByteBuffer bytes) throws StoreException {
        while (bytes.hasRemaining()) {
            if (!filling.hasRemaining()) {
                makeRoom();
            }
            int count = Math.min(filling.remaining(), bytes.remaining());
            filling.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
        }
    }

    private void makeRoom() throws StoreException {
        int full = sizes.of(number);
        if (filling.capacity() >= full) {
            send();
            full = sizes.of(number);
        }
        int wanted = number > 0 ? full : Math.min(full, Math.max(FIRST_BUFFER, 2 * filling.capacity()));
        if (!senders.tryReserve(wanted)) {
            if (filling.position() >= client.minPart() && number + 1 < client.maxParts()) {
                send(); // what is sent gives its memory back
            }
            senders.reserve(wanted);
        }
        ByteBuffer larger = ByteBuffer.allocate(wanted).put(filling.flip());
        drop();
        filling = larger;
    }

    private void send() throws StoreException {
        if (sending != null) {
            senders.await(sending);
        }
        ByteBuffer full = filling;
        if (number == client.maxParts() - 1) {
            throw new StoreException.Full(
                    "an upload has more than the " + sizes.most() + " bytes that fit into the parts of an object."
                            + " Larger ones fit with more ObjectUploadStore.Builder.buffers",
                    null);
        }
        begun = true;
        sending = senders.send(() -> {
            try {
                part(full.flip());
            } finally {
                senders.release(full.capacity());
            }
            return true;
        });
        filling = NONE;
        number++;
    }

    private void part(ByteBuffer bytes) throws StoreException {
        Parts known = parts;
        if (known == null) {
            known = client.begin(name, expiresAt);
            parts = known;
        }
        known.write(bytes);
    }

    private void drop() {
        if (filling.capacity() > 0) {
            senders.release(filling.capacity());
            filling = NONE;
        }
    }

    /** Waits for all parts, and makes the object visible, durably. */
    Head finish() throws StoreException {
        senders.requireOpen();
        begun = true;
        try {
            if (sending == null) {
                return client.put(name, filling.flip(), expiresAt);
            }
            senders.await(sending);
            if (filling.position() > 0) {
                part(filling.flip());
            }
            Parts all = parts;
            if (all == null) {
                throw new StoreException.Failed("no part of " + name + " was begun", null);
            }
            return all.complete();
        } finally {
            drop();
        }
    }

    /**
     * Deletes the object, or its parts, on another thread.
     *
     * @param before what comes first
     */
    void discard(Senders.Cleaning before) {
        drop();
        if (!begun) {
            return;
        }
        Future<?> last = sending;
        senders.clean(name, () -> {
            if (last != null) {
                senders.awaitEnd(last);
            }
            before.run();
            Parts some = parts;
            if (some != null) {
                some.close();
            }
            var unused = client.delete(name);
        });
    }
}
