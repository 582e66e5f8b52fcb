package io.github.uploadreceipts.internal.seal;

import java.util.OptionalLong;

/**
 * The arithmetic of the sealed format: how plain bytes and stored bytes correspond. No result overflows, because a
 * sealed upload has at most {@link #MAX_SIZE} bytes.
 */
public final class Segments {

    /** How many plain bytes a segment has. Only the last one may have fewer. */
    static final int PLAIN = 65_536;

    static final int NONCE = 12;
    static final int TAG = 16;

    /** How many bytes a stored segment has beside the ciphertext, which is as long as the plain bytes. */
    static final int OVERHEAD = NONCE + TAG;

    /** How many bytes a full segment has when it is stored. */
    static final int STORED = PLAIN + OVERHEAD;

    /**
     * How many plain bytes a sealed upload can have: 256 TiB in 2<sup>32</sup> segments. With more, two random nonces
     * under one key might be the same (NIST SP 800-38D, section 8.3).
     */
    public static final long MAX_SIZE = (1L << 32) * PLAIN;

    private Segments() {}

    /**
     * Returns how many bytes are stored for an upload.
     *
     * @param size how many plain bytes it has
     * @throws IllegalArgumentException if no sealed upload has that size
     */
    public static long storedSize(long size) {
        return size + OVERHEAD * count(size);
    }

    /**
     * Returns how many bytes are stored at most for so many plain bytes, wherever in an upload they are. No store has room
     * for more bytes than a sealed upload can have, so their number is returned as it is.
     */
    public static long storedSizeAtMost(long bytes) {
        return bytes > 0 && isPossible(bytes) ? storedSize(bytes) + OVERHEAD : bytes;
    }

    /** Returns how many plain bytes an upload has, or empty if no sealed upload has that stored size. */
    public static OptionalLong plainSize(long storedSize) {
        if (storedSize < OVERHEAD) {
            return OptionalLong.empty();
        }
        long before = (storedSize - 1) / STORED; // the segments before the last one
        long last = storedSize - before * STORED - OVERHEAD;
        boolean possible = before == 0 ? last >= 0 : last > 0;
        long size = before * PLAIN + last;
        return possible && size <= MAX_SIZE ? OptionalLong.of(size) : OptionalLong.empty();
    }

    /** Returns how many segments an upload has. One of no bytes has one, which is empty. */
    static long count(long size) {
        requireSize(size);
        return Math.max(1, (size + PLAIN - 1) / PLAIN);
    }

    static boolean isPossible(long size) {
        return size >= 0 && size <= MAX_SIZE;
    }

    private static void requireSize(long size) {
        if (!isPossible(size)) {
            throw new IllegalArgumentException("a sealed upload has 0 to " + MAX_SIZE + " bytes, not " + size);
        }
    }

    /**
     * Returns how many bytes are stored for an upload that is {@linkplain Sealer#pause paused}.
     *
     * @param size how many plain bytes it has so far
     */
    public static long pausedSize(long size) {
        return size == 0 ? 0 : storedSize(size);
    }

    /**
     * Returns how many plain bytes an upload has that is {@linkplain Sealer#pause paused} or complete, or empty if no such
     * upload has that stored size.
     */
    public static OptionalLong plainSoFar(long storedSize) {
        return storedSize == 0 ? OptionalLong.of(0) : plainSize(storedSize);
    }

    /**
     * Returns where the unfinished segment of a {@linkplain Sealer#pause paused} upload is stored. It has at least one
     * byte, and may be full: only a byte after it shows that it is not the last one. An upload of no bytes has none yet.
     *
     * @param size how many plain bytes the upload has so far
     */
    public static StoredRange unfinished(long size) {
        long first = storedOffset(count(size) - 1);
        return new StoredRange(first, pausedSize(size) - first);
    }

    /** Returns at which plain byte a segment begins. */
    static long plainOffset(long segment) {
        return segment * PLAIN;
    }

    /** Returns at which stored byte a segment begins. */
    static long storedOffset(long segment) {
        return segment * STORED;
    }

    /**
     * Returns the stored bytes from which a range of plain bytes can be opened: those of whole segments.
     *
     * @param first the offset of the range's first plain byte
     * @param length how many plain bytes the range has
     * @param size how many plain bytes the upload has
     * @throws IllegalArgumentException if the range is not within the upload
     */
    static StoredRange stored(long first, long length, long size) {
        requireSize(size);
        if (first < 0 || length < 0 || first > size - length) {
            throw new IllegalArgumentException(length + " bytes from " + first + " are not within " + size);
        }
        if (length == 0 && size > 0) {
            return new StoredRange(0, 0);
        }
        long begin = storedOffset(first / PLAIN);
        long segments = Math.max(1, (first + length + PLAIN - 1) / PLAIN); // up to the end of the range
        return new StoredRange(begin, Math.min(storedOffset(segments), storedSize(size)) - begin);
    }
}
