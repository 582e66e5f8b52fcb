package io.github.uploadreceipts.internal.seal;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A range of the plain bytes of a sealed upload. Opens one segment after the other. */
final class OpeningStream extends InputStream {

    private final SealedFile file;
    private final SegmentCipher cipher;
    private final InputStream stored;
    private final long end;
    private long offset;
    private long storedLeft;
    private long segment; // the next one in stored
    private byte[] plain = {}; // the segment before that, once it is opened
    private @Nullable SealBrokenException broken;

    OpeningStream(SealedFile file, long first, long length, InputStream stored) {
        StoredRange range = file.stored(first, length);
        this.file = file;
        this.cipher = file.newCipher();
        this.stored = stored;
        this.offset = first;
        this.end = first + length;
        this.storedLeft = range.length();
        this.segment = range.first() / Segments.STORED;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, into.length);
        if (length == 0) {
            return 0;
        }
        if (broken != null) { // what follows in the stream is not read in place of it
            throw broken;
        }
        boolean needsNext = plain.length == 0 || offset == Segments.plainOffset(segment);
        if (needsNext && storedLeft > 0) { // also where no byte is left to give: an empty upload has a tag, too
            openNext();
        }
        if (offset == end) {
            return -1;
        }
        int count = (int) Math.min(length, Math.min(end, Segments.plainOffset(segment)) - offset);
        System.arraycopy(plain, (int) (offset % Segments.PLAIN), into, from, count);
        offset += count;
        return count;
    }

    private void openNext() throws IOException {
        int length = file.storedLength(segment);
        byte[] buffer = Buffers.take();
        try {
            if (stored.readNBytes(buffer, 0, length) < length) {
                throw new SealBrokenException("segment " + segment + " is cut off");
            }
            if (plain.length == 0) {
                plain = new byte[(int) Math.min(Segments.PLAIN, file.size())];
            }
            cipher.open(buffer, length, segment, file.isLast(segment), plain);
        } catch (SealBrokenException e) {
            broken = e;
            throw e;
        } finally {
            Buffers.giveBack(buffer);
        }
        storedLeft -= length;
        segment++;
    }

    @Override
    public void close() throws IOException {
        stored.close();
    }
}
