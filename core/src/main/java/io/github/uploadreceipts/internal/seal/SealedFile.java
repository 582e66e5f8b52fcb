package io.github.uploadreceipts.internal.seal;

import io.github.uploadreceipts.internal.download.Download;
import java.io.InputStream;

/**
 * A sealed upload, and what opens it. Its stored size has been checked, so that bytes cut off or appended are found
 * before the first byte is opened, whatever range is asked for.
 */
public final class SealedFile {

    private final SealKey key;
    private final long size;
    private final long storedSize;
    private final boolean complete;

    private SealedFile(SealKey key, long size, long storedSize, boolean complete) {
        this.key = key;
        this.size = size;
        this.storedSize = storedSize;
        this.complete = complete;
    }

    /**
     * Returns an upload that is complete.
     *
     * @param size how many plain bytes it has, as its receipt says
     * @param storedSize how many bytes are stored
     * @throws SealBrokenException if an upload of {@code size} bytes has another stored size
     */
    public static SealedFile of(SealKey key, long size, long storedSize) throws SealBrokenException {
        requireStored(size, storedSize, Segments.isPossible(size) && storedSize == Segments.storedSize(size));
        return new SealedFile(key, size, storedSize, true);
    }

    /**
     * Returns an upload that is {@linkplain Sealer#pause paused}.
     *
     * @param size how many plain bytes it has so far
     * @param storedSize how many bytes are stored
     * @throws SealBrokenException if a paused upload of {@code size} bytes has another stored size
     */
    public static SealedFile paused(SealKey key, long size, long storedSize) throws SealBrokenException {
        requireStored(size, storedSize, Segments.isPossible(size) && storedSize == Segments.pausedSize(size));
        return new SealedFile(key, size, storedSize, false);
    }

    private static void requireStored(long size, long storedSize, boolean fits) throws SealBrokenException {
        if (!fits) {
            throw new SealBrokenException(storedSize + " bytes are stored, which are not " + size + " sealed bytes");
        }
    }

    /** Returns how many plain bytes the upload has. */
    public long size() {
        return size;
    }

    /**
     * Returns the stored bytes that {@link #open} needs for a range of plain bytes: those of whole segments.
     *
     * @param first the offset of the first plain byte
     * @param length how many plain bytes
     * @throws IllegalArgumentException if the range is not within the upload
     */
    public StoredRange stored(long first, long length) {
        return Segments.stored(first, length, size).within(storedSize);
    }

    /**
     * Opens a range of the plain bytes.
     *
     * @param first the offset of the first byte
     * @param length how many bytes
     * @param stored gives the {@linkplain #stored stored bytes} of that range; the returned stream closes it
     * @return a stream of exactly {@code length} bytes, for use by one thread at a time. It throws a
     *     {@link SealBrokenException} before it gives a byte of a segment that is not the one that was sealed.
     * @throws IllegalArgumentException if the range is not within the upload
     */
    public InputStream open(long first, long length, InputStream stored) {
        return new OpeningStream(this, first, length, stored);
    }

    /**
     * Opens a range of the plain bytes while their stored bytes come, as {@link #open} does. It holds one plain segment,
     * and, while the stored bytes of the next one are incomplete, these.
     *
     * @param stored gives the {@linkplain #stored stored bytes} of that range; the returned download closes it
     * @throws IllegalArgumentException if the range is not within the upload
     */
    public Download download(long first, long length, Download stored) {
        return new OpeningDownload(this, first, length, stored);
    }

    SegmentCipher newCipher() {
        return new SegmentCipher(key);
    }

    /** Returns whether a segment is marked as the upload's last one. */
    boolean isLast(long segment) {
        return complete && segment == Segments.count(size) - 1;
    }

    /** Returns how many bytes of a segment are stored. */
    int storedLength(long segment) {
        return (int) Math.min(Segments.STORED, storedSize - Segments.storedOffset(segment));
    }
}
