package io.github.uploadreceipts.servlet.testing;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.io.Closeable;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * The servlet containers that the contract is tested on. They do not fit on one class path, so the system property
 * {@code upload-receipts-test.containers} names those of this one.
 */
public enum Container {
    JETTY_EE10,
    JETTY_EE11,
    TOMCAT_10_1,
    TOMCAT_11,
    UNDERTOW;

    /** For {@code @MethodSource}: {@link #all()}. */
    public static final String ALL = "io.github.uploadreceipts.servlet.testing.Container#all";

    /** For {@code @MethodSource}: {@link #inBothModes()}. */
    public static final String IN_BOTH_MODES = "io.github.uploadreceipts.servlet.testing.Container#inBothModes";

    /** For {@code @MethodSource}: {@link #inEveryWay()}. */
    public static final String IN_EVERY_WAY = "io.github.uploadreceipts.servlet.testing.Container#inEveryWay";

    public static final int BACKLOG = 512;

    private static final int INPUT_BUFFER = 64 * 1024;
    private static final int CONNECTIONS = 20_000;

    private static final String NAMES =
            System.getProperty("upload-receipts-test.containers", "JETTY_EE10,TOMCAT_10_1,UNDERTOW");
    private static final int THREADS = 50;
    private static final Duration IDLE = Duration.ofSeconds(30); // longer than the idle time-out of uploads

    /** Returns the containers of this class path. */
    public static Stream<Container> all() {
        return Arrays.stream(NAMES.split(",", -1)).map(Container::valueOf);
    }

    /** Returns the containers of this class path, each with and without asynchronous support. */
    public static Stream<Arguments> inBothModes() {
        return all().flatMap(container -> Stream.of(Arguments.of(container, true), Arguments.of(container, false)));
    }

    /** Returns the containers in both modes, each with and without chunked bodies. */
    public static Stream<Arguments> inEveryWay() {
        return inBothModes()
                .map(Arguments::get)
                .flatMap(
                        mode -> Stream.of(Arguments.of(mode[0], mode[1], false), Arguments.of(mode[0], mode[1], true)));
    }

    /** Starts an application in a container that other tests may have used. */
    public Running start(App app) throws Exception {
        return RunningContainers.start(this, app);
    }

    /** Starts a container for one application. It ends with the application. */
    public Running startAlone(App app) throws Exception {
        ContainerServer server = server(app.connector());
        try {
            server.deploy(app);
            server.listen();
        } catch (Exception e) {
            server.stop();
            throw e;
        }
        return new Running(server.port(), server::stop);
    }

    ContainerServer server(Connector connector) throws Exception {
        return switch (this) {
            case JETTY_EE10 -> new JettyServer(connector, JettyEe10::handler);
            case JETTY_EE11 -> new JettyServer(connector, JettyEe11::handler);
            case TOMCAT_10_1 -> new TomcatServer("10.1.", connector);
            case TOMCAT_11 -> new TomcatServer("11.0.", connector);
            case UNDERTOW -> new UndertowServer(connector);
        };
    }

    /** Undertow reads and discards the rest of a refused HTTP/2 body, or ends the connection. */
    public boolean resetsRefusedStreams() {
        return this != UNDERTOW;
    }

    /** Undertow may read and discard the rest of a body that is refused in its middle, however long it is. */
    public boolean cutsRefusedBodies() {
        return this != UNDERTOW;
    }

    public boolean isJetty() {
        return this == JETTY_EE10 || this == JETTY_EE11;
    }

    public boolean isTomcat() {
        return this == TOMCAT_10_1 || this == TOMCAT_11;
    }

    /**
     * The application that runs in a container.
     *
     * @param filters the filters, by the patterns that each is mapped to, with spaces between them
     * @param servlet the servlet behind the filters
     * @param async whether the filters and the servlet are declared to support asynchronous requests
     * @param initParams the parameters of every filter
     * @param contextParams the parameters of the application
     * @param connector how requests reach it
     */
    public record App(
            Map<String, Filter> filters,
            HttpServlet servlet,
            boolean async,
            Map<String, String> initParams,
            Map<String, String> contextParams,
            Connector connector) {

        public static App of(Map<String, Filter> filters, HttpServlet servlet, boolean async) {
            return new App(filters, servlet, async, Map.of(), Map.of(), Connector.DEFAULT);
        }

        public App threads(int count) {
            return with(new Connector(
                    count,
                    connector.idle,
                    connector.port,
                    connector.statuses,
                    connector.connections,
                    connector.inputBuffer));
        }

        public App idle(Duration time) {
            return with(new Connector(
                    connector.threads,
                    time,
                    connector.port,
                    connector.statuses,
                    connector.connections,
                    connector.inputBuffer));
        }

        /** Listens on this port. Only a container that is {@linkplain #startAlone started alone} can. */
        public App port(int number) {
            return with(new Connector(
                    connector.threads,
                    connector.idle,
                    number,
                    connector.statuses,
                    connector.connections,
                    connector.inputBuffer));
        }

        /** Tells {@code consumer} the status of every response, including those that the container itself makes. */
        public App statuses(IntConsumer consumer) {
            return with(new Connector(
                    connector.threads,
                    connector.idle,
                    connector.port,
                    consumer,
                    connector.connections,
                    connector.inputBuffer));
        }

        /** Lets in at most so many connections, each with a buffer of this size. */
        public App connections(int most, int inputBuffer) {
            return with(new Connector(
                    connector.threads, connector.idle, connector.port, connector.statuses, most, inputBuffer));
        }

        private App with(Connector value) {
            return new App(filters, servlet, async, initParams, contextParams, value);
        }

        public App params(Map<String, String> ofFilters, Map<String, String> ofContext) {
            return new App(filters, servlet, async, ofFilters, ofContext, connector);
        }
    }

    /**
     * What listens in a container.
     *
     * @param threads the number of threads that the container may use
     * @param idle the time after which the container itself ends a silent client's connection
     * @param port the port; 0 for any
     * @param statuses is told the status of every response
     * @param connections the number of connections that are let in
     * @param inputBuffer the size of the buffer for each of them
     */
    record Connector(int threads, Duration idle, int port, IntConsumer statuses, int connections, int inputBuffer) {

        static final Connector DEFAULT = new Connector(THREADS, IDLE, 0, status -> {}, CONNECTIONS, INPUT_BUFFER);
    }

    /** A started container. Closing stops it. */
    public static final class Running implements Closeable {

        private final int port;
        private final Stop stop;

        Running(int port, Stop stop) {
            this.port = port;
            this.stop = stop;
        }

        public int port() {
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
    public interface Stop {
        void stop() throws Exception;
    }
}
