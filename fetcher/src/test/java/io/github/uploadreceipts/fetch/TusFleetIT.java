package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.testing.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs a stock client that sends each request to any of several hosts, each in a different container. Then one order
 * fetches all its uploads.
 */
class TusFleetIT {

    private static final int ROUNDS = Integer.getInteger("upload-receipts-test.rounds", 1);
    private static final int SHORTEST_MILLIS = 200;
    private static final int LONGEST_MILLIS = 1_500;
    private static final List<String> ALL = List.of(
            "oneChunk",
            "chunksOf8MiB",
            "chunksOf64KiBAndOne",
            "overridePatchMethod",
            "dataDuringCreation",
            "allDuringCreation",
            "empty",
            "deferredLength",
            "parallel",
            "parallelInChunks",
            "metadata",
            "abortBetweenChunks",
            "abortInChunk",
            "resumeByFingerprint",
            "resumeParallelByFingerprint",
            "resumeByUrl",
            "resumeFinished");
    private static final List<String> WHILE_KILLED =
            List.of("faulty", "faultyChunks", "faultyParallel", "faultyChunks");

    @TempDir
    Path directory;

    private final Random random = new Random();
    private final KeyRing ring = KeyRing.generate("photos");
    private final List<PeerHost.Program> hosts = new ArrayList<>();
    private List<Integer> ports = List.of();

    @BeforeEach
    void start() throws Exception {
        StockClient.prepare();
        Path file = directory.resolve("ring.json");
        ring.write(file);
        Set<Integer> free = new HashSet<>();
        List<Container> containers = Container.all().toList();
        while (free.size() < containers.size()) {
            free.add(Ports.free());
        }
        ports = List.copyOf(free);
        for (int i = 0; i < containers.size(); i++) {
            hosts.add(PeerHost.Program.start(
                    containers.get(i), file, directory.resolve("host-" + i), ports.get(i), ports));
        }
    }

    @AfterEach
    void stop() throws IOException {
        for (PeerHost.Program host : hosts) {
            host.close();
        }
    }

    @Test
    void upload_anyHost_orderIsComplete() throws Exception {
        List<JsonNode> uploads = StockClient.upload(ports, ALL);
        assertThat(uploads)
                .extracting(upload -> upload.path("scenario").asText())
                .isEqualTo(ALL);
        assertOrderIsComplete(uploads);
    }

    @Test
    void upload_hostsKilled_orderIsComplete() throws Exception {
        ExecutorService background = Executors.newSingleThreadExecutor();
        int kills = 0;
        try {
            Future<List<JsonNode>> uploads = background.submit(() -> StockClient.upload(
                    ports,
                    Collections.nCopies(ROUNDS, WHILE_KILLED).stream()
                            .flatMap(List::stream)
                            .toList()));
            while (!endsWithin(uploads, random.nextInt(SHORTEST_MILLIS, LONGEST_MILLIS))) {
                hosts.get(random.nextInt(hosts.size())).killAndRestart();
                kills++;
            }
            assertThat(uploads.get()).hasSize(ROUNDS * WHILE_KILLED.size());
            assertOrderIsComplete(uploads.get());
        } finally {
            background.shutdownNow();
        }
        System.out.printf("%d uploads to %d hosts, %d kills%n", ROUNDS * WHILE_KILLED.size(), hosts.size(), kills);
        assertThat(kills).isPositive();
    }

    private static boolean endsWithin(Future<?> future, int millis) throws Exception {
        try {
            future.get(millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    /**
     * Checks that every upload has the bytes that were sent, and that they come in the order of the client's receipts.
     */
    private void assertOrderIsComplete(List<JsonNode> uploads) throws Exception {
        for (JsonNode upload : uploads) {
            assertThat(upload.path("error").asText()).as("%s", upload).isEmpty();
            assertOffsetsNeverGoBack(upload);
        }
        try (UploadHost host = UploadHost.builder(ring, LocalUploadStore.at(directory.resolve("reader")))
                        .internalUrl("http://127.0.0.1:" + Ports.free())
                        .developmentMode()
                        .build();
                PeerFetcher fetcher = PeerFetcher.builder(host)
                        .policy(PeerHost.policy(ports))
                        .workDirectory(Files.createDirectory(directory.resolve("work")))
                        .build()) {
            List<UploadReceipt> receipts = host.receipts()
                    .verifyAll(uploads.stream()
                            .map(upload -> upload.path("receipt").asText())
                            .toList());
            try (FetchedUploads files = fetcher.fetch(receipts, Claim.of("order"))) {
                assertThat(files.list()).extracting(FetchedUpload::receipt).isEqualTo(receipts);
                for (int i = 0; i < uploads.size(); i++) {
                    assertIsWhatWasSent(files.list().get(i), uploads.get(i));
                }
            }
        }
    }

    private static void assertIsWhatWasSent(FetchedUpload file, JsonNode sent) throws IOException {
        MessageDigest hash = ContentDigest.newHash();
        hash.update(Fleet.read(file));
        assertThat(ContentDigest.of(hash).hex())
                .as("%s", sent)
                .isEqualTo(sent.path("sha256").asText());
        assertThat(file.receipt().name()).isEqualTo(sent.path("name").asText());
        assertThat(file.receipt().type()).isEqualTo(sent.path("type").asText());
    }

    /** Checks the offsets of each upload, by its URL. A request that creates an upload does not have the URL yet. */
    private static void assertOffsetsNeverGoBack(JsonNode upload) {
        Map<String, Long> highest = new HashMap<>();
        for (JsonNode exchange : upload.path("exchanges")) {
            int status = exchange.path(1).asInt();
            if (exchange.path(2).isNumber() && (status == 200 || status == 204)) {
                long offset = exchange.path(2).asLong();
                Long before = highest.put(exchange.path(3).asText(), offset);
                assertThat(offset).as("%s", exchange).isGreaterThanOrEqualTo(before == null ? 0 : before);
            }
        }
    }
}
