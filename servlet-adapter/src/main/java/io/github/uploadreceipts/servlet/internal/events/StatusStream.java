package io.github.uploadreceipts.servlet.internal.events;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.servlet.internal.response.HandOverStatus;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The events that one browser gets of its upload (the {@code text/event-stream} of the HTML standard): the status now, and
 * the last one when there is a verdict, with comments in between. No thread waits for them. At most one comment waits for
 * a browser that does not read.
 *
 * <p>The stream ends without a last status if the upload is gone. The browser then asks again, and gets the refusal.
 */
final class StatusStream implements Download {

    /** Shorter than the time-outs of proxies and containers, which often are 30 or 60 s. */
    static final Duration HEARTBEAT = Duration.ofSeconds(15);

    private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.UTF_8);

    private final Awaiting awaiting;
    private final Predicate<Throwable> temporary;
    private final BooleanSupplier expired;
    private final ScheduledExecutorService timer;
    private final Deque<ByteBuffer> pending = new ArrayDeque<>(); // guarded by this
    private boolean complete; // guarded by this
    private boolean told; // the status; guarded by this
    private volatile Runnable wake = () -> {};
    private volatile boolean closed;
    private volatile CompletableFuture<?> awaited = new CompletableFuture<>();

    /** Waits for the verdict. The future is complete, with waiting or a failure, not much later than {@code atMost}. */
    @FunctionalInterface
    interface Awaiting {
        CompletableFuture<Verdict> await(Duration atMost);
    }

    /**
     * Creates a stream, which waits for nothing yet.
     *
     * @param first what is known; empty if the owner cannot be asked now
     * @param temporary whether a failure to wait is one after which waiting again makes sense
     * @param expired whether the upload's URL has expired
     * @param timer makes pauses
     */
    StatusStream(
            Optional<Verdict> first,
            Awaiting awaiting,
            Predicate<Throwable> temporary,
            BooleanSupplier expired,
            ScheduledExecutorService timer) {
        this.awaiting = awaiting;
        this.temporary = temporary;
        this.expired = expired;
        this.timer = timer;
        pending.add(ByteBuffer.wrap(beginning(first)));
        this.told = first.isPresent();
        this.complete = first.filter(StatusStream::isLast).isPresent();
    }

    /** Returns the first bytes: how long the browser waits before it connects again, and what is known. */
    static byte[] beginning(Optional<Verdict> first) {
        return ("retry: " + pauseMillis() + "\n\n"
                        + first.map(StatusStream::event).orElse(""))
                .getBytes(StandardCharsets.UTF_8);
    }

    /** After a host has been restarted, not all browsers come back at once. */
    private static long pauseMillis() {
        return ThreadLocalRandom.current().nextLong(3_000, 7_000);
    }

    private static String event(Verdict verdict) {
        return "event: status\ndata: " + new HandOverStatus(verdict).toJson() + "\n\n";
    }

    private static boolean isLast(Verdict verdict) {
        return verdict.status() != Verdict.Status.WAITING;
    }

    /** Begins to wait for the verdict, unless it is known. */
    void begin() {
        if (!isComplete()) {
            await();
        }
    }

    private synchronized boolean isComplete() {
        return complete;
    }

    private void await() {
        if (closed) {
            return;
        }
        if (expired.getAsBoolean()) {
            end();
            return;
        }
        long since = System.nanoTime();
        CompletableFuture<Verdict> next = awaiting.await(HEARTBEAT);
        awaited = next;
        if (closed) {
            next.cancel(false);
        }
        var unused = next.whenComplete((verdict, failure) -> heard(verdict, failure, System.nanoTime() - since));
    }

    private void heard(@Nullable Verdict verdict, @Nullable Throwable failure, long nanos) {
        if (closed) {
            return;
        }
        if (verdict == null) {
            if (failure != null && temporary.test(failure)) {
                beat();
                pause();
            } else {
                end();
            }
        } else if (isLast(verdict)) {
            put(event(verdict), true);
        } else {
            if (!isTold()) {
                put(event(verdict), false);
            } else {
                beat();
            }
            if (nanos > HEARTBEAT.toNanos() / 2) {
                await();
            } else { // it did not wait, and must not be asked again and again
                pause();
            }
        }
    }

    private synchronized boolean isTold() {
        return told;
    }

    private void pause() {
        try {
            var unused = timer.schedule(this::await, pauseMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) { // the host is stopping
            end();
        }
    }

    private void beat() {
        synchronized (this) {
            if (pending.isEmpty()) {
                pending.add(ByteBuffer.wrap(COMMENT));
            }
        }
        wake.run();
    }

    private void put(String event, boolean last) {
        synchronized (this) {
            pending.add(ByteBuffer.wrap(event.getBytes(StandardCharsets.UTF_8)));
            told = true;
            complete = last;
        }
        wake.run();
    }

    /** Ends the stream without a last status. */
    void end() {
        synchronized (this) {
            complete = true;
        }
        wake.run();
    }

    @Override
    public synchronized int read(ByteBuffer into) {
        ByteBuffer next = pending.peek();
        if (next == null) {
            return complete ? -1 : 0;
        }
        int count = Math.min(next.remaining(), into.remaining());
        into.put(next.slice().limit(count));
        next.position(next.position() + count);
        if (!next.hasRemaining()) {
            pending.remove();
        }
        return count;
    }

    @Override
    public void onReadable(Runnable value) {
        wake = value;
    }

    @Override
    public void close() {
        closed = true;
        awaited.cancel(false);
    }
}
