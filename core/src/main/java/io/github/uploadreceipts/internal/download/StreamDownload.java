package io.github.uploadreceipts.internal.download;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * A download from a stream, for example from a file. Reading blocks as long as the stream does, and never returns 0.
 */
public final class StreamDownload implements Download {

    private static final int COPIED = 8 * 1024;

    private final InputStream in;

    /** Closing the download closes {@code in}. */
    public StreamDownload(InputStream in) {
        this.in = in;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        if (!into.hasArray()) {
            byte[] bytes = new byte[Math.min(into.remaining(), COPIED)];
            int count = in.read(bytes);
            into.put(bytes, 0, Math.max(count, 0));
            return count;
        }
        int count = in.read(into.array(), into.arrayOffset() + into.position(), into.remaining());
        into.position(into.position() + Math.max(count, 0));
        return count;
    }

    @Override
    public void onReadable(Runnable wake) {
        // there is always something to read
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            // nothing was written, so nothing is lost
        }
    }
}
