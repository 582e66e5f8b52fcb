package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.UploadId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells the listener that resumable uploads are stored. The event of an upload that may yet be withdrawn is held until
 * it is certain that somebody gets its URL or its receipt. Safe for use by several threads.
 */
final class StoredEvents {

    private final Engine engine;

    /** The uploads whose events are held, each with its receipt once it is stored. */
    private final Map<UploadId, Optional<UploadReceipt>> held = new ConcurrentHashMap<>();

    StoredEvents(Engine engine) {
        this.engine = engine;
    }

    /** Holds the event of an upload until {@link #release} or {@link #drop}. */
    void hold(UploadId id) {
        held.putIfAbsent(id, Optional.empty());
    }

    /** Tells the listener that an upload is stored, or remembers its receipt while its event is held. */
    void tell(UploadReceipt receipt) {
        if (held.computeIfPresent(receipt.id(), (id, none) -> Optional.of(receipt)) == null) {
            engine.tell(listener -> listener.stored(new UploadEvent.Stored(receipt)));
        }
    }

    /** Ends the hold on an upload, and tells the listener if the upload is stored. Does nothing the second time. */
    void release(UploadId id) {
        Optional<UploadReceipt> stored = held.remove(id);
        if (stored != null) {
            stored.ifPresent(this::tell);
        }
    }

    /** Ends the hold on an upload that was withdrawn. The listener is not told of it. */
    void drop(UploadId id) {
        held.remove(id);
    }
}
