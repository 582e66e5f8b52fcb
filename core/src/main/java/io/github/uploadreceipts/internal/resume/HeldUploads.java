package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.store.UploadId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells the engine that resumable uploads are stored. It does not tell of an upload that may yet be withdrawn before
 * it is decided that the upload stays. Safe for use by several threads.
 */
final class HeldUploads {

    private final Engine engine;

    /** The uploads that may yet be withdrawn, each with its receipt once it is complete. */
    private final Map<UploadId, Optional<IssuedReceipt>> held = new ConcurrentHashMap<>();

    HeldUploads(Engine engine) {
        this.engine = engine;
    }

    /** Holds the event of a new upload until {@link #keep} or {@link #forget}. */
    void hold(UploadId id) {
        held.putIfAbsent(id, Optional.empty());
    }

    /** Decides that an upload stays, and tells the listener if it is complete. Does nothing the second time. */
    void keep(UploadId id) {
        Optional<IssuedReceipt> complete = held.remove(id);
        if (complete != null) {
            complete.ifPresent(engine::stored);
        }
    }

    /** Forgets an upload that was withdrawn. The listener is not told of it. */
    void forget(UploadId id) {
        held.remove(id);
    }

    /** Tells the engine that an upload is stored, or remembers its receipt if the upload may yet be withdrawn. */
    void stored(IssuedReceipt issued) {
        if (held.computeIfPresent(issued.receipt().id(), (id, none) -> Optional.of(issued)) == null) {
            engine.stored(issued);
        }
    }
}
