package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.problem.RefusedException;
import java.util.concurrent.CompletableFuture;

/**
 * What becomes of the bytes of a request, and what its client is told.
 *
 * @param <T> what is known once the bytes are stored
 */
public interface Exchange<T> {

    /** Stores the bytes durably, now that all have come. Does not block the calling thread. */
    CompletableFuture<T> finish();

    /** Responds to the client on this thread. */
    void send(T result);

    /** Responds to the client as fast as it reads, and then runs {@code whenDone}. */
    void sendAsync(T result, Runnable whenDone);

    /** Takes back what was stored, because the client has been told otherwise. May block. */
    void lost(T result);

    /** Refuses a request whose body has been read in part. */
    void refuse(RefusedException refusal);

    /** Ends a request whose client went away. If the client is still there, it gets a problem. */
    void breakOff();

    /** Gives back what the request holds. Further calls do nothing. */
    void abandon();
}
