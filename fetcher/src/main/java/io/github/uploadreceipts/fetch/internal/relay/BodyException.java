package io.github.uploadreceipts.fetch.internal.relay;

import java.io.IOException;

/** The body of a relayed request cannot be read. Its own type tells it apart from exceptions of the connection. */
final class BodyException extends IOException {

    private static final long serialVersionUID = 1;

    private final IOException thrown;

    BodyException(IOException thrown) {
        super(thrown);
        this.thrown = thrown;
    }

    /** Returns the exception that reading the body threw. */
    IOException thrown() {
        return thrown;
    }
}
