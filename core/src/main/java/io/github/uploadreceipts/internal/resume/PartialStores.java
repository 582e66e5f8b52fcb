package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadStore;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds where a store keeps resumable uploads that are not complete. Only stores on the local disk have such a place.
 */
public abstract class PartialStores {

    private static volatile @Nullable PartialStores access;

    /** A store other than {@link LocalUploadStore} that keeps such uploads. */
    public interface Provider {

        /** Returns where the store keeps them. */
        PartialStore partials();
    }

    /** Sets how a local store is asked. {@link LocalUploadStore} calls this when its class is loaded. */
    public static void install(PartialStores value) {
        access = value;
    }

    /** Returns where {@code store} keeps them. */
    protected abstract PartialStore read(LocalUploadStore store);

    /** Returns where {@code store} keeps them, or empty if it accepts no resumable uploads. */
    public static Optional<PartialStore> of(UploadStore store) {
        if (store instanceof Provider provider) {
            return Optional.of(provider.partials());
        }
        return store instanceof LocalUploadStore local
                ? Optional.of(Objects.requireNonNull(access).read(local))
                : Optional.empty();
    }
}
