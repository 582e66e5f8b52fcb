package io.github.uploadreceipts.fetch.internal.relay;

import java.io.IOException;

/** The body of a relayed request cannot be read. Wrapped, to be told apart from what the connection throws. */
final class BodyException extends IOException {

    private static final long serialVersionUID = 1;

    private final IOException thrown;

    BodyException(IOException thrown) {
        super(thrown);
        this.thrown = thrown;
    }

    /** Returns what reading the body threw. */
    IOException thrown() {
        return thrown;
    }
}
