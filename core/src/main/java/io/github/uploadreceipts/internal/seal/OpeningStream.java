package io.github.uploadreceipts.internal.seal;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A range of the plain bytes of a sealed upload. Opens one segment after the other. */
final class OpeningStream extends InputStream {

    private final SegmentCipher cipher;
    private final InputStream stored;
    private final long size;
    private final long end;
    private long offset;
    private long segment; // the next one in stored
    private byte[] plain = {}; // of the segment before that, once it is opened
    private boolean opened;
    private @Nullable SealBrokenException broken;

    OpeningStream(SealKey key, long size, long first, long length, InputStream stored) {
        this.segment = Segments.stored(first, length, size).first() / Segments.STORED;
        this.cipher = new SegmentCipher(key);
        this.stored = stored;
        this.size = size;
        this.offset = first;
        this.end = first + length;
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
        boolean atEnd = offset == end;
        if (!opened && (!atEnd || size == 0)) { // the one segment of an empty upload has a tag, too
            openNext();
        }
        if (atEnd) {
            return -1;
        }
        if (offset == Segments.plainOffset(segment)) {
            openNext();
        }
        int position = (int) (offset % Segments.PLAIN);
        int count = (int) Math.min(length, Math.min(end, Segments.plainOffset(segment)) - offset);
        System.arraycopy(plain, position, into, from, count);
        offset += count;
        return count;
    }

    private void openNext() throws IOException {
        if (broken != null) { // what follows in the stream is not read in place of it
            throw broken;
        }
        byte[] buffer = Buffers.take();
        try {
            int length = (int) Math.min(Segments.STORED, Segments.storedSize(size) - Segments.storedOffset(segment));
            if (stored.readNBytes(buffer, 0, length) < length) {
                throw new SealBrokenException("segment " + segment + " is cut off");
            }
            if (plain.length == 0) {
                plain = new byte[(int) Math.min(Segments.PLAIN, size)];
            }
            cipher.open(buffer, length, segment, segment == Segments.count(size) - 1, plain);
        } catch (SealBrokenException e) {
            broken = e;
            throw e;
        } finally {
            Buffers.giveBack(buffer);
        }
        opened = true;
        segment++;
    }

    @Override
    public void close() throws IOException {
        stored.close();
    }
}
