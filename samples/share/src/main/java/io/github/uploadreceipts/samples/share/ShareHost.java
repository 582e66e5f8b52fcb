package io.github.uploadreceipts.samples.share;

import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import io.github.uploadreceipts.servlet.ShareFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.share.ShareLinks;
import io.github.uploadreceipts.store.LocalUploadStore;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** One running host: its store, its fetcher, and its Jetty with the filters. */
final class ShareHost implements Closeable {

    /** How long an upload is kept before its link is made, which then says for how long. */
    private static final Duration UNTIL_LINK = Duration.ofHours(1);

    /** The path of links. */
    static final String LINKS = "/s/";

    /** The file of the fleet's keys, in its directory. */
    static final String KEYS = "key-ring.json";

    private static final long MAX_FILE_SIZE = 100L << 30;
    private static final UploadLimits LIMITS = UploadLimits.builder()
            .maxFileSize(MAX_FILE_SIZE)
            .maxRequestSize(MAX_FILE_SIZE)
            .build();
    private static final int INPUT_BUFFER = 64 * 1024; // Jetty's default costs a third more CPU time per byte
    private static final long IDLE_MILLIS = 30_000; // longer than that of uploads, which are refused with a reason

    private final Deque<Closeable> opened = new ArrayDeque<>();

    /**
     * Starts a host.
     *
     * @param root the directory of the fleet
     * @param ports of all hosts of the fleet
     * @param port of this host
     */
    ShareHost(Path root, List<Integer> ports, int port) throws IOException {
        try {
            open(root, ports, port);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Returns the URL of the host at a port. */
    static String url(int port) {
        return "http://127.0.0.1:" + port;
    }

    private void open(Path root, List<Integer> ports, int port) throws IOException {
        Path own = root.resolve("host-" + port);
        Path store = Files.createDirectories(own.resolve("store"));
        Received received = opened(new Received(root.resolve("received.txt")));
        UploadHost host = opened(UploadHost.builder(
                        KeyRing.watch(root.resolve(KEYS)),
                        LocalUploadStore.builder(store).sealed().open())
                .internalUrl(url(port))
                .peers(ports.stream().map(ShareHost::url).toArray(String[]::new))
                .developmentMode() // the fleet runs on the loopback interface of one machine
                .encryptReceipts(true)
                .timeToLive(UNTIL_LINK)
                .listener(received)
                .build());
        PeerFetcher fetcher = opened(PeerFetcher.builder(host)
                .policy(PeerPolicy.privateNetwork()
                        .ports(ports.stream().mapToInt(Integer::intValue).toArray()))
                .workDirectory(Files.createDirectories(own.resolve("fetching")))
                .build());
        String base = url(port);
        ShareLinks links = ShareLinks.of(host, base + LINKS);
        received.links(links);
        LinkMaker maker = new LinkMaker(host, fetcher, links, OwnerSecrets.at(root.resolve("owner-secrets.key")));
        startJetty(context(host, maker, base), port);
    }

    private <T extends Closeable> T opened(T resource) {
        opened.push(resource);
        return resource;
    }

    /** The filters of links and of peers end every request of theirs, so the last filter gets only what is left. */
    private static ServletContextHandler context(UploadHost host, LinkMaker maker, String base) {
        ServletContextHandler context = new ServletContextHandler();
        context.getServletHandler().setDecodeAmbiguousURIs(true); // a file may have a % in its name
        add(context, new RevokeFilter(maker), LINKS + "*");
        add(context, ShareFilter.builder(host).limits(LIMITS).build(), LINKS + "*", "/internal/relay");
        add(context, DeliveryFilter.create(host), "/internal/uploads/*");
        add(
                context,
                ReceiptsFilter.builder(host)
                        .files(senders())
                        .rawFiles()
                        .asyncDispatch()
                        .build(),
                "/*");
        ServletHolder servlet = new ServletHolder(new ShareServlet(maker, base));
        servlet.setAsyncSupported(true);
        context.addServlet(servlet, "/");
        return context;
    }

    /** Refuses a link that cannot be made before the file is received. */
    private static UploadPolicy senders() {
        UploadPermit anyone = UploadPermit.anyone(LIMITS);
        return request -> {
            var unused = Wishes.ofHeader(request);
            return anyone;
        };
    }

    private static void add(ServletContextHandler context, Filter filter, String... patterns) {
        FilterHolder holder = new FilterHolder(filter);
        holder.setAsyncSupported(true);
        for (String pattern : patterns) {
            context.addFilter(holder, pattern, EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC));
        }
    }

    private void startJetty(ServletContextHandler context, int port) throws IOException {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setUriCompliance(
                UriCompliance.DEFAULT.with("file names", UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING));
        HttpConnectionFactory connections = new HttpConnectionFactory(http);
        connections.setInputBufferSize(INPUT_BUFFER);
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server, connections);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        connector.setIdleTimeout(IDLE_MILLIS);
        server.addConnector(connector);
        server.setHandler(context);
        var unused = opened(() -> ended(server::stop));
        ended(server::start);
    }

    /** A step of Jetty's, which declares any exception. */
    private interface Step {
        void run() throws Exception;
    }

    private static void ended(Step step) throws IOException {
        try {
            step.run();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("Jetty did not start or stop", e);
        }
    }

    /** Closes everything, in reverse order of opening. */
    @Override
    public void close() throws IOException {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }
}
