package io.github.uploadreceipts.objectstorage.internal.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.testing.S3Proxy;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
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
}
