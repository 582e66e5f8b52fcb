package io.github.uploadreceipts.servlet.internal.finish;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Supplier;

/** A body that has been read before. It is always ready; a thread of the container calls its listener. */
public final class KeptStream extends ServletInputStream {

    private final InputStream in;
    private final Supplier<AsyncContext> context;
    private boolean finished;

    public KeptStream(InputStream in, Supplier<AsyncContext> context) {
        this.in = in;
        this.context = context;
    }

    @Override
    public int read() throws IOException {
        int read = in.read();
        finished = read < 0;
        return read;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = in.read(bytes, offset, length);
        finished = read < 0;
        return read;
    }

    @Override
    public boolean isFinished() {
        return finished;
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {
        context.get().start(() -> {
            try {
                listener.onDataAvailable();
                listener.onAllDataRead();
            } catch (IOException | RuntimeException e) {
                listener.onError(e);
            }
        });
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
