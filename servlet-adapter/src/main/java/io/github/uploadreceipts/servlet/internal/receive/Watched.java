package io.github.uploadreceipts.servlet.internal.receive;

/** A request whose bytes are awaited. The methods may be called by any thread. */
interface Watched {

    /** Returns whether the request takes too long. */
    boolean isLate();

    /** Ends the request if it is late, unless another thread is working on it just now. */
    void endIfLate();

    /** Ends the request because the host is stopping: the watchdog will not look after it any more. */
    void stop();
}
