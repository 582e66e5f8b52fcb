package io.github.uploadreceipts.permit;

/**
 * How large each file of a ticket may be.
 *
 * @param bytes how many, at least 0
 * @param exact whether exactly so many, or at most
 */
public record FileSize(long bytes, boolean exact) {

    /** Checks the number. */
    public FileSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("the size is negative");
        }
    }

    /** Returns a size that a file may not pass. */
    public static FileSize atMost(long bytes) {
        return new FileSize(bytes, false);
    }

    /** Returns a size that a file must have. */
    public static FileSize exactly(long bytes) {
        return new FileSize(bytes, true);
    }
}
