package io.github.uploadreceipts.event;

/**
 * A listener for what happens on a host, for logs, metrics and audit.
 *
 * <pre>{@code
 * UploadHost.builder(keyRing, store).listener(event -> {
 *     if (event instanceof UploadEvent.Stored stored) {
 *         audit.record(stored.receipt().id(), stored.receipt().subject());
 *     }
 * });
 * }</pre>
 *
 * <p>There is one method for all events, so that a listener which writes down whatever happens need not know every
 * kind, and gets those of later versions too. {@link UploadEvent} is not sealed, so a {@code switch} over it must have
 * a default: a new kind of event breaks no listener.
 *
 * <p>The host calls a listener on the thread of the event, at times under a lock of the upload, so implementations must
 * be quick, must not block, and must be safe for use by several threads. An exception that a listener throws is logged
 * and has no other effect.
 */
@FunctionalInterface
public interface UploadListener {

    /** Is told what has happened. */
    void on(UploadEvent event);
}
