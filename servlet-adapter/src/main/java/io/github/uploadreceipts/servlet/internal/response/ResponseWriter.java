package io.github.uploadreceipts.servlet.internal.response;

import io.github.uploadreceipts.internal.Loggers;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Writes a response as fast as its client reads it, without a thread that waits. As in {@link Responses#write}, the
 * last byte is written alone: a client that has not got it has not got the response.
 */
final class ResponseWriter implements WriteListener {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);
    private static final int CHUNK_SIZE = 64 * 1024;

    private final ServletOutputStream out;
    private final byte[] bytes;
    private final Fate fate;
    private final Runnable whenDone;
    private int written;
    private boolean flushed;
    private boolean ended;

    /**
     * Creates a listener that writes {@code bytes} to {@code out}.
     *
     * @param fate is told, before {@code whenDone} runs, whether the client gets all the bytes
     * @param whenDone runs in the end
     */
    ResponseWriter(ServletOutputStream out, byte[] bytes, Fate fate, Runnable whenDone) {
        this.out = out;
        this.bytes = bytes;
        this.fate = fate;
        this.whenDone = whenDone;
    }

    @Override
    public void onWritePossible() throws IOException {
        while (!ended && out.isReady()) {
            if (written == bytes.length) {
                end();
            } else if (written == bytes.length - 1 && !flushed) {
                flushed = true;
                out.flush();
            } else {
                int length = Math.max(1, Math.min(CHUNK_SIZE, bytes.length - 1 - written));
                out.write(bytes, written, length);
                written += length;
                if (written == bytes.length) {
                    fate.given();
                }
            }
        }
    }

    @Override
    public void onError(Throwable failure) {
        LOG.log(Level.DEBUG, "the connection ended before or with the response", failure);
        if (!ended) {
            if (written < bytes.length) {
                fate.lost();
            }
            end();
        }
    }

    private void end() {
        ended = true;
        whenDone.run();
    }
}
