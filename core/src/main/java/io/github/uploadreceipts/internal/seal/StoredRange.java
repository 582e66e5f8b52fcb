package io.github.uploadreceipts.internal.seal;

/**
 * A range of the bytes of a sealed upload as they are stored.
 *
 * @param first the offset of the first byte
 * @param length how many bytes
 */
public record StoredRange(long first, long length) {

    /** Returns the part of the range that is within so many bytes. */
    StoredRange within(long size) {
        long end = Math.min(first + length, size);
        return new StoredRange(first, end - first);
    }
}
