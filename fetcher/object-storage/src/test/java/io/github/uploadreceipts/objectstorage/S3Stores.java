package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.testing.S3Proxy;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** Stores in buckets of an s3proxy that is there, each of which begins empty. */
final class S3Stores {

    private static final AtomicInteger BUCKETS = new AtomicInteger();

    private S3Stores() {}

    static S3Storage newStorage(S3Proxy proxy) throws IOException {
        String bucket = "store-" + BUCKETS.incrementAndGet();
        proxy.createBucket(bucket);
        return S3Storage.builder(proxy.endpoint().toString())
                .bucket(bucket)
                .region("eu-1")
                .credentials(() -> new S3Credentials(proxy.accessKey(), proxy.secretKey()))
                .pathStyle()
                .build();
    }
}
