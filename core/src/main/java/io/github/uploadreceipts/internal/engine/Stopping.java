package io.github.uploadreceipts.internal.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What a host does when its container is about to stop, before that waits for the requests in flight: ends the responses that
 * only wait for something to happen. Safe for use by several threads.
 */
public final class Stopping {

    private final List<Runnable> steps = new CopyOnWriteArrayList<>();
    private volatile boolean begun;

    /** Adds what is to be done; at once if stopping has begun. It may be done twice. */
    public void add(Runnable step) {
        steps.add(step);
        if (begun) {
            step.run();
        }
    }

    /** Does all. */
    public void begin() {
        begun = true;
        steps.forEach(Runnable::run);
    }

    /** Returns whether stopping has begun, so that nothing should begin to wait. */
    public boolean hasBegun() {
        return begun;
    }
}
