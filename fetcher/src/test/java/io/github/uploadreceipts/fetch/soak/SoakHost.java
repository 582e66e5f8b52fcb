package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.fetch.PeerServer;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.DeliveryFilter;
import io.github.uploadreceipts.servlet.ReceiptsFilter;
import io.github.uploadreceipts.servlet.UploadFilter;
import io.github.uploadreceipts.servlet.UploadPolicy;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Durability;
import io.github.uploadreceipts.store.LocalUploadStore;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The program of one host: all filters in a container, and an application behind them. */
final class SoakHost {

    /** How many requests of one client may be in flight at one host. */
    static final int MOST_PER_ADDRESS = 24;

    /** Short, so that silent clients are ended within a round. */
    static final Duration IDLE = Duration.ofSeconds(5);

    private SoakHost() {}

    /** {@code CONTAINER DURABILITY FLOOR KEY-RING ROOT WORK PORT PEER-PORT...}: runs until standard input ends. */
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[6]);
        int[] ports =
                Arrays.stream(arguments).skip(6).mapToInt(Integer::parseInt).toArray();
        UploadLimits limits = UploadLimits.builder()
                .freeSpaceFloor(Long.parseLong(arguments[2]))
                .perAddress(MOST_PER_ADDRESS, Long.MAX_VALUE)
                .idleTimeout(IDLE)
                .build();
        LocalUploadStore store = LocalUploadStore.builder(Path.of(arguments[4]))
                .durability(Durability.valueOf(arguments[1]))
                .open();
        try (UploadHost host = UploadHost.builder(KeyRing.load(Path.of(arguments[3])), store)
                        .internalUrl(url(port))
                        .peers(Arrays.stream(ports).mapToObj(SoakHost::url).toArray(String[]::new))
                        .developmentMode()
                        .build();
                PeerFetcher fetcher = PeerFetcher.builder(host)
                        .policy(PeerPolicy.privateNetwork().ports(ports))
                        .workDirectory(Files.createDirectories(Path.of(arguments[5])))
                        .build();
                Closeable container = PeerServer.start(
                        Container.valueOf(arguments[0]),
                        port,
                        Map.of(
                                PeerServer.UPLOADS,
                                UploadFilter.create(host, UploadPolicy.anyone(limits)),
                                PeerServer.PEERS,
                                DeliveryFilter.create(host),
                                "/orders",
                                ReceiptsFilter.builder(host)
                                        .files(UploadPolicy.anyone(limits))
                                        .build()),
                        new Application(fetcher),
                        status -> {})) {
            System.out.println("accepts requests for " + container);
            while (System.in.read() >= 0) {}
        }
    }

    static String url(int port) {
        return "http://127.0.0.1:" + port;
    }

    /**
     * Fetches the uploads of a final request, and responds with the digest of each on a line of its own. With a claim as
     * the query it also discards them. It responds to GET at once.
     */
    private static final class Application extends HttpServlet {

        private static final long serialVersionUID = 1;

        private final transient PeerFetcher fetcher;

        Application(PeerFetcher fetcher) {
            this.fetcher = fetcher;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) {
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            List<UploadReceipt> receipts = ReceiptsFilter.receipts(request);
            String claim = request.getQueryString();
            try (FetchedUploads files =
                    claim == null ? fetcher.fetch(receipts) : fetcher.fetch(receipts, Claim.of(claim))) {
                List<String> digests = new ArrayList<>();
                for (FetchedUpload file : files) {
                    digests.add(digest(file));
                }
                if (claim != null) {
                    discard(files);
                }
                response.setContentType("text/plain");
                response.getWriter().print(String.join("\n", digests));
            }
        }

        private static String digest(FetchedUpload file) throws IOException {
            MessageDigest hash = ContentDigest.newHash();
            file.copyTo(new DigestOutputStream(OutputStream.nullOutputStream(), hash));
            return ContentDigest.of(hash).hex();
        }

        /** The order is complete even where a host cannot discard now: its uploads expire. */
        private void discard(FetchedUploads files) {
            try {
                files.discard();
            } catch (FetchException e) {
                log("not discarded: " + e.getMessage());
            }
        }
    }
}
