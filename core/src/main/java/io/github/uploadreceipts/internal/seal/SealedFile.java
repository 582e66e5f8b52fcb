package io.github.uploadreceipts.internal.seal;

import io.github.uploadreceipts.receipt.ContentKey;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.InputStream;

/**
 * A sealed upload, and what opens it. Its stored size has been checked, so that bytes cut off or appended are found
 * before the first byte is opened, whatever range is asked for.
 */
public final class SealedFile {

    private final SealKey key;
    private final long size;

    private SealedFile(SealKey key, long size) {
        this.key = key;
        this.size = size;
    }

    /**
     * Returns an upload.
     *
     * @param size how many plain bytes it has, as its receipt says
     * @param storedSize how many bytes are stored
     * @throws SealBrokenException if an upload of {@code size} bytes has another stored size
     */
    public static SealedFile of(SealKey key, long size, long storedSize) throws SealBrokenException {
        if (size < 0 || size > Segments.MAX_SIZE || storedSize != Segments.storedSize(size)) {
            throw new SealBrokenException(storedSize + " bytes are stored, which are not " + size + " sealed bytes");
        }
        return new SealedFile(key, size);
    }

    /** Returns how many bytes are stored of an upload, which may be sealed or not. */
    public static long storedSize(UploadReceipt receipt) {
        return receipt.contentKey().isPresent() ? Segments.storedSize(receipt.size()) : receipt.size();
    }

    /**
     * Returns a sealed upload; see {@link #of(SealKey, long, long)}.
     *
     * @throws IllegalStateException if the receipt has no content key
     */
    public static SealedFile of(UploadReceipt receipt, long storedSize) throws SealBrokenException {
        ContentKey key = receipt.contentKey().orElseThrow(() -> new IllegalStateException("the upload is not sealed"));
        return of((SealKey) key, receipt.size(), storedSize);
    }

    /** Returns how many plain bytes the upload has. */
    public long size() {
        return size;
    }

    /**
     * Returns the stored bytes that {@link #open} needs for a range of plain bytes.
     *
     * @throws IllegalArgumentException if the range is not within the upload
     */
    public StoredRange stored(long first, long length) {
        return Segments.stored(first, length, size);
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
        return new OpeningStream(key, size, first, length, stored);
    }
}
