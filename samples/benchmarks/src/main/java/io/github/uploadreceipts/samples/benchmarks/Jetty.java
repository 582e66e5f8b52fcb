package io.github.uploadreceipts.samples.benchmarks;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A Jetty with the input buffer size that the documentation recommends. */
final class Jetty {

    static final int INPUT_BUFFER = 64 * 1024;

    private Jetty() {}

    /** Starts a Jetty with these filters, which are keyed by their URL patterns, and a servlet for all other paths. */
    static Server start(int port, Map<String, Filter> filters, HttpServlet servlet) throws Exception {
        Server server = new Server();
        HttpConnectionFactory http = new HttpConnectionFactory(new HttpConfiguration());
        http.setInputBufferSize(INPUT_BUFFER);
        ServerConnector connector = new ServerConnector(server, http);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/");
        filters.forEach((pattern, filter) -> {
            FilterHolder holder = new FilterHolder(filter);
            holder.setAsyncSupported(true);
            for (String one : pattern.split(" ", -1)) {
                context.addFilter(holder, one, EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC));
            }
        });
        context.addServlet(new ServletHolder(servlet), "/*");
        server.setHandler(context);
        server.start();
        return server;
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Stops the servers, and then closes what they served. */
    static void stop(List<Server> servers, List<AutoCloseable> hosts) throws IOException {
        try {
            for (Server server : servers) {
                server.stop();
            }
            for (AutoCloseable host : hosts) {
                host.close();
            }
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("a server does not stop", e);
        }
    }

    static int port(Server server) {
        return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
    }
}
