package io.github.uploadreceipts.objectstorage.internal.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.testing.S3Proxy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
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
    void presignedUrl_permitsItsRequestOnly() throws Exception {
        String key = "größe a+b";
        URI put = connection.presign(
                new S3Request("PUT", key)
                        .field("content-type", "image/jpeg")
                        .field("content-length", "4")
                        .field("if-none-match", "*")
                        .field("x-amz-acl", "private"),
                Duration.ofMinutes(1));
        List<String> fields = List.of("content-type", "image/jpeg", "if-none-match", "*", "x-amz-acl", "private");
        List<String> others = List.of("content-type", "text/html", "if-none-match", "*", "x-amz-acl", "private");
        assertThat(status("PUT", put, others, "text")).isEqualTo(403);
        assertThat(status("PUT", put, fields, "longer")).isEqualTo(403);
        assertThat(status("PUT", put, fields, "text")).isEqualTo(200);
        assertThat(status("PUT", put, fields, "text")).isEqualTo(412);

        URI get = connection.presign(new S3Request("GET", key), Duration.ofMinutes(1));
        assertThat(status("GET", get, List.of(), "")).isEqualTo(200);
        assertThat(status("DELETE", get, List.of(), "")).isEqualTo(403);
    }

    @Test
    void form_withSignedPolicy_uploads() throws Exception {
        S3Credentials key = new S3Credentials(store.accessKey(), store.secretKey());
        Signing signing = new Signing(S3Bucket.of(store.endpoint(), store.bucket(), "us-east-1", true));
        Instant now = Instant.now();
        Map<String, String> fields = new TreeMap<>(signing.formFields(key, now));
        fields.put("key", "by form");
        String conditions = fields.entrySet().stream()
                .map(each -> "{\"" + each.getKey() + "\":\"" + each.getValue() + "\"}")
                .collect(Collectors.joining(","));
        String policy = "{\"expiration\":\"" + now.plusSeconds(60).truncatedTo(ChronoUnit.MILLIS)
                + "\",\"conditions\":[{\"bucket\":\"" + store.bucket() + "\"}," + conditions
                + ",[\"content-length-range\",0,4]]}";
        String encoded = Base64.getEncoder().encodeToString(policy.getBytes(UTF_8));
        fields.put("policy", encoded);
        fields.put("x-amz-signature", signing.formSignature(encoded, key, now));
        assertThat(post(fields, "longer")).isEqualTo(400);
        assertThat(post(fields, "text")).isEqualTo(204);
        assertThat(connection
                        .read(new S3Request("GET", "by form"), 100)
                        .requireOk()
                        .body())
                .isEqualTo("text".getBytes(UTF_8));
        fields.put("key", "another");
        assertThat(post(fields, "text")).isEqualTo(403);
    }

    private static int post(Map<String, String> fields, String file) throws Exception {
        StringBuilder form = new StringBuilder();
        fields.forEach((name, value) -> form.append("--b\r\nContent-Disposition: form-data; name=\"")
                .append(name)
                .append("\"\r\n\r\n")
                .append(value)
                .append("\r\n"));
        form.append("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n")
                .append(file)
                .append("\r\n--b--\r\n");
        List<String> type = List.of("content-type", "multipart/form-data; boundary=b");
        return status("POST", store.endpoint().resolve("/" + store.bucket()), type, form.toString());
    }

    private static int status(String method, URI url, List<String> fields, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!fields.isEmpty()) {
            request.headers(fields.toArray(String[]::new));
        }
        return HttpClient.newHttpClient()
                .send(request.build(), BodyHandlers.discarding())
                .statusCode();
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
