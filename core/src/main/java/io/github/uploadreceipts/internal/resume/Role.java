package io.github.uploadreceipts.internal.resume;

/** What a resumable upload is to become. */
public enum Role {
    /** A file. */
    REGULAR,

    /** Part of a file; its receipt is for hosts only. */
    PARTIAL,

    /** A file that is a concatenation of partial uploads. */
    FINAL
}
