package io.github.uploadreceipts.fetch;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.FilterInfo;
import io.undertow.servlet.api.ServletInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.apache.catalina.AccessLog;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ValveBase;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.xnio.Options;

/** Servlet containers. They differ in how they receive, and in how the bytes of an upload are sent. */
public enum PeerContainer {
    /** Our filter copies the bytes of an upload. */
    JETTY {
        @Override
        public Closeable start(int port, Map<String, Filter> filters, HttpServlet application, IntConsumer statuses)
                throws IOException {
            JETTY_LOG.setLevel(Level.WARNING);
            Server server = new Server();
            HttpConnectionFactory http = new HttpConnectionFactory();
            http.setInputBufferSize(INPUT_BUFFER);
            ServerConnector connector = new ServerConnector(server, http);
            connector.setHost("127.0.0.1");
            connector.setPort(port);
            connector.setAcceptQueueSize(BACKLOG);
            server.addConnector(connector);
            ServletContextHandler context = new ServletContextHandler("/");
            filters.forEach((path, filter) -> {
                FilterHolder holder = new FilterHolder(filter);
                holder.setAsyncSupported(true);
                for (String pattern : path.split(" ", -1)) {
                    context.addFilter(holder, pattern, EnumSet.of(DispatcherType.REQUEST));
                }
            });
            context.addServlet(new ServletHolder(application), "/");
            server.setHandler(context);
            server.setRequestLog((request, response) -> statuses.accept(response.getStatus()));
            Stop stop = server::stop;
            try {
                server.start();
                return () -> close(stop);
            } catch (Exception e) {
                close(stop);
                throw new IOException("Jetty does not start", e);
            }
        }
    },

    /** The container opens and sends the file itself, after our filter has returned. */
    TOMCAT {
        @Override
        public Closeable start(int port, Map<String, Filter> filters, HttpServlet application, IntConsumer statuses)
                throws IOException {
            TOMCAT_LOG.setLevel(Level.WARNING);
            Path base = Files.createTempDirectory("tomcat");
            Tomcat tomcat = new Tomcat();
            tomcat.setBaseDir(base.toString());
            Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
            connector.setPort(port);
            connector.setProperty("address", "127.0.0.1");
            connector.setProperty("acceptCount", Integer.toString(BACKLOG));
            connector.setProperty("socket.appReadBufSize", Integer.toString(INPUT_BUFFER));
            connector.setProperty("continueResponseTiming", "onRead");
            connector.setProperty("maxSwallowSize", "0");
            tomcat.setConnector(connector);
            StandardContext context = (StandardContext) tomcat.addContext("", base.toString());
            context.setClearReferencesThreadLocals(false);
            context.setClearReferencesRmiTargets(false);
            context.getPipeline().addValve(new StatusLog(statuses));
            filters.forEach((path, filter) -> add(context, path, filter));
            Wrapper servlet = Tomcat.addServlet(context, "app", application);
            servlet.setAsyncSupported(true);
            context.addServletMapping("/", "app");
            Stop stop = () -> {
                tomcat.stop();
                tomcat.destroy();
                deleteTree(base);
            };
            try {
                tomcat.start();
                return () -> close(stop);
            } catch (LifecycleException e) {
                close(stop);
                throw new IOException("Tomcat does not start", e);
            }
        }

        private void add(StandardContext context, String path, Filter filter) {
            FilterDef definition = new FilterDef();
            definition.setFilterName(path.replace(' ', '+'));
            definition.setFilter(filter);
            definition.setAsyncSupported("true");
            context.addFilterDef(definition);
            FilterMap map = new FilterMap();
            map.setFilterName(path.replace(' ', '+'));
            for (String pattern : path.split(" ", -1)) {
                map.addURLPattern(pattern);
            }
            context.addFilterMap(map);
        }
    },

    /** Our filter copies the bytes of an upload, as in Jetty. */
    UNDERTOW {
        @Override
        public Closeable start(int port, Map<String, Filter> filters, HttpServlet application, IntConsumer statuses)
                throws IOException {
            UNDERTOW_LOG.setLevel(Level.WARNING);
            XNIO_LOG.setLevel(Level.WARNING);
            DeploymentInfo deployment = Servlets.deployment()
                    .setClassLoader(PeerContainer.class.getClassLoader())
                    .setDeploymentName("app")
                    .setContextPath("/")
                    .setEagerFilterInit(true);
            filters.forEach((path, filter) -> add(deployment, path, filter));
            deployment.addServlet(
                    new ServletInfo("app", application.getClass(), new ImmediateInstanceFactory<>(application))
                            .addMapping("/")
                            .setAsyncSupported(true));
            DeploymentManager manager = Servlets.newContainer().addDeployment(deployment);
            manager.deploy();
            try {
                HttpHandler handler = manager.start();
                Undertow undertow = Undertow.builder()
                        .addHttpListener(port, "127.0.0.1")
                        .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
                        .setServerOption(UndertowOptions.MULTIPART_MAX_ENTITY_SIZE, -1L)
                        .setBufferSize(INPUT_BUFFER)
                        .setSocketOption(Options.READ_TIMEOUT, 30_000)
                        .setSocketOption(Options.BACKLOG, BACKLOG)
                        .setHandler(exchange -> {
                            exchange.addExchangeCompleteListener((ended, next) -> {
                                statuses.accept(ended.getStatusCode());
                                next.proceed();
                            });
                            handler.handleRequest(exchange);
                        })
                        .build();
                undertow.start();
                return () -> close(() -> {
                    undertow.stop();
                    manager.stop();
                    manager.undeploy();
                });
            } catch (ServletException e) {
                throw new IOException("Undertow does not start", e);
            }
        }

        private void add(DeploymentInfo deployment, String path, Filter filter) {
            deployment.addFilter(new FilterInfo(path, filter.getClass(), new ImmediateInstanceFactory<>(filter))
                    .setAsyncSupported(true));
            for (String pattern : path.split(" ", -1)) {
                deployment.addFilterUrlMapping(path, pattern, DispatcherType.REQUEST);
            }
        }
    };

    public static final String UPLOADS = "/uploads/* /internal/relay";
    public static final String PEERS = "/internal/uploads/*";
    private static final int BACKLOG = 512;
    private static final int INPUT_BUFFER = 64 * 1024;

    // strong references, because an unreferenced logger loses its level
    private static final Logger JETTY_LOG = Logger.getLogger("org.eclipse.jetty");
    private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");
    private static final Logger UNDERTOW_LOG = Logger.getLogger("io.undertow");
    private static final Logger XNIO_LOG = Logger.getLogger("org.xnio");

    /** Starts a container with these filters. Closing the result stops it. */
    Closeable start(int port, Filter uploads, Filter peers, IntConsumer statuses) throws IOException {
        return start(port, Map.of(UPLOADS, uploads, PEERS, peers), new HttpServlet() {}, statuses);
    }

    /**
     * Starts a container with the settings that README recommends. Closing the result stops it.
     *
     * @param filters the filters, each by the patterns that it is mapped to, with spaces between them
     * @param application the servlet behind the filters
     * @param statuses is told the status of every response
     */
    public abstract Closeable start(
            int port, Map<String, Filter> filters, HttpServlet application, IntConsumer statuses) throws IOException;

    /** The way to stop a container. */
    private interface Stop {
        void stop() throws Exception;
    }

    private static void close(Stop stop) throws IOException {
        try {
            stop.stop();
        } catch (Exception e) {
            throw new IOException("the container does not stop", e);
        }
    }

    private static void deleteTree(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** Tomcat calls it for every complete response, including those that Tomcat itself makes. */
    private static final class StatusLog extends ValveBase implements AccessLog {

        private final IntConsumer statuses;

        StatusLog(IntConsumer statuses) {
            super(true);
            this.statuses = statuses;
        }

        @Override
        public void invoke(Request request, Response response) throws IOException, ServletException {
            getNext().invoke(request, response);
        }

        @Override
        public void log(Request request, Response response, long time) {
            statuses.accept(response.getStatus());
        }

        @Override
        public void setRequestAttributesEnabled(boolean enabled) {}

        @Override
        public boolean getRequestAttributesEnabled() {
            return false;
        }
    }
}
