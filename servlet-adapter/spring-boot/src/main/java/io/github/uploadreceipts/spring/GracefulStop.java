package io.github.uploadreceipts.spring;

import io.github.uploadreceipts.host.UploadHost;
import org.springframework.context.SmartLifecycle;

/** Ends what only waits, before the graceful shutdown of the web server waits for it. The default phase stops first. */
final class GracefulStop implements SmartLifecycle {

    private final UploadHost host;
    private volatile boolean running;

    GracefulStop(UploadHost host) {
        this.host = host;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        host.prepareToStop();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
