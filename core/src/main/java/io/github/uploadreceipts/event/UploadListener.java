package io.github.uploadreceipts.event;

/**
 * A listener for what happens on a host, for logs, metrics and audit. Every method does nothing by default.
 *
 * <p>The host calls a listener on the thread of the event, so implementations must be quick and safe for use by several
 * threads. An exception that a listener throws is logged and has no other effect.
 */
public interface UploadListener {

    /** See {@link UploadEvent.Stored}. */
    default void stored(UploadEvent.Stored event) {}

    /** See {@link UploadEvent.Refused}. */
    default void refused(UploadEvent.Refused event) {}

    /** See {@link UploadEvent.Abandoned}. */
    default void abandoned(UploadEvent.Abandoned event) {}

    /** See {@link UploadEvent.Delivered}. */
    default void delivered(UploadEvent.Delivered event) {}

    /** See {@link UploadEvent.Claimed}. */
    default void claimed(UploadEvent.Claimed event) {}

    /** See {@link UploadEvent.Fetched}. */
    default void fetched(UploadEvent.Fetched event) {}

    /** See {@link UploadEvent.Discarded}. */
    default void discarded(UploadEvent.Discarded event) {}

    /** See {@link UploadEvent.Purged}. */
    default void purged(UploadEvent.Purged event) {}
}
