package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import java.time.Duration;

/**
 * How fast a response's bytes must come, on average since the first: a peer that sends byte by byte is never silent.
 *
 * @param bytesPerSecond 0 for any
 * @param after how long it does not apply
 */
public record MinRate(long bytesPerSecond, Duration after) {

    /** Checks what came since {@code start}, a {@link System#nanoTime}. */
    void require(long bytes, long start) throws PeerException {
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        if (time.compareTo(after) > 0 && bytes < bytesPerSecond * (time.toMillis() / 1000.0)) {
            throw new PeerException(Kind.TIMEOUT, Remedy.ELSEWHERE, "the peer sends too slowly");
        }
    }
}
