package io.github.uploadreceipts.store;

/** How safe an upload's bytes are when the client gets its receipt. */
public enum Durability {
    /** The bytes survive a power cut. */
    FORCED,
    /** The operating system has the bytes. They survive a crash of the application, but may be lost in a power cut. */
    BUFFERED
}
