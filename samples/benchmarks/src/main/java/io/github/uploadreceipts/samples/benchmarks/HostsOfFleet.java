package io.github.uploadreceipts.samples.benchmarks;

import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.ShareFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.eclipse.jetty.server.Server;

/** The hosts of one fleet, each on a Jetty. None forces its files to disk. */
final class HostsOfFleet implements AutoCloseable {

    private static final Logger CONTAINERS = Logger.getLogger("org"); // the log manager's reference is weak
    private static final Pattern RECEIPT = Pattern.compile("\"receipt\":\"([^\"]+)\"");
    private static final byte[] CHUNK = new byte[1 << 20];

    private final Path directory;
    private final KeyRing ring = KeyRing.generate("benchmark");
    private final List<Server> servers = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();

    HostsOfFleet(Path directory) {
        CONTAINERS.setLevel(Level.SEVERE);
        this.directory = directory;
    }

    /** A host and the port of its Jetty. */
    record Running(UploadHost host, int port) {

        /** Returns the receipt of a new upload of zeros. */
        UploadReceipt upload(long bytes) throws Exception {
            Iterable<byte[]> chunks = () -> LongStream.range(0, bytes / CHUNK.length)
                    .mapToObj(index -> CHUNK)
                    .iterator();
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/uploads"))
                    .header("Content-Type", "application/x-bytes")
                    .POST(BodyPublishers.ofByteArrays(chunks))
                    .build();
            HttpResponse<String> response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
            Matcher receipt = RECEIPT.matcher(response.body());
            if (!receipt.find()) {
                throw new IOException("no receipt: " + response.body());
            }
            return host.receipts().verify(receipt.group(1));
        }
    }

    LocalUploadStore.Builder store(String name) {
        return LocalUploadStore.builder(directory.resolve(name)).durability(Durability.BUFFERED);
    }

    /**
     * Starts a host.
     *
     * @param servlet made with the host's fetcher; serves what no filter serves
     * @param owners the ports of the hosts from which it fetches
     */
    Running start(LocalUploadStore.Builder store, Function<PeerFetcher, HttpServlet> servlet, int... owners)
            throws Exception {
        int port = Jetty.freePort();
        UploadHost host = UploadHost.builder(ring, store.open())
                .internalUrl("http://127.0.0.1:" + port)
                .encryptReceipts(true)
                .developmentMode()
                .build();
        PeerFetcher fetcher = PeerFetcher.builder(host)
                .policy(PeerPolicy.privateNetwork().ports(owners))
                .workDirectory(directory)
                .build();
        UploadPolicy anyone = UploadPolicy.anyone(UploadLimits.builder()
                .maxFileSize(Long.MAX_VALUE)
                .maxRequestSize(Long.MAX_VALUE)
                .build());
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put("/uploads/*", UploadFilter.create(host, anyone));
        filters.put("/internal/uploads/*", DeliveryFilter.create(host));
        filters.put("/s/*", ShareFilter.create(host));
        servers.add(Jetty.start(port, filters, servlet.apply(fetcher)));
        opened.add(fetcher);
        opened.add(host);
        return new Running(host, port);
    }

    @Override
    public void close() throws IOException {
        Jetty.stop(servers, opened);
    }
}
