package io.github.uploadreceipts.servlet.internal.container;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;

/** Runs a task when a request has ended. */
record AtEnd(Runnable task) implements AsyncListener {

    @Override
    public void onComplete(AsyncEvent event) {
        task.run();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        // the end comes after this
    }

    @Override
    public void onError(AsyncEvent event) {
        // the end comes after this
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        event.getAsyncContext().addListener(this); // or the container would forget it
    }
}
