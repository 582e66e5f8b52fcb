package io.github.uploadreceipts.internal.download;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of a stored upload, while they come. The reader sets the pace: what it does not read is not asked for, so
 * that memory stays constant and no thread waits.
 *
 * <p>Used by one thread at a time, except {@link #close}.
 */
public interface Download extends Closeable {

    /**
     * Reads the bytes that have come.
     *
     * @param into has room for at least one byte
     * @return how many bytes were read; -1 at the end, when all bytes were read; 0 if none has come, and then
     *     {@code wake} of {@link #onReadable} runs when some have
     * @throws IOException if the rest will not come, now and at every later call
     */
    int read(ByteBuffer into) throws IOException;

    /**
     * Sets what runs when there is something to read again after a read of 0 bytes: bytes, the end, or a failure. This
     * method is called once, before the first read. {@code wake} may run more than once, and on a thread that must not
     * be blocked. It may run before {@link #read} has returned 0.
     */
    void onReadable(Runnable wake);

    /** Ends the download, and frees what it holds. Any thread may call this, and more than once. */
    @Override
    void close();
}
