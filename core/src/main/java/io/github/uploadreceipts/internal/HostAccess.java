package io.github.uploadreceipts.internal;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.resume.ResumableUploads;
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

    /** Returns the engine behind {@code host}. */
    public static Engine engine(UploadHost host) {
        return Objects.requireNonNull(access).readEngine(host);
    }

    /** Returns the resumable uploads of {@code host}, if its store accepts them. */
    public static Optional<ResumableUploads> resumable(UploadHost host) {
        return Objects.requireNonNull(access).readResumable(host);
    }

    /** Reads the engine. */
    protected abstract Engine readEngine(UploadHost host);

    /** Reads the resumable uploads. */
    protected abstract Optional<ResumableUploads> readResumable(UploadHost host);
}
