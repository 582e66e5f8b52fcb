package io.github.uploadreceipts.fetch.soak;

/** The ways in which a client breaks a request off. */
enum Cut {
    /** The host gets a reset. */
    RESET,
    /** The host gets the end of the connection. */
    CLOSE,
    /** The host gets the end of the request's bytes, and the client waits for the response. */
    HALF_CLOSE,
    /** The host gets nothing more, and the connection stays open for a while. */
    SILENCE
}
