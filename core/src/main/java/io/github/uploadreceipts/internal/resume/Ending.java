package io.github.uploadreceipts.internal.resume;

/** When a request that creates an upload or appends to it completes the upload. Protocols differ in this. */
public enum Ending {
    /** As soon as the upload has as many bytes as its length says. */
    BY_LENGTH,

    /** Never. A later request completes the upload, even if that brings no more bytes. */
    OPEN,

    /** With its own last byte, which must also be the last of the length, if that is known. */
    LAST
}
