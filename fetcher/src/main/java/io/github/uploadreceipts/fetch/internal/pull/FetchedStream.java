package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** The uploads of a fetch, which the reader takes one after the other. */
public final class FetchedStream implements FetchedUploads {

    private final FetchRun run;
    private final ReadAhead ahead;
    private volatile @Nullable HeldUpload current;
    private int taken;
    private boolean iterating;
    private boolean failed;
    private volatile boolean closed;

    private FetchedStream(FetchRun run, ReadAhead ahead) {
        this.run = run;
        this.ahead = ahead;
    }

    /**
     * Claims all the uploads, and gets none of them yet. Closing the stream closes {@code run}.
     *
     * @throws FetchException if any upload cannot be claimed; {@code run} is then closed
     */
    public static FetchedStream of(FetchRun run) throws FetchException {
        run.claim();
        return new FetchedStream(run, ReadAhead.of(run));
    }

    @Override
    public Iterator<FetchedUpload> iterator() {
        requireOpen();
        if (iterating) {
            throw new IllegalStateException("the uploads of a stream can be taken once");
        }
        iterating = true;
        ahead.fill();
        return new Taking();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the fetched uploads are closed");
        }
    }

    @Override
    public List<FetchedUpload> list() {
        throw new IllegalStateException("a stream never holds all uploads; iterate, or use fetch");
    }

    private final class Taking implements Iterator<FetchedUpload> {

        @Override
        public boolean hasNext() {
            return !failed && taken < run.receipts().size();
        }

        @Override
        public FetchedUpload next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            requireOpen();
            releaseCurrent();
            try {
                return take();
            } catch (FetchException e) {
                failed = true;
                close();
                throw new UncheckedIOException(e);
            }
        }
    }

    private FetchedUpload take() throws FetchException {
        HeldUpload upload = ahead.take();
        current = upload;
        taken++;
        ahead.fill();
        return upload;
    }

    @Override
    public void discard() throws FetchException {
        run.discard(taken);
    }

    @Override
    public void close() {
        closed = true;
        run.close();
        ahead.close();
        releaseCurrent();
    }

    private void releaseCurrent() {
        HeldUpload upload = current;
        if (upload != null) {
            upload.release();
        }
    }
}
