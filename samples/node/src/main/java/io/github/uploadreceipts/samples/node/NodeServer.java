package io.github.uploadreceipts.samples.node;

import io.github.uploadreceipts.fetch.FetcherListener;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.ShareFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.share.ShareLinks;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.io.Closeable;
import java.io.IOException;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A Jetty with the filters, which read their settings from the application's parameters, as in any container. */
final class NodeServer implements Closeable {

    private static final int INPUT_BUFFER = 64 * 1024; // Jetty's default costs a third more CPU time per byte
    private static final long IDLE_MILLIS = 30_000; // longer than that of uploads, which are refused with a reason

    private final Server server = new Server();

    /** Starts the server. */
    NodeServer(Config config) throws IOException {
        ServletContextHandler context = new ServletContextHandler();
        context.getServletHandler().setDecodeAmbiguousURIs(true); // a file may have a % in its name
        config.library().forEach((name, value) -> context.setInitParameter("upload-receipts." + name, value));
        context.setInitParameter("upload-receipts.policy", "ticket");
        context.addEventListener(new FetcherListener());
        add(context, new UploadFilter(), "/uploads", "/uploads/*", "/internal/relay");
        add(context, new DeliveryFilter(), "/internal/uploads/*");
        add(context, new ShareFilter(), "/s/*");
        ApiKeys keys = ApiKeys.read(config.apiKeys());
        context.addServlet(new ServletHolder(new ApiServlet(() -> api(context, config), keys)), "/api/*");
        server.addConnector(connector(config));
        server.setHandler(context);
        try {
            server.start();
        } catch (Exception e) {
            close();
            throw new IOException(reason(e), e);
        }
    }

    private static Api api(ServletContextHandler context, Config config) {
        UploadHost host = UploadFilter.host(context.getServletContext());
        return new Api(
                host, FetcherListener.fetcher(context.getServletContext()), ShareLinks.of(host, config.linksUrl()));
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    private static void add(ServletContextHandler context, Filter filter, String... patterns) {
        FilterHolder holder = new FilterHolder(filter);
        holder.setAsyncSupported(true);
        for (String pattern : patterns) {
            context.addFilter(holder, pattern, EnumSet.of(DispatcherType.REQUEST));
        }
    }

    private ServerConnector connector(Config config) {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setUriCompliance(
                UriCompliance.DEFAULT.with("file names", UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING));
        HttpConnectionFactory connections = new HttpConnectionFactory(http);
        connections.setInputBufferSize(INPUT_BUFFER);
        ServerConnector connector = new ServerConnector(server, connections);
        connector.setHost(config.listen().getHostString());
        connector.setPort(config.listen().getPort());
        connector.setIdleTimeout(IDLE_MILLIS);
        return connector;
    }

    /** Returns the port on which the server listens. */
    int port() {
        return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
    }

    @Override
    public void close() throws IOException {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IOException("Jetty did not stop", e);
        }
    }
}
