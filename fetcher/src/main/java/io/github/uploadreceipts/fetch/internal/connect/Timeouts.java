package io.github.uploadreceipts.fetch.internal.connect;

import java.time.Duration;

/**
 * How long a peer may keep us waiting.
 *
 * @param connect the limit for the connection, and again for its TLS handshake
 * @param response the limit whenever it is the peer's turn to send or to receive
 */
public record Timeouts(Duration connect, Duration response) {

    /** Returns time-outs with which a response may take as long as {@code patience}, if that is longer. */
    public Timeouts atLeast(Duration patience) {
        return patience.compareTo(response) > 0 ? new Timeouts(connect, patience) : this;
    }
}
