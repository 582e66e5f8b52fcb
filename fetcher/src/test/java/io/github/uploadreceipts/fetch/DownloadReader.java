package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.download.Download;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Reads a download as a client does that waits where it must. */
public final class DownloadReader {

    private final Download download;
    private final ByteBuffer buffer;
    private final Semaphore readable = new Semaphore(0);
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();

    public DownloadReader(Download download, ByteBuffer buffer) {
        this.download = download;
        this.buffer = buffer;
        download.onReadable(readable::release);
    }

    public static byte[] readAll(Download download) throws IOException, InterruptedException {
        return readAll(download, ByteBuffer.allocate(20_000));
    }

    public static byte[] readAll(Download download, ByteBuffer buffer) throws IOException, InterruptedException {
        DownloadReader reader = new DownloadReader(download, buffer);
        while (reader.readSome()) {
            // until the end
        }
        return reader.read();
    }

    /** Waits for bytes and reads them. Returns false at the end. */
    public boolean readSome() throws IOException, InterruptedException {
        int count = download.read(buffer.clear());
        while (count == 0) {
            assertThat(readable.tryAcquire(120, TimeUnit.SECONDS)).as("woken").isTrue();
            count = download.read(buffer.clear());
        }
        byte[] some = new byte[Math.max(count, 0)];
        buffer.flip().get(some);
        read.writeBytes(some);
        return count > 0;
    }

    /** Returns all that was read so far. */
    public byte[] read() {
        return read.toByteArray();
    }
}
