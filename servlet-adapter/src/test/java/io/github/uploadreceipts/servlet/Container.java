package io.github.uploadreceipts.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The servlet containers that the contract holds for, each with the settings that README gives to operators. */
enum Container {
    JETTY {
        @Override
        Running start(App app) throws Exception {
            JETTY_LOG.setLevel(Level.SEVERE);
            Server server = new Server(new QueuedThreadPool(app.threads(), Math.min(app.threads(), 8)));
            HttpConnectionFactory http = new HttpConnectionFactory(new HttpConfiguration());
            http.setInputBufferSize(INPUT_BUFFER);
            ServerConnector connector = new ServerConnector(server, http);
            connector.setHost("127.0.0.1");
            connector.setAcceptQueueSize(BACKLOG);
            server.addConnector(connector);
            ServletContextHandler context = new ServletContextHandler("/");
            app.contextParams().forEach(context::setInitParameter);
            app.filters().forEach((path, filter) -> {
                FilterHolder holder = new FilterHolder(filter);
                holder.setAsyncSupported(app.async());
                app.initParams().forEach(holder::setInitParameter);
                context.addFilter(holder, path, EnumSet.of(DispatcherType.REQUEST));
            });
            ServletHolder servlet = new ServletHolder(app.servlet());
            servlet.setAsyncSupported(app.async());
            servlet.getRegistration().setMultipartConfig(new MultipartConfigElement(""));
            context.addServlet(servlet, "/");
            server.setHandler(context);
            try {
                server.start();
            } catch (Exception e) {
                server.stop();
                throw e;
            }
            return new Running(connector.getLocalPort(), server::stop);
        }
    },
    TOMCAT {
        @Override
        Running start(App app) throws Exception {
            TOMCAT_LOG.setLevel(Level.OFF); // what it logs of applications that are meant to fail
            Path base = Files.createTempDirectory("tomcat");
            Tomcat tomcat = new Tomcat();
            tomcat.setBaseDir(base.toString());
            Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
            connector.setPort(0);
            connector.setProperty("address", "127.0.0.1");
            connector.setProperty("continueResponseTiming", "onRead");
            connector.setProperty("maxSwallowSize", "0");
            connector.setProperty("socket.appReadBufSize", Integer.toString(INPUT_BUFFER));
            connector.setProperty("maxThreads", Integer.toString(app.threads()));
            connector.setProperty("acceptCount", Integer.toString(BACKLOG));
            tomcat.setConnector(connector);
            StandardContext context = (StandardContext) tomcat.addContext("", base.toString());
            context.setClearReferencesThreadLocals(false);
            context.setClearReferencesRmiTargets(false);
            app.contextParams().forEach(context::addParameter);
            app.filters().forEach((path, filter) -> addFilter(context, app, path, filter));
            Wrapper servlet = Tomcat.addServlet(context, "app", app.servlet());
            servlet.setAsyncSupported(app.async());
            servlet.setMultipartConfigElement(new MultipartConfigElement(""));
            context.addServletMapping("/", "app");
            tomcat.start();
            Running running = new Running(connector.getLocalPort(), () -> {
                tomcat.stop();
                tomcat.destroy();
                deleteTree(base);
            });
            if (context.getState() != LifecycleState.STARTED) {
                running.close();
                throw new IllegalStateException("the application did not start");
            }
            return running;
        }

        private void addFilter(StandardContext context, App app, String path, Filter filter) {
            FilterDef definition = new FilterDef();
            definition.setFilterName(path);
            definition.setFilter(filter);
            definition.setAsyncSupported(Boolean.toString(app.async()));
            app.initParams().forEach(definition::addInitParameter);
            context.addFilterDef(definition);
            FilterMap map = new FilterMap();
            map.setFilterName(path);
            map.addURLPattern(path);
            context.addFilterMap(map);
        }
    };

    private static final int INPUT_BUFFER = 64 * 1024;
    private static final int BACKLOG = 512;
    private static final int THREADS = 50;

    // kept, because a logger that nobody holds forgets its level
    private static final Logger JETTY_LOG = Logger.getLogger("org.eclipse.jetty");
    private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");

    /**
     * What runs in the container.
     *
     * @param filters by the pattern to which each is mapped
     * @param servlet behind them
     * @param async whether filters and servlet are declared to support asynchronous requests
     * @param initParams of every filter
     * @param contextParams of the application
     * @param threads how many the container may use
     */
    record App(
            Map<String, Filter> filters,
            HttpServlet servlet,
            boolean async,
            Map<String, String> initParams,
            Map<String, String> contextParams,
            int threads) {

        static App of(Map<String, Filter> filters, HttpServlet servlet, boolean async) {
            return new App(filters, servlet, async, Map.of(), Map.of(), THREADS);
        }

        App threads(int count) {
            return new App(filters, servlet, async, initParams, contextParams, count);
        }

        App params(Map<String, String> ofFilters, Map<String, String> ofContext) {
            return new App(filters, servlet, async, ofFilters, ofContext, threads);
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

    abstract Running start(App app) throws Exception;

    private static void deleteTree(Path directory) throws IOException {
        try (var paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
