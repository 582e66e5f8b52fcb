package io.github.uploadreceipts.internal.resume;

import io.github.uploadreceipts.store.UploadStore;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Finds where a store keeps resumable uploads that are not complete. Only some kinds of stores have such a place. */
public final class PartialStores {

    private static final Map<Class<?>, Function<UploadStore, Optional<PartialStore>>> KINDS = new ConcurrentHashMap<>();

    private PartialStores() {}

    /** A store of another kind that keeps such uploads. */
    public interface Provider {

        /** Returns where the store keeps them. */
        PartialStore partials();
    }

    /** Sets how a kind of store is asked. A store calls this when its class is loaded. */
    public static <S extends UploadStore> void install(Class<S> kind, Function<S, Optional<PartialStore>> place) {
        KINDS.put(kind, store -> place.apply(kind.cast(store)));
    }

    /** Returns where {@code store} keeps them, or empty if it accepts no resumable uploads. */
    public static Optional<PartialStore> of(UploadStore store) {
        return store instanceof Provider provider
                ? Optional.of(provider.partials())
                : Optional.ofNullable(KINDS.get(store.getClass())).flatMap(place -> place.apply(store));
    }
}
