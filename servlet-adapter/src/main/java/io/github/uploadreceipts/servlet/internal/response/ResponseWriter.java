package io.github.uploadreceipts.servlet.internal.response;

import io.github.uploadreceipts.internal.Loggers;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Writes a response as fast as its client reads it, without a thread that waits. Where something depends on the
 * response, its head goes first, as in {@link Responses#give}.
 */
final class ResponseWriter implements WriteListener {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);
    static final int CHUNK_SIZE = 64 * 1024;

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
        this.flushed = fate.equals(Fate.INDIFFERENT);
    }

    @Override
    public void onWritePossible() throws IOException {
        while (!ended && out.isReady()) {
            if (written == bytes.length) {
                end();
            } else if (!flushed) {
                flushed = true;
                out.flush();
            } else {
                int length = Math.min(CHUNK_SIZE, bytes.length - written);
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
