package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import java.time.Duration;

/**
 * The minimum average rate of a response. A time-out is not enough: a peer that sends byte by byte never exceeds it.
 *
 * @param bytesPerSecond the rate; 0 for no minimum
 * @param after how long after the start of the body the rate begins to apply
 */
public record MinRate(long bytesPerSecond, Duration after) {

    /** Checks the rate, given how many bytes arrived since {@code start}, a {@link System#nanoTime}. */
    void require(long bytes, long start) throws PeerException {
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        if (time.compareTo(after) > 0 && bytes < bytesPerSecond * (time.toMillis() / 1000.0)) {
            throw new PeerException(Kind.TIMEOUT, Remedy.ELSEWHERE, "the peer sends too slowly");
        }
    }
}
