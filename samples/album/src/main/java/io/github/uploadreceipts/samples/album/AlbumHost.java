package io.github.uploadreceipts.samples.album;

import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.objectstorage.ArchivingUploadStore;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import io.github.uploadreceipts.servlet.ShareFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.UploadStore;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** One running host: its store, its Jetty with the filters and the application, and its front server, if it has one. */
final class AlbumHost implements Closeable {

    /** Jetty's default of 8 KiB costs a third more CPU time per received byte. */
    private static final int INPUT_BUFFER = 64 * 1024;

    private static final long ROOM_FOR_FORM = 1 << 20;

    /** Longer than the idle time-out of uploads, which are refused with a reason, and Jetty's default. */
    private static final long IDLE_MILLIS = 30_000;

    private final HostPlan plan;
    private final Fleet fleet;
    private final Deque<Closeable> opened = new ArrayDeque<>();

    private AlbumHost(HostPlan plan, Fleet fleet) {
        this.plan = plan;
        this.fleet = fleet;
    }

    static AlbumHost start(HostPlan plan, Fleet fleet) throws IOException {
        AlbumHost host = new AlbumHost(plan, fleet);
        try {
            host.open();
            return host;
        } catch (IOException | RuntimeException e) {
            host.close();
            throw e;
        }
    }

    private void open() throws IOException {
        boolean front = FrontServer.isNeeded(fleet.options().delivery());
        if (front) {
            Unprivileged.letRead(plan.store());
        }
        FetchTimes times = new FetchTimes();
        UploadHost host = opened(uploadHost(times));
        PeerFetcher fetcher = opened(PeerFetcher.builder(host)
                .policy(peers())
                .workDirectory(Files.createDirectories(plan.directory().resolve("fetching")))
                .build());
        int port = startJetty(context(host, new AlbumMaker(plan, fleet, fetcher, times)), front ? 0 : plan.port());
        FrontServer.start(
                        fleet.options().delivery(),
                        new FrontServer.Setup(
                                plan.directory().resolve("front"), plan.port(), plan.peerPort(), port, plan.store()))
                .ifPresent(this::opened);
    }

    private <T extends Closeable> T opened(T resource) {
        opened.push(resource);
        return resource;
    }

    private UploadHost uploadHost(FetchTimes times) throws IOException {
        Options options = fleet.options();
        UploadHost.Builder host = UploadHost.builder(KeyRing.watch(fleet.keyRing()), store(options))
                .internalUrl(plan.internalUrl())
                .peers(fleet.plans().stream().map(HostPlan::internalUrl).toArray(String[]::new))
                .developmentMode() // the fleet runs on the loopback interface of one machine
                .delivery(FrontServer.delivery(options.delivery()))
                .encryptReceipts(options.encrypt())
                .listener(times);
        options.scanner().ifPresent(scanner -> host.handOver("scan", scanner));
        return host.build();
    }

    private UploadStore store(Options options) throws IOException {
        if (options.storage().isPresent()) {
            SharedStorage shared = options.storage().get();
            return shared.store(
                    opened(shared.connect(System.getenv())),
                    plan.store(),
                    fleet.keyRing().resolveSibling("claims"),
                    options.sealed());
        }
        LocalUploadStore.Builder store = LocalUploadStore.builder(plan.store()).durability(options.durability());
        if (options.sealed()) {
            store.sealed();
        }
        LocalUploadStore local = store.open();
        return options.archive().isPresent()
                ? ArchivingUploadStore.builder(
                                local, opened(options.archive().get().connect(System.getenv())))
                        .build()
                : local;
    }

    private PeerPolicy peers() {
        return PeerPolicy.privateNetwork()
                .ports(fleet.plans().stream().mapToInt(HostPlan::peerPort).toArray());
    }

    private ServletContextHandler context(UploadHost host, AlbumMaker maker) {
        UploadPolicy policy = UploadPolicy.anyone(limits());
        UploadFilter uploads = UploadFilter.builder(host, policy)
                .allowOrigins(fleet.origins().toArray(String[]::new))
                .finalForm("/album")
                .build();
        ReceiptsFilter receipts = ReceiptsFilter.builder(host)
                .files(policy)
                .json("/items", "/receipt")
                .asyncDispatch() // all filters of this path are mapped to both dispatcher types
                .build();

        ServletContextHandler context = new ServletContextHandler();
        ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
        errors.setShowStacks(false);
        context.setErrorHandler(errors);
        add(context, uploads, "/uploads", "/uploads/*", "/internal/relay");
        add(context, DeliveryFilter.create(host), "/internal/uploads/*");
        ShareFilter links = ShareFilter.builder(host)
                .delivery(FrontServer.delivery(fleet.options().delivery()))
                .build();
        add(context, links, "/s/*");
        add(context, new FleetOrigins(fleet.origins()), "/album", "/albums/*", "/fleet/*");
        add(context, receipts, "/album");
        context.addServlet(async(new AlbumServlet(maker, timer())), "/album");
        context.addServlet(new ServletHolder(new AlbumsServlet(fleet.albums())), "/albums/*");
        context.addServlet(new ServletHolder(new FleetServlet(plan, fleet)), "/fleet/*");
        context.addServlet(new ServletHolder(new PagesServlet(fleet)), "/");
        return context;
    }

    private static ServletHolder async(Servlet servlet) {
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        return holder;
    }

    /** Returns the thread that sends the pieces of all the responses that wait. */
    private ScheduledExecutorService timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "album-progress");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        var unused = opened(timer::shutdownNow);
        return timer;
    }

    private UploadLimits limits() {
        long maxFileSize = fleet.options().maxFileSize();
        long maxRequestSize = Math.max(UploadLimits.defaults().maxRequestSize(), maxFileSize + ROOM_FOR_FORM);
        return UploadLimits.builder()
                .maxFileSize(maxFileSize)
                .maxRequestSize(maxRequestSize)
                .build();
    }

    private static void add(ServletContextHandler context, Filter filter, String... patterns) {
        FilterHolder holder = new FilterHolder(filter);
        holder.setAsyncSupported(true);
        for (String pattern : patterns) {
            context.addFilter(holder, pattern, EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC));
        }
    }

    /** Returns the port on which Jetty listens. */
    private int startJetty(ServletContextHandler context, int port) throws IOException {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        HttpConnectionFactory connections = new HttpConnectionFactory(http);
        connections.setInputBufferSize(INPUT_BUFFER);
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server, connections);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        connector.setIdleTimeout(IDLE_MILLIS);
        server.addConnector(connector);
        server.setHandler(context);
        var unused = opened(() -> stop(server));
        try {
            server.start();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("Jetty did not start", e);
        }
        return connector.getLocalPort();
    }

    private static void stop(Server server) throws IOException {
        try {
            server.stop();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("Jetty did not stop", e);
        }
    }

    /** Closes everything, in reverse order of opening. After that, throws the first failure. */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (IOException e) {
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
