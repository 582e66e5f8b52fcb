package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.store.UploadStore;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Finds where a store keeps the records of short share links. Only some kinds of stores have such a place. */
public final class LinkStores {

    private static final Map<Class<?>, Function<UploadStore, LinkStore>> KINDS = new ConcurrentHashMap<>();

    private LinkStores() {}

    /** A store of another kind that keeps such records. */
    public interface Provider {

        /** Returns where the store keeps them. */
        LinkStore links();
    }

    /** Sets how a kind of store is asked. A store calls this when its class is loaded. */
    public static <S extends UploadStore> void install(Class<S> kind, Function<S, LinkStore> place) {
        KINDS.put(kind, store -> place.apply(kind.cast(store)));
    }

    /** Returns where {@code store} keeps them, or empty if its uploads can have no short links. */
    public static Optional<LinkStore> of(UploadStore store) {
        return store instanceof Provider provider
                ? Optional.of(provider.links())
                : Optional.ofNullable(KINDS.get(store.getClass())).map(place -> place.apply(store));
    }
}
