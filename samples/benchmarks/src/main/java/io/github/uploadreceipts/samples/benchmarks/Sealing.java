package io.github.uploadreceipts.samples.benchmarks;

import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
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
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.eclipse.jetty.server.Server;

/**
 * Compares stores that keep uploads plain with stores that keep them sealed: how uploads are received, and how another
 * host fetches, proves and reads one. All run on Jetty, and none forces its files to disk.
 */
final class Sealing implements Contestants {

    private static final Logger CONTAINERS = Logger.getLogger("org"); // the log manager's reference is weak
    private static final Pattern RECEIPT = Pattern.compile("\"receipt\":\"([^\"]+)\"");
    private static final byte[] CHUNK = new byte[1 << 20];

    private final Path directory;
    private final KeyRing ring = KeyRing.generate("benchmark");
    private final List<Server> servers = new ArrayList<>();
    private final List<AutoCloseable> hosts = new ArrayList<>();
    private final List<Contestant> all;

    private Sealing(Path directory, long bytes) throws Exception {
        CONTAINERS.setLevel(Level.SEVERE);
        this.directory = directory;
        Map<String, UploadReceipt> kept = new LinkedHashMap<>();
        int plain = startHost(store("plain"), kept);
        int sealed = startHost(store("sealed").sealed(), kept);
        int plainOwner = startHost(store("plain-owner"), kept);
        kept.put("/fetch/plain", upload(plainOwner, bytes));
        int sealedOwner = startHost(store("sealed-owner").sealed(), kept);
        kept.put("/fetch/sealed", upload(sealedOwner, bytes));
        int fetching = startHost(store("fetching"), kept, plainOwner, sealedOwner);
        this.all = List.of(
                new Contestant("received plain", plain, "raw"),
                new Contestant("received sealed", sealed, "raw"),
                new Contestant("fetched plain, and read", fetching, "post:/fetch/plain"),
                new Contestant("fetched sealed, and read", fetching, "post:/fetch/sealed"));
    }

    static Sealing start(Path directory, long bytes) throws Exception {
        return new Sealing(directory, bytes);
    }

    private LocalUploadStore.Builder store(String name) {
        return LocalUploadStore.builder(directory.resolve(name)).durability(Durability.BUFFERED);
    }

    private int startHost(LocalUploadStore.Builder store, Map<String, UploadReceipt> kept, int... owners)
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
        Map<String, Filter> filters = new LinkedHashMap<>();
        filters.put(
                "/uploads/*",
                UploadFilter.create(
                        host,
                        UploadPolicy.anyone(UploadLimits.builder()
                                .maxFileSize(Long.MAX_VALUE)
                                .build())));
        filters.put("/internal/uploads/*", DeliveryFilter.create(host));
        servers.add(Jetty.start(port, filters, new Fetching(fetcher, kept)));
        hosts.add(fetcher);
        hosts.add(host);
        return port;
    }

    private UploadReceipt upload(int port, long bytes) throws Exception {
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
        return ((UploadHost) hosts.get(hosts.size() - 1)).receipts().verify(receipt.group(1));
    }

    /** Fetches the upload of a path from its owner, and reads all of it. */
    private static final class Fetching extends HttpServlet {

        private static final long serialVersionUID = 1;

        private final transient PeerFetcher fetcher;
        private final transient Map<String, UploadReceipt> kept;

        Fetching(PeerFetcher fetcher, Map<String, UploadReceipt> kept) {
            this.fetcher = fetcher;
            this.kept = kept;
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            try (FetchedUploads uploads = fetcher.fetch(List.of(kept.get(request.getRequestURI())))) {
                for (FetchedUpload upload : uploads) {
                    upload.copyTo(OutputStream.nullOutputStream());
                }
            }
        }
    }

    @Override
    public List<Contestant> all() {
        return all;
    }

    @Override
    public void deleteFiles() throws IOException {
        Contestants.deleteFiles(directory.resolve("plain/uploads"));
        Contestants.deleteFiles(directory.resolve("sealed/uploads"));
    }

    @Override
    public void close() throws IOException {
        Jetty.stop(servers, hosts);
    }
}
