package io.github.uploadreceipts.servlet.internal.container;

/** A state of a request that must end. The methods may be called by any thread. */
public interface Watched {

    /** Returns whether the state takes too long. */
    boolean isLate();

    /** Ends the state if it is late, unless another thread is working on it just now. May block. */
    void endIfLate();

    /** Ends the state because the host is stopping: the watchdog will not look after it any more. */
    void stop();
}
