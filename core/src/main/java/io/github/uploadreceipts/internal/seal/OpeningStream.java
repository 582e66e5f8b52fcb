package io.github.uploadreceipts.internal.seal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/** A range of the plain bytes of a sealed upload. */
final class OpeningStream extends InputStream {

    private final InputStream stored;
    private final Opener opener;

    OpeningStream(SealedFile file, long first, long length, InputStream stored) {
        this.stored = stored;
        this.opener = new Opener(file, first, length, stored::read);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, into.length);
        return length == 0 ? 0 : opener.read(ByteBuffer.wrap(into, from, length));
    }

    @Override
    public void close() throws IOException {
        stored.close();
    }
}
