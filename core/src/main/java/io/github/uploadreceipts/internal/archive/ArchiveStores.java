package io.github.uploadreceipts.internal.archive;

import io.github.uploadreceipts.store.LocalUploadStore;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds what a local store knows of archived uploads. */
public final class ArchiveStores {

    private static volatile @Nullable Function<LocalUploadStore, ArchiveStore> access;

    private ArchiveStores() {}

    /** Sets how a local store is asked. {@link LocalUploadStore} calls this when its class is loaded. */
    public static void install(Function<LocalUploadStore, ArchiveStore> value) {
        access = value;
    }

    /** Returns what {@code store} knows. */
    public static ArchiveStore of(LocalUploadStore store) {
        return Objects.requireNonNull(access).apply(store);
    }
}
