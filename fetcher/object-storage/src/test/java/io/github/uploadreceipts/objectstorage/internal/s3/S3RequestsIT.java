package io.github.uploadreceipts.objectstorage.internal.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.testing.S3Proxy;
import io.github.uploadreceipts.store.StoreException;
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
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signed requests to a store that checks signatures. */
class S3RequestsIT {

    private static S3Proxy store;
    private static S3Requests requests;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        store = S3Proxy.start(directory);
        S3Credentials key = new S3Credentials(store.accessKey(), store.secretKey());
        S3Bucket bucket = S3Bucket.of(store.endpoint(), store.bucket(), "us-east-1", true);
        requests = new S3Requests(bucket, () -> key, Clock.systemUTC());
    }

    @AfterAll
    static void stop() {
        requests.close();
        store.close();
    }

    private static byte[] read(String key) throws StoreException {
        return requests.send(new S3Request("GET", key), response -> response.body(1_000));
    }

    private static S3Request put(String key, String text) {
        return new S3Request("PUT", key).body(ByteBuffer.wrap(text.getBytes(UTF_8)), "text/plain");
    }

    @Test
    void object_anyKey_isWrittenAndRead() throws Exception {
        for (String key : List.of("plain", "a/b c+d%20e", "größe/日本語/😀", "~.-_!*'();:@&=$,?#[]")) {
            requests.send(put(key, key), response -> response.expect(200));
            assertThat(read(key)).as(key).isEqualTo(key.getBytes(UTF_8));
        }
    }

    @Test
    void store_restarted_keepsObjects() throws Exception {
        requests.send(put("kept", "text"), response -> response.expect(200));
        store.stop();
        store.start();
        assertThat(read("kept")).isEqualTo("text".getBytes(UTF_8));
    }

    @Test
    void presignedUrl_permitsItsRequestOnly() throws Exception {
        String key = "größe a+b";
        URI put = requests.presign(
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

        URI get = requests.presign(new S3Request("GET", key), Duration.ofMinutes(1));
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
        assertThat(read("by form")).isEqualTo("text".getBytes(UTF_8));
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
}
