package io.github.uploadreceipts.internal.seal;

/**
 * A range of the bytes of a sealed upload as they are stored. Consists of whole segments.
 *
 * @param first the offset of the first byte
 * @param length how many bytes
 */
public record StoredRange(long first, long length) {}
