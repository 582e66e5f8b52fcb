package io.github.uploadreceipts.samples.benchmarks;

import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import me.desair.tus.server.TusFileUploadService;
import org.eclipse.jetty.server.Server;

/**
 * Compares resumable uploads, with large and small PATCH requests, sent to the host that keeps them or relayed by
 * another one. They are compared with one raw request of the same bytes, and with another library. All run on Jetty,
 * and none forces its files to disk.
 */
final class Resuming implements Contestants {

    private static final Logger CONTAINERS = Logger.getLogger("org"); // the log manager's reference is weak
    private static final Logger PEER = Logger.getLogger("me.desair");
    private static final int LARGE = 8 << 20;
    private static final int SMALL = 256 << 10;

    private final Path directory;
    private final KeyRing ring = KeyRing.generate("benchmark");
    private final List<Server> servers = new ArrayList<>();
    private final List<AutoCloseable> hosts = new ArrayList<>();
    private final List<Contestant> all;

    private Resuming(Path directory) throws Exception {
        CONTAINERS.setLevel(Level.SEVERE);
        PEER.setLevel(Level.SEVERE);
        this.directory = directory;
        int owner = Jetty.freePort();
        int other = Jetty.freePort();
        startHost("owner", owner, other);
        startHost("other", other, owner);
        int peer = startPeer();
        this.all = List.of(
                new Contestant("one request, raw", owner, "raw"),
                new Contestant("PATCHes of 8 MiB", owner, tus(LARGE, "/uploads", owner)),
                new Contestant("PATCHes of 256 KiB", owner, tus(SMALL, "/uploads", owner)),
                new Contestant("PATCHes of 8 MiB, relayed", other, tus(LARGE, "/uploads", owner)),
                new Contestant("PATCHes of 256 KiB, relayed", other, tus(SMALL, "/uploads", owner)),
                new Contestant("tus-java-server, 8 MiB, no digest", peer, tus(LARGE, "/tus", peer)),
                new Contestant("tus-java-server, 256 KiB, no digest", peer, tus(SMALL, "/tus", peer)));
    }

    static Resuming start(Path directory) throws Exception {
        return new Resuming(directory);
    }

    private static String tus(int bytes, String path, int creator) {
        return "tus:" + bytes + ":" + path + ":" + creator;
    }

    private void startHost(String name, int port, int otherPort) throws Exception {
        UploadHost host = UploadHost.builder(
                        ring,
                        LocalUploadStore.builder(directory.resolve(name))
                                .durability(Durability.BUFFERED)
                                .open())
                .internalUrl("http://127.0.0.1:" + port)
                .developmentMode()
                .build();
        PeerFetcher fetcher = PeerFetcher.builder(host)
                .policy(PeerPolicy.privateNetwork().ports(port, otherPort))
                .build();
        UploadFilter filter = UploadFilter.create(
                host,
                UploadPolicy.anyone(
                        UploadLimits.builder().maxFileSize(Long.MAX_VALUE).build()));
        servers.add(Jetty.start(port, Map.of("/uploads/* /internal/relay", filter), new HttpServlet() {}));
        hosts.add(fetcher);
        hosts.add(host);
    }

    private int startPeer() throws Exception {
        TusFileUploadService service = new TusFileUploadService()
                .withUploadUri("/tus")
                .withStoragePath(
                        Files.createDirectories(directory.resolve("peer")).toString());
        Server server = Jetty.start(0, Map.of(), new HttpServlet() {
            private static final long serialVersionUID = 1;

            @Override
            protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
                service.process(request, response);
            }
        });
        servers.add(server);
        return Jetty.port(server);
    }

    @Override
    public List<Contestant> all() {
        return all;
    }

    @Override
    public void deleteFiles() throws IOException {
        for (String below : List.of("owner/uploads", "owner/partial", "other/uploads", "other/partial", "peer")) {
            Contestants.deleteFiles(directory.resolve(below));
        }
    }

    @Override
    public void close() throws IOException {
        Jetty.stop(servers, hosts);
    }
}
