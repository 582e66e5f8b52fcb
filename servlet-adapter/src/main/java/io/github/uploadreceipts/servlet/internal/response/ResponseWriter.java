package io.github.uploadreceipts.servlet.internal.response;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.servlet.internal.container.Watched;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Writes a response as fast as its client reads it, without a thread that waits. Where something depends on the
 * response, its head goes first, as in {@link Responses#give}. A client that reads nothing for too long does not get the
 * rest.
 */
final class ResponseWriter implements WriteListener, Watched {

    private static final Logger LOG = System.getLogger(Loggers.UPLOADS);
    static final int CHUNK_SIZE = 64 * 1024;

    private final ServletOutputStream out;
    private final byte[] bytes;
    private final Fate fate;
    private final Consumer<? super ResponseWriter> whenDone;
    private final long patienceNanos;
    private final AtomicBoolean decided = new AtomicBoolean();
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile long progressAt = System.nanoTime();
    private int written;
    private boolean flushed;

    /**
     * Creates a listener that writes {@code bytes} to {@code out}.
     *
     * @param fate is told, before {@code whenDone} runs, whether the client gets all the bytes
     * @param whenDone is given this writer in the end
     * @param patience for how long the client may read nothing
     */
    ResponseWriter(
            ServletOutputStream out,
            byte[] bytes,
            Fate fate,
            Consumer<? super ResponseWriter> whenDone,
            Duration patience) {
        this.out = out;
        this.bytes = bytes;
        this.fate = fate;
        this.whenDone = whenDone;
        this.patienceNanos = TimeUnit.NANOSECONDS.convert(patience);
        this.flushed = fate.equals(Fate.INDIFFERENT);
    }

    @Override
    public void onWritePossible() throws IOException {
        while (!ended.get() && out.isReady()) {
            progressAt = System.nanoTime();
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
                    decide(fate::given);
                }
            }
        }
    }

    @Override
    public void onError(Throwable failure) {
        LOG.log(Level.DEBUG, "the connection ended before or with the response", failure);
        try {
            decide(fate::lost); // unless all has been written, and the client may have read it
        } finally {
            end();
        }
    }

    private void decide(Runnable outcome) {
        if (decided.compareAndSet(false, true)) {
            outcome.run();
        }
    }

    private void end() {
        if (ended.compareAndSet(false, true)) {
            whenDone.accept(this);
        }
    }

    @Override
    public boolean isLate() {
        return System.nanoTime() - progressAt > patienceNanos;
    }

    @Override
    public void endIfLate() {
        if (isLate()) {
            onError(new IOException("the client does not read its response"));
        }
    }

    /** Does nothing: the client may get its response while the host is stopping. */
    @Override
    public void stop() {}
}
