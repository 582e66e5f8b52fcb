package io.github.uploadreceipts.fetch.internal.connect;

import io.github.uploadreceipts.fetch.PeerFetcher;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Gives our test kit the transport of a fetcher. Users of a fetcher see no method that is not for them. */
public abstract class FetcherAccess {

    private static volatile @Nullable FetcherAccess access;

    /** Sets how the transport is set. {@link PeerFetcher} calls this when its builder's class is loaded. */
    public static void install(FetcherAccess value) {
        access = value;
    }

    /** Makes a fetcher send all that it asks peers through {@code transport}. It opens no connection then. */
    public static PeerFetcher.Builder transport(PeerFetcher.Builder builder, Transport transport) {
        return Objects.requireNonNull(access).set(builder, transport);
    }

    /** Sets the transport. */
    protected abstract PeerFetcher.Builder set(PeerFetcher.Builder builder, Transport transport);
}
