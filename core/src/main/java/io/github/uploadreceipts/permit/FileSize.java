package io.github.uploadreceipts.permit;

/**
 * The size of each file of a ticket.
 *
 * @param bytes the number of bytes, at least 0
 * @param exact true if a file must have exactly this size, false if it may have at most this size
 */
public record FileSize(long bytes, boolean exact) {

    /** Checks the size. */
    public FileSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("the size is " + bytes + ", but must be at least 0");
        }
    }

    /** Returns a size that a file must not exceed. */
    public static FileSize atMost(long bytes) {
        return new FileSize(bytes, false);
    }

    /** Returns a size that a file must have. */
    public static FileSize exactly(long bytes) {
        return new FileSize(bytes, true);
    }
}
