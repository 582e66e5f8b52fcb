package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.resume.Status;
import io.github.uploadreceipts.servlet.internal.response.Fate;

/** How a client is told how far its upload is, and what depends on its learning that. */
interface Reply extends Fate {

    /** Sets the response, and returns its body. */
    byte[] prepare(Status status);
}
