package io.github.uploadreceipts.samples.consumer;

import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.objectstorage.ArchivingUploadStore;
import io.github.uploadreceipts.objectstorage.ObjectStorage;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadStore;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/** One host: its store, its fetcher, and a Jetty with the three filters and the application behind them. */
final class Host implements Closeable {

    private final ServerConnector connector;
    private final UploadHost uploads;
    private final PeerFetcher fetcher;

    private Host(ServerConnector connector, UploadHost uploads, PeerFetcher fetcher) {
        this.connector = connector;
        this.uploads = uploads;
        this.fetcher = fetcher;
    }

    /** Reserves a free port: a host must know its internal URL before it starts. */
    static ServerConnector listen() throws IOException {
        ServerConnector connector = new ServerConnector(new Server());
        connector.setHost("127.0.0.1");
        connector.open();
        return connector;
    }

    /** Starts a host. On machines of their own all would have the same port, which is the fetcher's default. */
    static Host start(
            KeyRing keys, Path directory, @Nullable ObjectStorage archive, ServerConnector connector, int... ports)
            throws Exception {
        LocalUploadStore local = LocalUploadStore.at(directory.resolve("store"));
        UploadStore store = archive == null
                ? local
                : ArchivingUploadStore.builder(local, archive).build();
        UploadHost uploads = UploadHost.builder(keys, store)
                .internalUrl(url(connector))
                .developmentMode() // allows a fleet on the loopback interface
                .build();
        PeerFetcher fetcher = PeerFetcher.builder(uploads)
                .policy(PeerPolicy.privateNetwork().ports(ports))
                .build();

        ServletContextHandler context = new ServletContextHandler();
        UploadPolicy policy = UploadPolicy.anyone(UploadLimits.defaults());
        add(context, UploadFilter.create(uploads, policy), "/uploads", "/uploads/*", "/internal/relay");
        add(context, DeliveryFilter.create(uploads), "/internal/uploads/*");
        add(context, ReceiptsFilter.create(uploads), "/orders");
        context.addServlet(new ServletHolder(new OrderServlet(fetcher, directory.resolve("orders"))), "/orders");

        Server server = connector.getServer();
        server.addConnector(connector);
        server.setHandler(context);
        server.start();
        return new Host(connector, uploads, fetcher);
    }

    private static void add(ServletContextHandler context, Filter filter, String... patterns) {
        FilterHolder holder = new FilterHolder(filter);
        holder.setAsyncSupported(true);
        for (String pattern : patterns) {
            context.addFilter(holder, pattern, EnumSet.of(DispatcherType.REQUEST));
        }
    }

    private static String url(ServerConnector connector) {
        return "http://" + connector.getHost() + ":" + connector.getLocalPort();
    }

    String url() {
        return url(connector);
    }

    @Override
    public void close() throws IOException {
        try {
            connector.getServer().stop();
        } catch (Exception e) {
            throw new IOException("Jetty did not stop", e);
        }
        fetcher.close();
        uploads.close();
    }
}
