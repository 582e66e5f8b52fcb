package io.github.uploadreceipts.internal.direct;

import io.github.uploadreceipts.store.UploadStore;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Finds where clients write straight to a store. Only some kinds of stores have such a place. */
public final class DirectStores {

    private static final Map<Class<?>, Function<UploadStore, Optional<DirectStore>>> KINDS = new ConcurrentHashMap<>();

    private DirectStores() {}

    /** Sets how a kind of store is asked. A store calls this when its class is loaded. */
    public static <S extends UploadStore> void install(Class<S> kind, Function<S, Optional<DirectStore>> place) {
        KINDS.put(kind, store -> place.apply(kind.cast(store)));
    }

    /** Returns where clients write straight to {@code store}, or empty if they cannot. */
    public static Optional<DirectStore> of(UploadStore store) {
        return Optional.ofNullable(KINDS.get(store.getClass())).flatMap(place -> place.apply(store));
    }
}
