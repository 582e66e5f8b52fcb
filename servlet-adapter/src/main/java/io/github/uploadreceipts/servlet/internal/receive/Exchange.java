package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.problem.RefusedException;
import java.util.concurrent.CompletableFuture;

/**
 * What becomes of the bytes that a request brings, and what its client is told.
 *
 * @param <T> what is known when all is stored
 */
public interface Exchange<T> {

    /** All bytes have come. Stores them for good, off the calling thread. */
    CompletableFuture<T> finish();

    /** Tells the client, on this thread. */
    void send(T result);

    /** Tells the client as fast as it reads, and then runs {@code whenDone}. */
    void sendAsync(T result, Runnable whenDone);

    /** Refuses a request of which something has been read. */
    void refuse(RefusedException refusal);

    /** Gives up a request whose client went away; should it still listen, it is told so. */
    void breakOff();

    /** Gives back what the request holds. Does nothing the second time. */
    void abandon();
}
