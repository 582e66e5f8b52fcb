package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.internal.connect.Timeouts;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Limits how long a peer may keep one request waiting. The clock runs only while it is the peer's turn, because the
 * client may be slow.
 *
 * <p>Safe for use by several threads.
 */
final class Patience {

    private static final Duration CLOSING = Duration.ofSeconds(2);

    private final Timeouts timeouts;
    private volatile @Nullable Limit limit;

    /**
     * @param end when the wait is too long, a {@link System#nanoTime}
     * @param late creates the exception for a wait that is too long
     */
    private record Limit(long end, Supplier<Exception> late) {}

    /** Creates a patience that waits for nothing yet. */
    Patience(Timeouts timeouts) {
        this.timeouts = timeouts;
    }

    /**
     * Waits for a connection from now on: for its name, its TLS handshake, or the I/O thread that takes the request.
     */
    void awaitConnection() {
        start(timeouts.connect(), () -> new ConnectTimeoutException("connecting took too long"));
    }

    /** Waits from now on for the peer to receive bytes or to respond. */
    void awaitPeer() {
        start(timeouts.response(), SocketTimeoutException::new);
    }

    /** Waits from now on for the end of a connection that was closed because of {@code why}. */
    void awaitClose(Exception why) {
        start(CLOSING, () -> why);
    }

    private void start(Duration duration, Supplier<Exception> late) {
        limit = new Limit(System.nanoTime() + duration.toNanos(), late);
    }

    /** Waits for no peer from now on. */
    void stop() {
        limit = null;
    }

    /** Returns whether the clock runs. */
    boolean isRunning() {
        return limit != null;
    }

    /**
     * Returns the exception for a wait that is too long, if it is.
     *
     * @param now a {@link System#nanoTime}
     */
    Optional<Exception> lostAt(long now) {
        Limit running = limit;
        return running != null && now - running.end() > 0
                ? Optional.of(running.late().get())
                : Optional.empty();
    }
}
