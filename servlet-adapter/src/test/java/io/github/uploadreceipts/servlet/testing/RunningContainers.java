package io.github.uploadreceipts.servlet.testing;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The running containers of this JVM that wait for an application. Most tests need only an application of their own,
 * and take less time than the start of a container.
 */
final class RunningContainers {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long POLL_NANOS = 200_000;

    private static final Map<Kind, Deque<ContainerServer>> WAITING = new HashMap<>();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(RunningContainers::stopAll));
    }

    /** What needs a server of its own. */
    private record Kind(Container container, Container.Connector connector) {}

    private RunningContainers() {}

    /** Starts an application in a waiting container, or in a new one. */
    static Container.Running start(Container container, Container.App app) throws Exception {
        Kind kind = new Kind(container, app.connector());
        ContainerServer server = take(kind);
        Container.Stop undeploy;
        try {
            undeploy = server.deploy(app);
        } catch (Exception e) {
            giveBack(kind, server);
            throw e;
        }
        return new Container.Running(server.port(), () -> {
            undeploy.stop();
            giveBack(kind, server);
        });
    }

    private static ContainerServer take(Kind kind) throws Exception {
        synchronized (WAITING) {
            Deque<ContainerServer> waiting = WAITING.get(kind);
            if (waiting != null && !waiting.isEmpty()) {
                return waiting.pop();
            }
        }
        ContainerServer server = kind.container().server(kind.connector());
        server.listen();
        return server;
    }

    /**
     * Keeps the container for the next test. A container with an active request is stopped, because the next test would
     * lack its thread.
     */
    private static void giveBack(Kind kind, ContainerServer server) throws Exception {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!server.isIdle()) {
            if (System.nanoTime() > end) {
                server.stop();
                return;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        synchronized (WAITING) {
            WAITING.computeIfAbsent(kind, none -> new ArrayDeque<>()).push(server);
        }
    }

    private static void stopAll() {
        synchronized (WAITING) {
            WAITING.values()
                    .forEach(waiting -> waiting.forEach(server -> {
                        try {
                            server.stop();
                        } catch (Exception e) {
                            throw new IllegalStateException("the container does not stop", e);
                        }
                    }));
        }
    }
}
