package io.github.uploadreceipts.objectstorage.internal.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Parts;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClientContract;
import io.github.uploadreceipts.objectstorage.testing.S3Engine;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of object stores, and what is particular to S3, at a real store. */
class S3ClientIT extends ObjectClientContract {

    private static final int COPIED_AT_ONCE = 5 * 1024 * 1024;
    private static final int RACES = Integer.getInteger("upload-receipts-test.races", 2_000);
    private static final int RACERS = 4;

    @TempDir
    static Path directory;

    private static S3Engine engine;

    private String bucket;
    private S3Client client;

    @BeforeAll
    static void start() throws IOException {
        engine = S3Engine.start(directory);
    }

    @AfterAll
    static void stop() {
        if (engine != null) {
            engine.close();
        }
    }

    private static S3Bucket bucket(String name) {
        return S3Bucket.of(engine.endpoint(), name, S3Engine.REGION, true);
    }

    private static S3Client client(String name, String secret) {
        return new S3Client(
                bucket(name),
                () -> new S3Credentials(engine.credentials().accessKeyId(), secret),
                Clock.systemUTC(),
                COPIED_AT_ONCE);
    }

    @Override
    protected ObjectClient newContainer() throws IOException {
        bucket = engine.newBucket();
        client = client(bucket, engine.credentials().secretAccessKey());
        return client;
    }

    @Override
    protected ObjectClient missingContainer() {
        return client("none", engine.credentials().secretAccessKey());
    }

    /** Sends a request that the client has no need of. */
    private Map<String, String> fields(S3Request request) throws StoreException {
        try (S3Requests requests = new S3Requests(bucket(bucket), engine::credentials, Clock.systemUTC())) {
            return requests.send(
                    request,
                    response -> Map.of(
                            "type", response.field("Content-Type").orElse(""),
                            "word", response.field("x-amz-meta-word").orElse(""),
                            "body",
                                    request.method().equals("GET")
                                            ? new String(response.body(100_000), StandardCharsets.UTF_8)
                                            : ""));
        }
    }

    @Test
    void hasAtomicPut_isTrueAndLeavesNothing() throws IOException {
        assertThat(client.hasAtomicPut()).isTrue();
        assertThat(client.list("", "")).isEmpty();
    }

    @Test
    void putIfAbsent_manyRaces_eachHasOneWinner() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(RACERS);
        try {
            CyclicBarrier start = new CyclicBarrier(RACERS);
            List<Future<boolean[]>> racers = new ArrayList<>();
            for (int i = 0; i < RACERS; i++) {
                byte[] bytes = {(byte) i};
                Callable<boolean[]> racer = () -> {
                    boolean[] won = new boolean[RACES];
                    for (int race = 0; race < RACES; race++) {
                        start.await();
                        won[race] = client.putIfAbsent("race-" + race, ByteBuffer.wrap(bytes), NEVER);
                    }
                    return won;
                };
                racers.add(threads.submit(racer));
            }
            int[] winners = new int[RACES];
            for (Future<boolean[]> racer : racers) {
                boolean[] won = racer.get();
                for (int race = 0; race < RACES; race++) {
                    winners[race] += won[race] ? 1 : 0;
                }
            }
            assertThat(winners).containsOnly(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void parts_notCompleted_areAborted() throws IOException {
        try (Parts parts = client.begin("a", NEVER)) {
            parts.write(ByteBuffer.wrap(random(10)));
            assertThat(fields(new S3Request("GET", "").parameter("uploads", "")).get("body"))
                    .contains("<UploadId>");
        }
        assertThat(fields(new S3Request("GET", "").parameter("uploads", "")).get("body"))
                .contains("ListMultipartUploadsResult")
                .doesNotContain("<UploadId>");
    }

    @Test
    void parts_smallOneBeforeTheLast_fails() throws IOException {
        try (Parts parts = client.begin("a", NEVER)) {
            parts.write(ByteBuffer.wrap(random(10)));
            parts.write(ByteBuffer.wrap(random(11)));
            assertThatThrownBy(parts::complete).isInstanceOf(StoreException.Failed.class);
        }
        assertThat(client.list("", "")).isEmpty();
    }

    @Test
    void copy_plainObject_hasNothingOfTheSource() throws IOException {
        fields(new S3Request("PUT", "from")
                .field("x-amz-meta-word", "word")
                .body(ByteBuffer.wrap(random(10_000)), "text/html"));
        assertThat(fields(new S3Request("HEAD", "from"))).containsEntry("word", "word");
        Head source = client.head("from").orElseThrow();
        Head copy = client.copy("from", source.etag(), "to", NEVER);
        assertThat(copy.size()).isEqualTo(10_000);
        assertThat(client.get("to", 10_000))
                .hasValueSatisfying(all -> assertThat(all).isEqualTo(random(10_000)));
        assertThat(fields(new S3Request("HEAD", "to")))
                .containsEntry("word", "")
                .containsEntry("type", "application/octet-stream");
    }

    @Test
    void anything_wrongSecret_failsWithoutIt() {
        try (S3Client refused = client(bucket, "wrong-secret")) {
            assertThatThrownBy(() -> refused.get("a", 1))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessageStartingWith("GET a: 403 SignatureDoesNotMatch")
                    .hasMessageNotContaining("wrong-secret");
            assertThatThrownBy(() -> refused.head("a"))
                    .isInstanceOf(StoreException.Failed.class)
                    .hasMessageContaining("403");
        }
    }
}
