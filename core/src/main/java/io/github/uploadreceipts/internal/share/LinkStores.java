package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadStore;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds where a store keeps the records of short share links. Only stores on the local disk have such a place. */
public abstract class LinkStores {

    private static volatile @Nullable LinkStores access;

    /** A store other than {@link LocalUploadStore} that keeps such records. */
    public interface Provider {

        /** Returns where the store keeps them. */
        LinkStore links();
    }

    /** Sets how a local store is asked. {@link LocalUploadStore} calls this when its class is loaded. */
    public static void install(LinkStores value) {
        access = value;
    }

    /** Returns where {@code store} keeps them. */
    protected abstract LinkStore read(LocalUploadStore store);

    /** Returns where {@code store} keeps them, or empty if its uploads can have no short links. */
    public static Optional<LinkStore> of(UploadStore store) {
        if (store instanceof Provider provider) {
            return Optional.of(provider.links());
        }
        return store instanceof LocalUploadStore local
                ? Optional.of(Objects.requireNonNull(access).read(local))
                : Optional.empty();
    }
}
