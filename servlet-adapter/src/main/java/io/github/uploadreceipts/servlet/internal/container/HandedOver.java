package io.github.uploadreceipts.servlet.internal.container;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;

/**
 * A listener whose calls another thread of the container makes than the one that announces them; see
 * {@link ContainerManners#misreadsWhatFollows}. The announcing thread has the container's lock on the connection, for
 * which a read may wait on another thread. So it must not wait for a lock that is held during a read. Only when it
 * announces that the body is malformed, no read waits any more, and the call is made at once.
 *
 * @param elsewhere takes calls for which the container gives no thread any more
 */
record HandedOver(HttpServletRequest request, AsyncContext context, ReadListener listener, RefusedBodies elsewhere)
        implements ReadListener {

    private interface Call {
        void make() throws IOException;
    }

    @Override
    public void onDataAvailable() {
        handOver(listener::onDataAvailable);
    }

    @Override
    public void onAllDataRead() {
        handOver(listener::onAllDataRead);
    }

    @Override
    public void onError(Throwable failure) {
        if (ContainerManners.isMalformed(failure)) {
            listener.onError(failure);
            ContainerManners.respondNow(request);
        } else {
            handOver(() -> listener.onError(failure));
        }
    }

    private void handOver(Call call) {
        try {
            context.start(() -> make(call));
        } catch (IllegalStateException | RejectedExecutionException e) { // the container has ended the request
            elsewhere.later(() -> make(call));
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
