package io.github.uploadreceipts.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
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

/** The servlet containers that the contract holds for, each with the settings that README gives to operators. */
enum Container {
    JETTY {
        @Override
        Running start(App app) throws Exception {
            Server server = new Server();
            HttpConnectionFactory http = new HttpConnectionFactory(new HttpConfiguration());
            http.setInputBufferSize(INPUT_BUFFER);
            ServerConnector connector = new ServerConnector(server, http);
            connector.setHost("127.0.0.1");
            server.addConnector(connector);
            ServletContextHandler context = new ServletContextHandler("/");
            app.filters().forEach((path, filter) -> {
                FilterHolder holder = new FilterHolder(filter);
                holder.setAsyncSupported(app.async());
                app.initParams().forEach(holder::setInitParameter);
                context.addFilter(holder, path, EnumSet.of(DispatcherType.REQUEST));
            });
            context.addServlet(new ServletHolder(app.servlet()), "/");
            server.setHandler(context);
            server.start();
            return new Running(connector.getLocalPort(), server::stop);
        }
    },
    TOMCAT {
        @Override
        Running start(App app) throws Exception {
            Logger.getLogger("org.apache").setLevel(Level.WARNING);
            Path base = Files.createTempDirectory("tomcat");
            Tomcat tomcat = new Tomcat();
            tomcat.setBaseDir(base.toString());
            Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
            connector.setPort(0);
            connector.setProperty("address", "127.0.0.1");
            connector.setProperty("continueResponseTiming", "onRead");
            connector.setProperty("maxSwallowSize", "0");
            connector.setProperty("socket.appReadBufSize", Integer.toString(INPUT_BUFFER));
            tomcat.setConnector(connector);
            StandardContext context = (StandardContext) tomcat.addContext("", base.toString());
            context.setClearReferencesThreadLocals(false);
            context.setClearReferencesRmiTargets(false);
            app.filters().forEach((path, filter) -> addFilter(context, app, path, filter));
            Tomcat.addServlet(context, "app", app.servlet());
            context.addServletMapping("/", "app");
            tomcat.start();
            return new Running(connector.getLocalPort(), () -> {
                tomcat.stop();
                tomcat.destroy();
                deleteTree(base);
            });
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

    /**
     * What runs in the container.
     *
     * @param filters by the pattern to which each is mapped
     * @param servlet behind them
     * @param async whether the filters are declared to support asynchronous requests
     * @param initParams of every filter
     */
    record App(Map<String, Filter> filters, HttpServlet servlet, boolean async, Map<String, String> initParams) {}

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
            for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
