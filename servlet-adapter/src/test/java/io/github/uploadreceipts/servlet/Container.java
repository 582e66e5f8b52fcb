package io.github.uploadreceipts.servlet;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * The servlet containers that the contract holds for. Not all fit on one class path, so the build runs the contract once for
 * each version of the Servlet API: {@code servlet.version} says which, and then all its containers have to be there.
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

    /** What the README gives to operators. */
    static final int INPUT_BUFFER = 64 * 1024;

    static final int BACKLOG = 512;

    private static final String SERVLET_VERSION = System.getProperty("servlet.version", "6.0");
    private static final int THREADS = 50;
    private static final Duration IDLE = Duration.ofSeconds(30); // more than the idle time-out of uploads

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

    /** Returns the containers in both modes, each with bodies whose length is said before and with chunked ones. */
    static Stream<Arguments> inEveryWay() {
        return inBothModes()
                .map(Arguments::get)
                .flatMap(
                        mode -> Stream.of(Arguments.of(mode[0], mode[1], false), Arguments.of(mode[0], mode[1], true)));
    }

    Running start(App app) throws Exception {
        return server().start(app);
    }

    private ContainerServer server() {
        return switch (this) {
            case JETTY_EE10 -> new JettyEe10();
            case JETTY_EE11 -> new JettyEe11();
            case TOMCAT_10_1 -> new TomcatServer("10.1.");
            case TOMCAT_11 -> new TomcatServer("11.0.");
            case UNDERTOW -> new UndertowServer();
        };
    }

    /** On Undertow the rest of a refused HTTP/2 body is read and thrown away, or the whole connection ends. */
    boolean resetsRefusedStreams() {
        return this != UNDERTOW;
    }

    boolean isJetty() {
        return this == JETTY_EE10 || this == JETTY_EE11;
    }

    boolean isTomcat() {
        return this == TOMCAT_10_1 || this == TOMCAT_11;
    }

    /**
     * What runs in the container.
     *
     * @param filters by the pattern to which each is mapped
     * @param servlet behind them
     * @param async whether filters and servlet are declared to support asynchronous requests
     * @param initParams of every filter
     * @param contextParams of the application
     * @param threads how many the container may use
     * @param idle after which the container itself gives up on a silent client
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

    /** A started container; closing stops it. */
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

    /** Stops a container. */
    interface Stop {
        void stop() throws Exception;
    }
}
