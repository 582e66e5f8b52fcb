package io.github.uploadreceipts.internal.resume;

/** What a resumable upload is to become. */
public enum Role {
    /** A file. */
    REGULAR,

    /** Part of a file. Its receipt is for hosts only. */
    PARTIAL,

    /** A file: the concatenation of partial uploads. */
    FINAL
}
