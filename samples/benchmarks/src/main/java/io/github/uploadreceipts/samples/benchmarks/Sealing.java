package io.github.uploadreceipts.samples.benchmarks;

import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.receipt.UploadReceipt;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares stores that keep uploads plain with stores that keep them sealed: how uploads are received, and how another
 * host fetches, proves and reads one. All run on Jetty, and none forces its files to disk.
 */
final class Sealing implements Contestants {

    private final Path directory;
    private final HostsOfFleet hosts;
    private final List<Contestant> all;

    private Sealing(Path directory, long bytes) throws Exception {
        this.directory = directory;
        this.hosts = new HostsOfFleet(directory);
        Map<String, UploadReceipt> kept = new LinkedHashMap<>();
        HostsOfFleet.Running plain = start("plain", kept);
        HostsOfFleet.Running sealed = startSealed("sealed", kept);
        HostsOfFleet.Running plainOwner = start("plain-owner", kept);
        HostsOfFleet.Running sealedOwner = startSealed("sealed-owner", kept);
        kept.put("/fetch/plain", plainOwner.upload(bytes));
        kept.put("/fetch/sealed", sealedOwner.upload(bytes));
        HostsOfFleet.Running fetching = start("fetching", kept, plainOwner.port(), sealedOwner.port());
        this.all = List.of(
                new Contestant("received plain", plain.port(), "raw"),
                new Contestant("received sealed", sealed.port(), "raw"),
                new Contestant("fetched plain, and read", fetching.port(), "post:/fetch/plain"),
                new Contestant("fetched sealed, and read", fetching.port(), "post:/fetch/sealed"));
    }

    static Sealing start(Path directory, long bytes) throws Exception {
        return new Sealing(directory, bytes);
    }

    private HostsOfFleet.Running start(String name, Map<String, UploadReceipt> kept, int... owners) throws Exception {
        return hosts.start(hosts.store(name), fetcher -> new Fetching(fetcher, kept), owners);
    }

    private HostsOfFleet.Running startSealed(String name, Map<String, UploadReceipt> kept) throws Exception {
        return hosts.start(hosts.store(name).sealed(), fetcher -> new Fetching(fetcher, kept));
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
        hosts.close();
    }
}
