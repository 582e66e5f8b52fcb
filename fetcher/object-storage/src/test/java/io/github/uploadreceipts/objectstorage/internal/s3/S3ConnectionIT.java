package io.github.uploadreceipts.objectstorage.internal.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.testing.S3Proxy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signed requests to a store that checks signatures. */
class S3ConnectionIT {

    private static final int RACERS = 16;

    private static S3Proxy store;
    private static S3Connection connection;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        store = S3Proxy.start(directory);
        connection = connect(store.secretKey());
    }

    @AfterAll
    static void stop() {
        connection.close();
        store.close();
    }

    private static S3Connection connect(String secret) {
        return new S3Connection(
                S3Bucket.of(store.endpoint(), store.bucket(), "us-east-1", true),
                () -> new S3Credentials(store.accessKey(), secret),
                Clock.systemUTC(),
                S3Transport.Times.USUAL,
                Duration.ofMillis(10));
    }

    private static S3Request put(String key, String text) {
        return new S3Request("PUT", key).body(ByteBuffer.wrap(text.getBytes(UTF_8)), "text/plain");
    }

    @Test
    void object_anyKey_isWrittenAndRead() throws Exception {
        for (String key : List.of("plain", "a/b c+d%20e", "größe/日本語/😀", "~.-_!*'();:@&=$,?#[]")) {
            connection.send(put(key, key)).requireOk();
            S3Response response = connection.read(new S3Request("GET", key), 1_000);
            assertThat(response.requireOk().body()).as(key).isEqualTo(key.getBytes(UTF_8));
        }
    }

    @Test
    void request_ofWrongSecret_isRefused() throws Exception {
        try (S3Connection other = connect("another")) {
            assertThat(other.send(put("refused", "")).code()).isEqualTo("SignatureDoesNotMatch");
        }
    }

    @Test
    void store_restarted_keepsObjects() throws Exception {
        connection.send(put("kept", "text")).requireOk();
        store.stop();
        store.start();
        assertThat(connection
                        .read(new S3Request("GET", "kept"), 100)
                        .requireOk()
                        .body())
                .isEqualTo("text".getBytes(UTF_8));
    }

    @Test
    void conditionalPut_raced_hasOneWinner() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(RACERS);
        try {
            for (int round = 0; round < 20; round++) {
                String key = "race/" + round;
                CyclicBarrier barrier = new CyclicBarrier(RACERS);
                List<Future<Integer>> statuses = new ArrayList<>();
                for (int i = 0; i < RACERS; i++) {
                    String text = "writer " + i;
                    statuses.add(threads.submit(() -> {
                        barrier.await();
                        return connection
                                .send(put(key, text).field("if-none-match", "*"))
                                .status();
                    }));
                }
                int winners = 0;
                for (Future<Integer> status : statuses) {
                    winners += status.get() < 300 ? 1 : 0;
                }
                assertThat(winners).as("round %s", round).isEqualTo(1);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
