package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.internal.receive.SentFile;
import io.github.uploadreceipts.servlet.testing.Container;
import io.tus.java.client.ProtocolException;
import io.tus.java.client.TusExecutor;
import io.tus.java.client.TusUpload;
import io.tus.java.client.TusUploader;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Stock clients whose connections break at random places. They resume until the upload is complete. */
@ParameterizedClass
@MethodSource(Container.ALL)
class TusFaultIT {

    private static final int ROUNDS = Integer.getInteger("upload-receipts-test.rounds", 1);
    private static final int JAVA_UPLOADS = 4;
    private static final int SIZE = 4_000_003;
    private static final int REQUEST_BYTES = 1_000_000;
    private static final int MOST_BYTES = 1_500_000;
    private static final List<String> SCENARIOS =
            List.of("faulty", "faultyChunks", "faultyDuringCreation", "faultyParallel", "faultyIetf");

    @Parameter
    Container container;

    @TempDir
    Path root;

    @TempDir
    Path directory;

    private final long seed = new Random().nextLong();
    private AdapterFixture fixture;
    private CuttingProxy network;

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root).start(container, true, UploadLimits.defaults());
        network = new CuttingProxy(fixture.port(), seed, MOST_BYTES);
    }

    @AfterEach
    void stop() throws Exception {
        network.close();
        fixture.close();
    }

    @Test
    void tusJsClient_cutConnections_resumes() throws Exception {
        NodeClients.prepare();
        List<String> arguments = new ArrayList<>(List.of("http://127.0.0.1:" + network.port() + "/uploads"));
        arguments.addAll(Collections.nCopies(ROUNDS, SCENARIOS).stream()
                .flatMap(List::stream)
                .toList());
        int standStills = 0;
        for (JsonNode seen : NodeClients.play("tus.mjs", arguments)) {
            assertThat(seen.path("error").asText())
                    .as("seed %d, %s", seed, seen)
                    .isEmpty();
            TusJsClientIT.assertOffsetsNeverGoBack(seen);
            SentFile.of(seen).assertIsStored(fixture.host, seen.path("receipt").asText());
            standStills += seen.path("restarts").asInt();
        }
        System.out.printf(
                "tus-js-client on %s: %d uploads, %d cuts, %d restarts after a stall%n",
                container, ROUNDS * SCENARIOS.size(), network.cuts(), standStills);
        assertThat(network.cuts()).isPositive();
    }

    @Test
    void tusJavaClient_cutConnections_resumes() throws Exception {
        network.completeResponses();
        int attempts = 0;
        for (int i = 0; i < ROUNDS * JAVA_UPLOADS; i++) {
            Attempts upload = new Attempts(directory.resolve("sent-" + i), network.port());
            assertThat(upload.makeAttempts()).isTrue();
            upload.sent.assertIsStored(fixture.host, StockTusClient.receipt(upload.url(), fixture.port()));
            attempts += upload.count;
        }
        System.out.printf(
                "tus-java-client on %s: %d uploads, %d cuts, %d attempts%n",
                container, ROUNDS * JAVA_UPLOADS, network.cuts(), attempts);
        assertThat(network.cuts()).isPositive();
    }

    @Test
    void clientOfTheDraft_cutConnections_goesOn() throws Exception {
        Random random = new Random(seed);
        int attempts = 0;
        for (int i = 0; i < ROUNDS * JAVA_UPLOADS; i++) {
            byte[] content = new byte[SIZE];
            random.nextBytes(content);
            IetfUploader upload = new IetfUploader(network.port(), "sent-" + i, content, REQUEST_BYTES);
            SentFile.of("sent-" + i, "image/png", content).assertIsStored(fixture.host, upload.receipt());
            attempts += upload.attempts();
        }
        System.out.printf(
                "client of the draft on %s: %d uploads, %d cuts, %d attempts%n",
                container, ROUNDS * JAVA_UPLOADS, network.cuts(), attempts);
        assertThat(network.cuts()).isPositive();
    }

    /** One upload by tus-java-client, which decides itself what to retry. */
    private final class Attempts extends TusExecutor {

        private final Path file;
        private final StockTusClient client;
        private final SentFile sent;
        private int count;
        private long highest;
        private TusUploader uploader;

        Attempts(Path file, int port) throws IOException {
            byte[] content = new byte[SIZE];
            new Random().nextBytes(content);
            Files.write(file, content);
            this.file = file;
            this.client = new StockTusClient(port);
            this.sent = SentFile.of(file.getFileName().toString(), "image/png", content);
            int[] delays = new int[200];
            Arrays.fill(delays, 20);
            setDelays(delays);
        }

        URL url() {
            return uploader.getUploadURL();
        }

        @Override
        protected void makeAttempt() throws ProtocolException, IOException {
            count++;
            TusUpload upload = new TusUpload(file.toFile());
            upload.setMetadata(Map.of("filename", sent.name(), "filetype", sent.type()));
            uploader = client.resumeOrCreateUpload(upload);
            assertThat(uploader.getOffset()).as("seed %d", seed).isGreaterThanOrEqualTo(highest);
            highest = uploader.getOffset();
            uploader.setRequestPayloadSize(REQUEST_BYTES);
            uploader.setChunkSize(REQUEST_BYTES / 20);
            for (long start = highest; uploader.uploadChunk() >= 0; ) {
                if ((uploader.getOffset() - start) % REQUEST_BYTES == 0) {
                    highest = uploader.getOffset(); // the host has acknowledged these bytes
                }
            }
            uploader.finish();
        }
    }
}
