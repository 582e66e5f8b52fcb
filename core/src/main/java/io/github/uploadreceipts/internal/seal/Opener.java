package io.github.uploadreceipts.internal.seal;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Opens a range of the plain bytes of a sealed upload, one segment after the other. Used by one thread at a time.
 *
 * <p>It holds one plain segment, and a buffer while a stored segment comes.
 */
final class Opener {

    private final SealedFile file;
    private final SegmentCipher cipher;
    private final Source source;
    private final long end;
    private long offset;
    private long storedLeft;
    private long segment; // the next one that is opened
    private byte @Nullable [] stored; // what has come of it
    private int come;
    private byte[] plain = {}; // the segment before that, once it is opened
    private @Nullable SealBrokenException broken;

    /** Gives the stored bytes of the range. */
    interface Source {

        /** Reads some bytes, at most {@code length}. Returns how many; 0 if none has come yet, and -1 at the end. */
        int read(byte[] into, int from, int length) throws IOException;
    }

    Opener(SealedFile file, long first, long length, Source source) {
        StoredRange range = file.stored(first, length);
        this.file = file;
        this.cipher = file.newCipher();
        this.source = source;
        this.offset = first;
        this.end = first + length;
        this.storedLeft = range.length();
        this.segment = range.first() / Segments.STORED;
    }

    /**
     * Reads plain bytes.
     *
     * @param into has room for at least one byte
     * @return how many; 0 if the source has not given enough bytes yet, and -1 at the end
     * @throws SealBrokenException if the next segment is not the one that was sealed; none of its bytes is read
     */
    int read(ByteBuffer into) throws IOException {
        if (broken != null) { // what follows in the source is not read in place of it
            throw broken;
        }
        // also where no byte is left to give: an empty upload has a tag, too
        boolean needsNext = plain.length == 0 || offset == Segments.plainOffset(segment);
        if (needsNext && storedLeft > 0 && !openNext()) {
            return 0;
        }
        if (offset == end) {
            return -1;
        }
        int count = (int) Math.min(into.remaining(), Math.min(end, Segments.plainOffset(segment)) - offset);
        into.put(plain, (int) (offset % Segments.PLAIN), count);
        offset += count;
        return count;
    }

    /** Returns whether the next segment has come, and is opened. */
    private boolean openNext() throws IOException {
        byte[] buffer = stored == null ? Buffers.take() : stored;
        stored = null;
        int length = file.storedLength(segment);
        try {
            if (!fill(buffer, length)) {
                stored = buffer;
                return false;
            }
            if (plain.length == 0) {
                plain = new byte[(int) Math.min(Segments.PLAIN, file.size())];
            }
            cipher.open(buffer, length, segment, file.isLast(segment), plain);
        } catch (SealBrokenException e) {
            broken = e;
            throw e;
        } finally {
            if (stored == null) {
                Buffers.giveBack(buffer);
            }
        }
        come = 0;
        storedLeft -= length;
        segment++;
        return true;
    }

    private boolean fill(byte[] buffer, int length) throws IOException {
        while (come < length) {
            int count = source.read(buffer, come, length - come);
            if (count < 0) {
                throw new SealBrokenException("segment " + segment + " is cut off");
            }
            if (count == 0) {
                return false;
            }
            come += count;
        }
        return true;
    }
}
