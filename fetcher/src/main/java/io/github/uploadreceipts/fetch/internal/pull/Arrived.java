package io.github.uploadreceipts.fetch.internal.pull;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** How much of a fetch has arrived. Neither number ever decreases, even if a broken pull starts again. */
public final class Arrived {

    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger uploads = new AtomicInteger();

    void add(long more) {
        bytes.addAndGet(more);
    }

    void proved() {
        uploads.incrementAndGet();
    }

    /** Returns how many bytes have arrived. */
    public long bytes() {
        return bytes.get();
    }

    /** Returns how many uploads are complete and proved. */
    public int uploads() {
        return uploads.get();
    }
}
