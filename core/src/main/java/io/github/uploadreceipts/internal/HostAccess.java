package io.github.uploadreceipts.internal;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.direct.DirectUploads;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.handover.HandOvers;
import io.github.uploadreceipts.internal.resume.ResumableUploads;
import io.github.uploadreceipts.internal.share.LinkGate;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gives our own modules what is behind a host. Users of a host see no method that is not for them. */
public abstract class HostAccess {

    private static volatile @Nullable HostAccess access;

    /** Sets how our modules get at what is behind a host. {@link UploadHost} calls this when its class is loaded. */
    public static void install(HostAccess value) {
        access = value;
    }

    /**
     * What is behind a host.
     *
     * @param resumable the resumable uploads, if the host's store accepts them
     * @param direct the uploads straight to the host's store, if clients can write there
     * @param links who may use share links
     * @param handOvers what the application says about uploads
     */
    public record Parts(
            Engine engine,
            Optional<ResumableUploads> resumable,
            Optional<DirectUploads> direct,
            LinkGate links,
            HandOvers handOvers) {}

    /** Returns the engine behind {@code host}. */
    public static Engine engine(UploadHost host) {
        return parts(host).engine();
    }

    /** Returns the resumable uploads of {@code host}, if its store accepts them. */
    public static Optional<ResumableUploads> resumable(UploadHost host) {
        return parts(host).resumable();
    }

    /** Returns the uploads straight to the store of {@code host}, if clients can write there. */
    public static Optional<DirectUploads> direct(UploadHost host) {
        return parts(host).direct();
    }

    /** Returns what decides who may use share links at {@code host}. */
    public static LinkGate links(UploadHost host) {
        return parts(host).links();
    }

    /** Returns what the application says about the uploads of {@code host}. */
    public static HandOvers handOvers(UploadHost host) {
        return parts(host).handOvers();
    }

    private static Parts parts(UploadHost host) {
        return Objects.requireNonNull(access).read(host);
    }

    /** Reads what is behind a host. */
    protected abstract Parts read(UploadHost host);
}
