package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.net.URI;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The URLs at which receivers of webhooks finish. They lead to the upload filter, which says where it is. */
public final class FinishUrls {

    /** The path segment before the token. */
    public static final String SEGMENT = "finish";

    private static final String USUAL_PATH = "/uploads";

    private final Engine engine;
    private final FinishTokens tokens;
    private final AtomicReference<@Nullable String> base = new AtomicReference<>();

    FinishUrls(Engine engine) {
        this.engine = engine;
        this.tokens = new FinishTokens(engine.keyRing(), engine.clock());
    }

    /** Sets the URL of the upload filter that clients see, if it has one of its own. */
    public void publicUrl(String url) {
        base.set(url);
    }

    /** Sets the path of the upload filter below the application's context path. A public URL takes precedence. */
    public void path(String path) {
        base.compareAndSet(null, engine.internalUrl() + path);
    }

    String url(UploadReceipt receipt, URI receiver) {
        String known = base.get();
        String token = tokens.mint(new FinishTokens.Named(receipt.owner(), receiver), receipt.expiresAt());
        return (known == null ? engine.internalUrl() + USUAL_PATH : known) + "/" + SEGMENT + "/" + token;
    }
}
