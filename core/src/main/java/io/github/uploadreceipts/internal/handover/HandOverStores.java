package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.store.UploadStore;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Finds where a store keeps what its host knows of hand-overs. Only some kinds of stores have such a place. */
public final class HandOverStores {

    private static final Map<Class<?>, Function<UploadStore, HandOverStore>> KINDS = new ConcurrentHashMap<>();

    private HandOverStores() {}

    /** Sets how a kind of store is asked. A store calls this when its class is loaded. */
    public static <S extends UploadStore> void install(Class<S> kind, Function<S, HandOverStore> place) {
        KINDS.put(kind, store -> place.apply(kind.cast(store)));
    }

    /** Returns where {@code store} keeps it, or empty if its uploads cannot be handed over. */
    public static Optional<HandOverStore> of(UploadStore store) {
        return Optional.ofNullable(KINDS.get(store.getClass())).map(place -> place.apply(store));
    }
}
