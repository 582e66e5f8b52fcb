package io.github.uploadreceipts.servlet.internal.container;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.download.Download;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Writes a download as the body of a response, as fast as its client reads it and its bytes come. No thread waits for
 * either, unless the request cannot be asynchronous, and memory is constant. A client that reads nothing for too long does not get the rest.
 *
 * <p>The container announces room for more bytes, and the download announces bytes; whoever of them calls first writes,
 * and takes account of calls that come meanwhile.
 */
public final class DownloadWriter implements WriteListener, Watched {

    private static final Logger LOG = System.getLogger(Loggers.SHARE);
    private static final int BUFFER_SIZE = 32 * 1024;

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final ServletOutputStream out;
    private final Download download;
    private final Ending ending;
    private final long patienceNanos;
    // of its own, because a container may keep what was written until it can send it
    private final ByteBuffer buffer;
    private final Semaphore wakes = new Semaphore(0);
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile Runnable wake = wakes::release;
    private volatile Runnable whenListening = () -> {};
    private volatile Runnable whenEnded = () -> {};
    private volatile long waitsSince;
    private volatile boolean waitsForClient;
    private volatile long sent;
    private boolean flushed = true;
    private boolean complete;
    private volatile boolean lost;

    /** What is to be done after a download. It may block. */
    @FunctionalInterface
    public interface Ending {

        /**
         * Takes the end of a download.
         *
         * @param sent how many bytes the client may have got
         * @param failure why there are no more, or null if these are all
         * @param lost whether the download has failed, and not the client
         */
        void ended(long sent, @Nullable Throwable failure, boolean lost);
    }

    /**
     * Creates a writer, and reads the first bytes.
     *
     * @param download is closed in the end
     * @param patience for how long the client may read nothing
     * @throws IOException if the first bytes cannot be had; the download is closed, and {@code ending} not called
     */
    public static DownloadWriter create(
            HttpServletRequest request,
            HttpServletResponse response,
            Download download,
            Duration patience,
            Ending ending)
            throws IOException {
        return create(request, response, download, BUFFER_SIZE, patience, ending);
    }

    /**
     * Creates a writer as {@link #create(HttpServletRequest, HttpServletResponse, Download, Duration, Ending)} does.
     *
     * @param bufferSize how many bytes it holds as long as it is there
     */
    public static DownloadWriter create(
            HttpServletRequest request,
            HttpServletResponse response,
            Download download,
            int bufferSize,
            Duration patience,
            Ending ending)
            throws IOException {
        try {
            DownloadWriter writer = new DownloadWriter(request, response, download, bufferSize, patience, ending);
            download.onReadable(() -> writer.wake.run());
            writer.fill();
            return writer;
        } catch (IOException | RuntimeException | Error e) {
            download.close();
            throw e;
        }
    }

    private DownloadWriter(
            HttpServletRequest request,
            HttpServletResponse response,
            Download download,
            int bufferSize,
            Duration patience,
            Ending ending)
            throws IOException {
        this.request = request;
        this.response = response;
        this.out = response.getOutputStream();
        this.download = download;
        this.buffer = ByteBuffer.allocate(bufferSize).limit(0);
        this.ending = ending;
        this.patienceNanos = TimeUnit.NANOSECONDS.convert(patience);
    }

    /**
     * Writes whenever that is possible without waiting. The request must be asynchronous.
     *
     * @param executor where the download is read if the container's thread may not, or if its bytes come later than the
     *     client could read them
     */
    public void begin(Watchdog watchdog, Executor executor) {
        if (!complete) {
            ContainerManners.endIfCut(request, response);
        }
        whenListening = () -> wake = () -> wakeOn(executor);
        whenEnded = () -> watchdog.forget(this);
        watchdog.watch(this); // first, because the container may call the listener at once
        try {
            ContainerManners.listen(out, this);
        } catch (RuntimeException | Error e) {
            onError(e);
        }
    }

    /** Writes everything on this thread, which waits. */
    public void writeBlocking() throws IOException {
        try {
            while (!complete) {
                if (buffer.hasRemaining()) {
                    write();
                } else {
                    if (!flushed) {
                        flushed = true;
                        out.flush();
                    }
                    wakes.acquire();
                }
                fill();
            }
            end(null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end(e);
            throw new IOException("the container ends its threads", e);
        } catch (IOException | RuntimeException | Error e) {
            end(e);
            throw e;
        }
    }

    private void wakeOn(Executor executor) {
        try {
            executor.execute(this::run);
        } catch (RuntimeException e) { // the host is stopping
            onError(e);
        }
    }

    @Override
    public void onWritePossible() {
        whenListening.run();
        if (ContainerManners.callsOnIoThreads(request)) {
            wake.run();
        } else {
            run();
        }
    }

    /** Writes, unless another thread does: that one then goes on. */
    private void run() {
        if (calls.getAndIncrement() > 0) {
            return;
        }
        int seen = 1;
        do {
            try {
                writeAvailable();
            } catch (IOException | RuntimeException | Error e) {
                onError(e);
            }
            seen = calls.addAndGet(-seen);
        } while (seen > 0);
    }

    private void writeAvailable() throws IOException {
        while (!ended.get()) {
            if (!isReady()) {
                if (isLate()) {
                    throw new IOException("the client does not read its download");
                }
                return;
            }
            if (buffer.hasRemaining()) {
                write();
            } else if (complete) {
                if (!response.isCommitted()) { // or it is taken for an empty one while the rest of a body is read
                    ForeignAccess.send(request, out::flush);
                }
                end(null);
            } else {
                fill();
                if (!complete && !buffer.hasRemaining()) {
                    if (flushed) {
                        return;
                    }
                    flushed = true;
                    ForeignAccess.send(request, out::flush);
                }
            }
        }
    }

    private boolean isReady() {
        if (!waitsForClient) {
            waitsSince = System.nanoTime();
            waitsForClient = true; // first, because the container may call another thread before this one goes on
        }
        boolean ready = out.isReady();
        if (ready) {
            waitsForClient = false;
        }
        return ready;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // only one thread at a time writes
    private void write() throws IOException {
        int length = buffer.limit();
        ForeignAccess.send(request, () -> out.write(buffer.array(), 0, length));
        buffer.limit(0);
        sent += length;
        flushed = false;
    }

    private void fill() throws IOException {
        buffer.clear();
        try {
            complete = download.read(buffer) < 0;
        } catch (IOException | RuntimeException e) {
            lost = true;
            throw e;
        } finally {
            buffer.flip();
        }
    }

    private void end(@Nullable Throwable failure) {
        if (ended.compareAndSet(false, true)) {
            download.close();
            whenEnded.run();
            ending.ended(sent, failure, lost);
        }
    }

    @Override
    public void onError(Throwable failure) {
        LOG.log(Level.DEBUG, "a download ended early", failure);
        end(failure);
    }

    @Override
    public boolean isLate() {
        return waitsForClient && System.nanoTime() - waitsSince > patienceNanos;
    }

    /** Ends the download unless a thread is writing it, which then sees whether the client still does not read. */
    @Override
    public void endIfLate() {
        if (isLate()) {
            run();
        }
    }

    /** Does nothing: the client may get its download while the host is stopping. */
    @Override
    public void stop() {}
}
