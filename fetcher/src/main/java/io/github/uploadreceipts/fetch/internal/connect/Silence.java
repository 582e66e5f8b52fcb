package io.github.uploadreceipts.fetch.internal.connect;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * The time for which a peer has given no sign, over one or several attempts: no connection, or no head of a response.
 * It ends with the first sign, and is too long after a limit.
 *
 * <p>Safe for use by several threads.
 */
public final class Silence {

    private final Duration limit;
    private final long since;
    private final Runnable whenBroken;
    private volatile boolean broken;

    /**
     * @param limit how long the silence may last
     * @param since when it began, a {@link System#nanoTime}
     * @param whenBroken is called when the peer gives a sign
     */
    public Silence(Duration limit, long since, Runnable whenBroken) {
        this.limit = limit;
        this.since = since;
        this.whenBroken = whenBroken;
    }

    /** Ends the silence, because the head of a response has come. */
    void end() {
        broken = true;
        whenBroken.run();
    }

    /** Returns whether the peer has given a sign. */
    public boolean isBroken() {
        return broken;
    }

    /** Returns how much longer the silence may last; never negative. */
    public Duration left() {
        return limit.minusNanos(Math.min(limit.toNanos(), System.nanoTime() - since));
    }

    /** Returns the failure that {@code e}, an exception of a connection, stands for. */
    PeerException explaining(Exception e) {
        if (broken) {
            return PeerException.explaining(e);
        }
        if (left().isZero()) {
            return new PeerException(
                    Kind.UNREACHABLE, Remedy.SILENCE, "no response within " + limit.toMillis() + " ms");
        }
        return e instanceof SocketTimeoutException
                ? PeerException.explaining(e).with(Remedy.SILENCE)
                : PeerException.explaining(e);
    }
}
