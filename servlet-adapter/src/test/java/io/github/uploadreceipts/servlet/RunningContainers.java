package io.github.uploadreceipts.servlet;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The containers that run in this JVM and wait for an application. Most tests take less time than the start of a container, and
 * need only an application of their own.
 */
final class RunningContainers {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long POLL_NANOS = 200_000;

    private static final Map<Kind, Deque<ContainerServer>> WAITING = new HashMap<>();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(RunningContainers::stopAll));
    }

    /** What an application cannot choose when it starts in a running container. */
    private record Kind(Container container, int threads, Duration idle) {}

    private RunningContainers() {}

    /** Starts an application in a container that waits, or else in a new one. */
    static Container.Running start(Container container, Container.App app) throws Exception {
        Kind kind = new Kind(container, app.threads(), app.idle());
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
        return kind.container().server(kind.threads(), kind.idle());
    }

    /** The next test shall not lack a thread: a container in which a request goes on is stopped. */
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
