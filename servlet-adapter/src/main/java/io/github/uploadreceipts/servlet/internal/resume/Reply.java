package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.resume.Status;
import io.github.uploadreceipts.servlet.internal.response.Fate;

/** The response that tells a client how far its upload is, and what depends on whether the client gets it. */
interface Reply extends Fate {

    /** Sets the status and the header fields of the response, and returns its body. */
    byte[] prepare(Status status);

    /**
     * Is told that the client went away in the middle of its request, before {@link #lost}.
     *
     * @param bytes how many bytes of the request had come
     */
    default void brokeOff(long bytes) {}
}
