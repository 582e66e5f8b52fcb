package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import java.util.Iterator;
import java.util.List;

/** All the uploads of a fetch, here. */
final class FetchedSet implements FetchedUploads {

    private final FetchRun run;
    private final List<FetchedUpload> uploads;
    private volatile boolean closed;

    FetchedSet(FetchRun run, List<FetchedUpload> uploads) {
        this.run = run;
        this.uploads = List.copyOf(uploads);
    }

    @Override
    public Iterator<FetchedUpload> iterator() {
        return list().iterator();
    }

    @Override
    public List<FetchedUpload> list() {
        if (closed) {
            throw new IllegalStateException("the fetched uploads are closed");
        }
        return uploads;
    }

    @Override
    public void discard() throws FetchException {
        run.discard(uploads.size());
    }

    @Override
    public void close() {
        closed = true;
        uploads.forEach(FetchedStream::release);
        run.close();
    }
}
