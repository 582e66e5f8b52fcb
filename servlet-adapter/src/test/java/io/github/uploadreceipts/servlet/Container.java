package io.github.uploadreceipts.servlet;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * The servlet containers that the contract is tested on. They do not fit on one class path, so the build runs the
 * contract once for each version of the Servlet API. The system property {@code servlet.version} chooses the version,
 * and all containers of that version have to be there.
 */
enum Container {
    JETTY_EE10("6.0"),
    JETTY_EE11("6.1"),
    TOMCAT_10_1("6.0"),
    TOMCAT_11("6.1"),
    UNDERTOW("6.0");

    /** For {@code @MethodSource}: {@link #all()}. */
    static final String ALL = "io.github.uploadreceipts.servlet.Container#all";

    /** For {@code @MethodSource}: {@link #inBothModes()}. */
    static final String IN_BOTH_MODES = "io.github.uploadreceipts.servlet.Container#inBothModes";

    /** For {@code @MethodSource}: {@link #inEveryWay()}. */
    static final String IN_EVERY_WAY = "io.github.uploadreceipts.servlet.Container#inEveryWay";

    /** The size that the README recommends to operators. */
    static final int INPUT_BUFFER = Integer.getInteger("input-buffer", 64 * 1024);

    /** How many connections are accepted at the same time. */
    static final int CONNECTIONS = Integer.getInteger("connections", 20_000);

    static final int BACKLOG = 512;

    private static final String SERVLET_VERSION = System.getProperty("servlet.version", "6.0");
    private static final int THREADS = 50;
    private static final Duration IDLE = Duration.ofSeconds(30); // longer than the idle time-out of uploads

    private final String servletVersion;

    Container(String servletVersion) {
        this.servletVersion = servletVersion;
    }

    /** Returns the containers of this class path. */
    static Stream<Container> all() {
        return Stream.of(values()).filter(container -> container.servletVersion.equals(SERVLET_VERSION));
    }

    /** Returns the containers of this class path, each with and without asynchronous support. */
    static Stream<Arguments> inBothModes() {
        return all().flatMap(container -> Stream.of(Arguments.of(container, true), Arguments.of(container, false)));
    }

    /** Returns the containers in both modes, each with and without chunked bodies. */
    static Stream<Arguments> inEveryWay() {
        return inBothModes()
                .map(Arguments::get)
                .flatMap(
                        mode -> Stream.of(Arguments.of(mode[0], mode[1], false), Arguments.of(mode[0], mode[1], true)));
    }

    /** Starts an application in a container that other tests may have used. */
    Running start(App app) throws Exception {
        return RunningContainers.start(this, app);
    }

    /** Starts a container for one application. It ends with the application. */
    Running startAlone(App app) throws Exception {
        ContainerServer server = server(app.threads(), app.idle());
        try {
            server.deploy(app);
        } catch (Exception e) {
            server.stop();
            throw e;
        }
        return new Running(server.port(), server::stop);
    }

    ContainerServer server(int threads, Duration idle) throws Exception {
        return switch (this) {
            case JETTY_EE10 -> new JettyServer(threads, idle, JettyEe10::handler);
            case JETTY_EE11 -> new JettyServer(threads, idle, JettyEe11::handler);
            case TOMCAT_10_1 -> new TomcatServer("10.1.", threads, idle);
            case TOMCAT_11 -> new TomcatServer("11.0.", threads, idle);
            case UNDERTOW -> new UndertowServer(threads, idle);
        };
    }

    /** Undertow reads and discards the rest of a refused HTTP/2 body, or ends the connection. */
    boolean resetsRefusedStreams() {
        return this != UNDERTOW;
    }

    /** Undertow may read and discard the rest of a body that is refused in its middle, however long it is. */
    boolean cutsRefusedBodies() {
        return this != UNDERTOW;
    }

    boolean isJetty() {
        return this == JETTY_EE10 || this == JETTY_EE11;
    }

    boolean isTomcat() {
        return this == TOMCAT_10_1 || this == TOMCAT_11;
    }

    /**
     * The application that runs in a container.
     *
     * @param filters the filters, by the pattern that each is mapped to
     * @param servlet the servlet behind the filters
     * @param async whether the filters and the servlet are declared to support asynchronous requests
     * @param initParams the parameters of every filter
     * @param contextParams the parameters of the application
     * @param threads the number of threads that the container may use
     * @param idle the time after which the container itself ends a silent client's connection
     */
    record App(
            Map<String, Filter> filters,
            HttpServlet servlet,
            boolean async,
            Map<String, String> initParams,
            Map<String, String> contextParams,
            int threads,
            Duration idle) {

        static App of(Map<String, Filter> filters, HttpServlet servlet, boolean async) {
            return new App(filters, servlet, async, Map.of(), Map.of(), THREADS, IDLE);
        }

        App threads(int count) {
            return new App(filters, servlet, async, initParams, contextParams, count, idle);
        }

        App idle(Duration time) {
            return new App(filters, servlet, async, initParams, contextParams, threads, time);
        }

        App params(Map<String, String> ofFilters, Map<String, String> ofContext) {
            return new App(filters, servlet, async, ofFilters, ofContext, threads, idle);
        }
    }

    /** A started container. Closing stops it. */
    static final class Running implements AutoCloseable {

        private final int port;
        private final Stop stop;

        Running(int port, Stop stop) {
            this.port = port;
            this.stop = stop;
        }

        int port() {
            return port;
        }

        @Override
        public void close() {
            try {
                stop.stop();
            } catch (Exception e) {
                throw new IllegalStateException("the container does not stop", e);
            }
        }
    }

    /** The way to stop a container. */
    interface Stop {
        void stop() throws Exception;
    }
}
