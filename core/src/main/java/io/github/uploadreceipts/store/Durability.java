package io.github.uploadreceipts.store;

/** What has happened to an upload's bytes when its receipt is given out. */
public enum Durability {
    /** They survive a power cut. */
    FORCED,
    /** The operating system has them; a power cut may lose them, a crash of the application does not. */
    BUFFERED
}
