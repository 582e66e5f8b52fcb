package io.github.uploadreceipts.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.servlet.internal.receive.SentFile;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.servlet.testing.Nginx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** All features of tus-js-client, in Node. */
@ParameterizedClass
@MethodSource(Container.ALL)
class TusJsClientIT {

    private static final List<String> FEW =
            List.of("chunksOf8MiB", "deferredLength", "parallel", "abortInChunk", "emptyDuringCreation");
    private static final List<String> ALL = List.of(
            "oneChunk",
            "chunksOf8MiB",
            "chunksOf64KiBAndOne",
            "chunksThatFit",
            "file",
            "overridePatchMethod",
            "dataDuringCreation",
            "allDuringCreation",
            "empty",
            "emptyDuringCreation",
            "deferredLength",
            "deferredLengthOverride",
            "parallel",
            "parallelInChunks",
            "parallelDuringCreation",
            "metadata",
            "abortBetweenChunks",
            "abortInChunk",
            "abortInParallel",
            "resumeByFingerprint",
            "resumeParallelByFingerprint",
            "resumeByUrl",
            "resumeFinished",
            "terminate",
            "ietf",
            "ietfAbortInChunk");

    @Parameter
    Container container;

    @TempDir
    Path root;

    @TempDir
    Path front;

    private AdapterFixture fixture;

    @BeforeAll
    static void prepare() throws Exception {
        NodeClients.prepare();
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private void start(boolean async) throws Exception {
        fixture = new AdapterFixture(root).start(container, async, UploadLimits.defaults());
    }

    @TestFactory
    Stream<DynamicTest> upload_directly() throws Exception {
        start(true);
        return play(fixture.port(), ALL);
    }

    @TestFactory
    Stream<DynamicTest> upload_directlyWithoutAsync() throws Exception {
        start(false);
        return play(fixture.port(), FEW);
    }

    @TestFactory
    Stream<DynamicTest> upload_throughNginx() throws Exception {
        start(true);
        try (Nginx nginx = Nginx.start(front, fixture.port())) {
            return play(nginx.port(), ALL);
        }
    }

    /** The client tries no status of 4xx again but 409 and 423. */
    @Test
    void upload_pausingTooLong_resumes() throws Exception {
        fixture = new AdapterFixture(root)
                .start(
                        container,
                        true,
                        UploadLimits.builder()
                                .idleTimeout(Duration.ofSeconds(1))
                                .build());
        try (StallingProxy network = new StallingProxy(fixture.port(), 1 << 20)) {
            JsonNode seen = NodeClients.play(
                            "tus.mjs", List.of("http://127.0.0.1:" + network.port() + "/uploads", "oneChunk"))
                    .get(0);
            check("oneChunk", seen);
            assertThat(seen.path("exchanges"))
                    .extracting(exchange -> exchange.path(1).asInt())
                    .containsSubsequence(201, 423, 200, 204);
        }
    }

    private Stream<DynamicTest> play(int port, List<String> scenarios) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("http://127.0.0.1:" + port + "/uploads"));
        arguments.addAll(scenarios);
        List<JsonNode> seen = NodeClients.play("tus.mjs", arguments);
        return IntStream.range(0, scenarios.size())
                .mapToObj(i -> DynamicTest.dynamicTest(scenarios.get(i), () -> check(scenarios.get(i), seen.get(i))));
    }

    private void check(String scenario, JsonNode seen) throws Exception {
        assertThat(seen.path("scenario").asText()).isEqualTo(scenario);
        NodeClients.requirePlayed(seen);
        assertOffsetsNeverGoBack(seen);
        if (scenario.equals("terminate")) {
            assertThat(seen.path("terminated").asInt()).isEqualTo(404);
            assertThat(seen.path("laterReceipt").isNull()).isTrue();
            return;
        }
        assertThat(seen.path("restarts").asInt()).as("restarts after a stall").isZero();
        SentFile sent = SentFile.of(seen);
        assertThat(sent.assertIsStored(fixture.host, seen.path("receipt").asText())
                        .id())
                .isEqualTo(sent.assertIsStored(
                                fixture.host, seen.path("laterReceipt").asText())
                        .id());
        assertThat(seen.path("laterOffset").asLong()).isEqualTo(sent.size());
        if (!scenario.startsWith("ietf")) { // that protocol has no metadata
            assertThat(seen.path("laterMetadata")).isEqualTo(seen.path("metadata"));
        }
    }

    /** Checks the offsets of each upload, by its URL. A request that creates an upload does not have the URL yet. */
    static void assertOffsetsNeverGoBack(JsonNode seen) {
        Map<String, Long> highest = new HashMap<>();
        for (JsonNode exchange : seen.path("exchanges")) {
            String url = exchange.path(3).asText();
            int status = exchange.path(1).asInt();
            if (exchange.path(2).isNumber() && (status == 200 || status == 204)) {
                long offset = exchange.path(2).asLong();
                assertThat(offset).as("%s", exchange).isGreaterThanOrEqualTo(highest.getOrDefault(url, 0L));
                highest.put(url, offset);
            }
        }
    }
}
