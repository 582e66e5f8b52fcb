package io.github.uploadreceipts.servlet.internal.container;

import jakarta.servlet.ReadListener;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * A listener whose calls another thread makes than the one that announces them; see
 * {@link ContainerManners#misreadsWhatFollows}. The announcing thread has the container's lock on the connection, for
 * which a read waits. So it must not wait for a lock that is held during a read. Failures are told on the thread that
 * announces them: a listener that reads under a lock so makes it wait for the read that has failed, and the container does
 * not end the request before.
 *
 * @param elsewhere runs a task on another thread; throws {@link IllegalStateException} if the request has ended
 * @param afterFailure runs after the listener was told a failure
 */
record HandedOver(ReadListener listener, Consumer<Runnable> elsewhere, Runnable afterFailure) implements ReadListener {

    private interface Call {
        void make() throws IOException;
    }

    @Override
    public void onDataAvailable() throws IOException {
        handOver(listener::onDataAvailable);
    }

    @Override
    public void onAllDataRead() throws IOException {
        handOver(listener::onAllDataRead);
    }

    @Override
    public void onError(Throwable failure) {
        listener.onError(failure);
        afterFailure.run();
    }

    private void handOver(Call call) throws IOException {
        try {
            elsewhere.accept(() -> make(call));
        } catch (IllegalStateException e) {
            throw new IOException("the container has already ended the request", e);
        }
    }

    private void make(Call call) {
        try {
            call.make();
        } catch (IOException | RuntimeException | Error e) {
            listener.onError(e);
        }
    }
}
