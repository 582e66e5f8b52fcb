package io.github.uploadreceipts.internal;

/** The names of loggers, by which operators configure them. They stay the same when classes move. */
public final class Loggers {

    /** What a host does: storing, purging, and resumable uploads. */
    public static final String HOST = "io.github.uploadreceipts.host.UploadHost";

    /** The key ring's file. */
    public static final String KEYS = "io.github.uploadreceipts.key.KeyRing";

    /** Requests to upload. */
    public static final String UPLOADS = "io.github.uploadreceipts.servlet.UploadFilter";

    /** Requests of peers. */
    public static final String DELIVERY = "io.github.uploadreceipts.servlet.DeliveryFilter";

    /** Final requests. */
    public static final String RECEIPTS = "io.github.uploadreceipts.servlet.ReceiptsFilter";

    /** Requests for share links. */
    public static final String SHARE = "io.github.uploadreceipts.servlet.ShareFilter";

    /** Requests to peers. */
    public static final String FETCH = "io.github.uploadreceipts.fetch.PeerFetcher";

    private Loggers() {}
}
