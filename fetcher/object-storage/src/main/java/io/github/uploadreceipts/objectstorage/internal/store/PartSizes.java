package io.github.uploadreceipts.objectstorage.internal.store;

import java.util.OptionalInt;

/**
 * How large the parts of an object are: few bytes first, so that small uploads take little memory, and twice as many
 * after each tenth of the parts, so that an object can be large.
 */
final class PartSizes {

    private static final int MEBIBYTE = 1 << 20;
    static final int FIRST = 8 << 20;
    private static final int LARGEST = 1 << 30;

    /** So many of the largest parts fit into the buffers. */
    private static final int FIT = 8;

    private final int first;
    private final int largest;
    private final int maxParts;

    /** Returns the size of the parts of an object whose size is known, or empty if they would be larger than that. */
    static OptionalInt of(long size, int maxParts, long largest) {
        long needed = (size + maxParts - 1) / maxParts;
        long part = Math.max(FIRST, (needed + MEBIBYTE - 1) / MEBIBYTE * MEBIBYTE);
        return part > Math.max(FIRST, Math.min(LARGEST, largest)) ? OptionalInt.empty() : OptionalInt.of((int) part);
    }

    PartSizes(int minPart, int maxParts, long buffers) {
        this.first = Math.max(minPart, FIRST);
        this.largest = (int) Math.max(first, Math.min(LARGEST, buffers / FIT));
        this.maxParts = maxParts;
    }

    /** Returns the size of a part, counted from 0. */
    int of(int number) {
        int doublings = Math.min(number / Math.max(1, maxParts / 10), 10);
        return (int) Math.min(largest, (long) first << doublings);
    }

    /** Returns how many bytes an object has at most. */
    long most() {
        long sum = 0;
        for (int number = 0; number < maxParts; number++) {
            sum += of(number);
        }
        return sum;
    }
}
