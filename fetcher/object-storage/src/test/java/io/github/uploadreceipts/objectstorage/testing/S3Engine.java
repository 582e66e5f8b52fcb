package io.github.uploadreceipts.objectstorage.testing;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.client.Operations;
import io.github.uploadreceipts.objectstorage.internal.s3.S3Bucket;
import io.github.uploadreceipts.objectstorage.internal.s3.S3Operations;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;

/**
 * The S3 store of tests that any such store should pass: an s3proxy, or the one that
 * {@code -Dupload-receipts-test.s3=URL} names, with the login in {@code .s3.access} and {@code .s3.secret}.
 */
public final class S3Engine implements AutoCloseable {

    public static final String REGION = "us-east-1";

    private static final String PROPERTY = "upload-receipts-test.s3";

    private final URI endpoint;
    private final S3Credentials credentials;
    private final Optional<S3Proxy> started;

    private S3Engine(URI endpoint, S3Credentials credentials, Optional<S3Proxy> started) {
        this.endpoint = endpoint;
        this.credentials = credentials;
        this.started = started;
    }

    /** Starts s3proxy in a directory, unless a store is named. */
    public static S3Engine start(Path directory) throws IOException {
        String url = System.getProperty(PROPERTY, "");
        if (!url.isEmpty()) {
            return new S3Engine(
                    URI.create(url),
                    new S3Credentials(
                            System.getProperty(PROPERTY + ".access", ""), System.getProperty(PROPERTY + ".secret", "")),
                    Optional.empty());
        }
        S3Proxy proxy = S3Proxy.start(directory);
        return new S3Engine(
                proxy.endpoint(), new S3Credentials(proxy.accessKey(), proxy.secretKey()), Optional.of(proxy));
    }

    /** Returns the URL of the store, without a bucket. */
    public URI endpoint() {
        return endpoint;
    }

    public S3Credentials credentials() {
        return credentials;
    }

    /** Creates a bucket, and returns its name, which no other has. */
    public String newBucket() throws IOException {
        String name = "test-" + UUID.randomUUID();
        createBucket(name);
        return name;
    }

    /** Creates a bucket. */
    public void createBucket(String name) throws IOException {
        S3Bucket bucket = S3Bucket.of(endpoint, name, REGION, true);
        try (Operations operations =
                new S3Operations(bucket, () -> credentials, Clock.systemUTC(), () -> bucket, Optional.empty())) {
            var unused = operations.prepare();
        }
    }

    @Override
    public void close() {
        started.ifPresent(S3Proxy::close);
    }
}
