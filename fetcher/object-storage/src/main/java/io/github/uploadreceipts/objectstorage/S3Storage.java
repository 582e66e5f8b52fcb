package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.Operations;
import io.github.uploadreceipts.objectstorage.internal.s3.S3Bucket;
import io.github.uploadreceipts.objectstorage.internal.s3.S3Client;
import io.github.uploadreceipts.objectstorage.internal.s3.S3Operations;
import java.net.URI;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A bucket of a store that speaks S3.
 *
 * <pre>{@code
 * ObjectStorage storage = S3Storage.builder("https://s3.example.org")
 *         .bucket("uploads")
 *         .region("eu-1")
 *         .credentials(() -> new S3Credentials(id, secret))
 *         .pathStyle()
 *         .build();
 * }</pre>
 *
 * <p>Every request is signed by AWS Signature Version 4 with the SHA-256 of its body. Redirects are not followed, and
 * proxies of the environment are not used. S3 deletes no object at a time of its own: the purge does, and a lifecycle rule
 * should abort incomplete multipart uploads, which killed hosts leave.
 */
public final class S3Storage extends ObjectStorage {

    private final Supplier<Operations> operations;
    private final String name;

    private S3Storage(ObjectClient client, Supplier<Operations> operations, String name) {
        super(client, Optional.empty());
        this.operations = operations;
        this.name = name;
    }

    @Override
    Operations operations() {
        return operations.get();
    }

    /** Returns the URL of the endpoint, with the bucket in its path. */
    @Override
    public String toString() {
        return name;
    }

    /**
     * Starts to describe a bucket.
     *
     * @param endpoint the URL of the store, without a bucket: {@code https://s3.example.org}. By http, everything can be
     *     read on its way, and responses can be forged
     * @throws IllegalArgumentException if it is no URL
     */
    public static Builder builder(String endpoint) {
        return new Builder(URI.create(endpoint));
    }

    /** Describes a bucket. Bucket, region and credentials are required. */
    public static final class Builder {

        private final URI endpoint;
        private @Nullable String bucket;
        private @Nullable String region;
        private @Nullable Supplier<S3Credentials> credentials;
        private boolean pathStyle;
        private Clock clock = Clock.systemUTC();

        private Builder(URI endpoint) {
            this.endpoint = endpoint;
        }

        /** Sets the name of the bucket, which exists. It holds nothing else. */
        public Builder bucket(String name) {
            this.bucket = Objects.requireNonNull(name, "name");
            return this;
        }

        /** Sets the region, which signatures name. */
        public Builder region(String name) {
            this.region = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets where the key comes from. It is asked before each request, and once more when the store says that the key
         * has expired.
         */
        public Builder credentials(Supplier<S3Credentials> source) {
            this.credentials = Objects.requireNonNull(source, "source");
            return this;
        }

        /** Puts the bucket into the path of URLs. By default it is the first label of the host name. */
        public Builder pathStyle() {
            this.pathStyle = true;
            return this;
        }

        /** Sets the clock by which requests are signed. Stores refuse those that are 15 minutes off. */
        public Builder clock(Clock value) {
            this.clock = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Creates the storage, which opens no connection yet.
         *
         * @throws IllegalArgumentException if a value is not what it should be
         * @throws IllegalStateException if bucket, region or credentials are not set
         */
        public S3Storage build() {
            S3Bucket place = S3Bucket.of(endpoint, required(bucket, "bucket"), required(region, "region"), pathStyle);
            Supplier<S3Credentials> keys = required(credentials, "credentials");
            return new S3Storage(
                    new S3Client(place, keys, clock),
                    () -> new S3Operations(place, keys, clock),
                    endpoint.resolve("/") + place.name());
        }

        private static <T> T required(@Nullable T value, String name) {
            if (value == null) {
                throw new IllegalStateException(name + " is not set");
            }
            return value;
        }
    }
}
