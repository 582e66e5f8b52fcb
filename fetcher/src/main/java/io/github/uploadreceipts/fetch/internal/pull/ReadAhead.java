package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The uploads of a stream that are being fetched, or were fetched, before the reader takes them. They are started in
 * order, and stay within the limits. The only exception is a single upload that is larger than the limit of bytes.
 */
final class ReadAhead implements Closeable {

    private final FetchRun run;
    private final int maxUploads;
    private final long maxBytes;
    private final Deque<Ahead> ahead = new ArrayDeque<>();
    private long bytes;
    private int next;

    private record Ahead(UploadTask<HeldUpload> task, Deadline deadline, long room) {}

    private ReadAhead(FetchRun run, int maxUploads, long maxBytes) {
        this.run = run;
        this.maxUploads = maxUploads;
        this.maxBytes = maxBytes;
    }

    /** Returns a read-ahead with the limits in the settings of {@code run}. */
    static ReadAhead of(FetchRun run) {
        FetchSettings settings = run.settings();
        return new ReadAhead(run, settings.readAheadUploads(), settings.readAheadBytes());
    }

    /**
     * Starts as many uploads as the limits allow. Each upload has its own deadline: the time that the reader spends on
     * earlier uploads must not count.
     */
    synchronized void fill() {
        while (next < run.receipts().size() && hasRoomFor(run.room(next))) {
            Deadline deadline = run.startClock();
            ahead.add(new Ahead(run.get(next, deadline), deadline, run.room(next)));
            bytes += run.room(next);
            next++;
        }
    }

    private boolean hasRoomFor(long room) {
        return ahead.isEmpty() || (ahead.size() < maxUploads && room <= maxBytes - bytes);
    }

    /** Waits for the next upload in order. */
    HeldUpload take() throws FetchException {
        Ahead first = remove();
        try {
            return first.task().await();
        } catch (PeerException e) {
            first.deadline().cancel();
            first.task().settle();
            throw new FetchException(List.of(first.task().failure(e)));
        } finally {
            first.deadline().close();
        }
    }

    private synchronized Ahead remove() {
        fill();
        Ahead first = ahead.remove();
        bytes -= first.room();
        return first;
    }

    /** Waits for the tasks that closing the run has cancelled. */
    @Override
    public synchronized void close() {
        ahead.forEach(one -> one.task().settle());
        ahead.clear();
    }
}
