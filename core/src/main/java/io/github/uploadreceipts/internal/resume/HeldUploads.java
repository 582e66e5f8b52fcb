package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.UploadId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells the listener which uploads are stored: at once, or, of one that may yet be withdrawn, when that is decided. Safe for
 * use by several threads.
 */
final class HeldUploads {

    private final Engine engine;

    /** Uploads that may yet be withdrawn, and the receipts of those that are complete. */
    private final Map<UploadId, Optional<UploadReceipt>> held = new ConcurrentHashMap<>();

    HeldUploads(Engine engine) {
        this.engine = engine;
    }

    void hold(UploadId id) {
        held.putIfAbsent(id, Optional.empty());
    }

    void keep(UploadId id) {
        Optional<UploadReceipt> complete = held.remove(id);
        if (complete != null) {
            complete.ifPresent(this::stored);
        }
    }

    void forget(UploadId id) {
        held.remove(id);
    }

    void stored(UploadReceipt receipt) {
        if (held.computeIfPresent(receipt.id(), (id, none) -> Optional.of(receipt)) == null) {
            engine.tell(listener -> listener.stored(new UploadEvent.Stored(receipt)));
        }
    }
}
