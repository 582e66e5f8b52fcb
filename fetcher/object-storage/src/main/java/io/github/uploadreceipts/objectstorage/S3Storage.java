package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.Operations;
import io.github.uploadreceipts.objectstorage.internal.s3.S3Bucket;
import io.github.uploadreceipts.objectstorage.internal.s3.S3Client;
import io.github.uploadreceipts.objectstorage.internal.s3.S3Incoming;
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

    private S3Storage(
            ObjectClient client, Optional<IncomingClient> incoming, Supplier<Operations> operations, String name) {
        super(client, incoming);
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
        private @Nullable String incoming;
        private @Nullable Supplier<S3Credentials> writer;
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

        /**
         * Has clients write straight to S3, by forms with a signed policy, into a bucket of their own. It exists in the same
         * store and region, and holds nothing else. Uploads in it count only after a host has copied them.
         *
         * <p>Whoever has a form learns nothing by it, and writes what its policy says. So that no mistake in a policy gives
         * away more, let the writer be a user who may write objects into this bucket ({@code s3:PutObject}), and nothing
         * else. Hosts look at what has come, copy and delete it by {@link #credentials}, which can list, read and delete in
         * this bucket. Where a store has one user only, its credentials serve for both.
         *
         * <p>Forms go to the endpoint of this storage, so browsers must reach it by that name.
         *
         * @param credentials of the writer, who signs the policies; asked for at each upload. If they are temporary, they
         *     must be valid for an hour more: no store takes a form whose credentials have expired
         */
        public Builder incoming(String name, Supplier<S3Credentials> credentials) {
            this.incoming = Objects.requireNonNull(name, "name");
            this.writer = Objects.requireNonNull(credentials, "credentials");
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
         * @throws IllegalStateException if bucket, region or credentials are not set, or clients would write into the
         *     bucket of the hosts
         */
        public S3Storage build() {
            S3Bucket place = S3Bucket.of(endpoint, required(bucket, "bucket"), required(region, "region"), pathStyle);
            Supplier<S3Credentials> keys = required(credentials, "credentials");
            if (place.name().equals(incoming)) {
                throw new IllegalStateException("clients would write into the bucket of the hosts: " + incoming);
            }
            Optional<Supplier<S3Credentials>> writers = Optional.ofNullable(writer);
            S3Client hosts = new S3Client(place, keys, clock);
            return new S3Storage(
                    hosts,
                    writers.map(signing -> S3Incoming.of(clients(place), signing, keys, clock, hosts)),
                    () -> new S3Operations(place, keys, clock, () -> clients(place), writers),
                    endpoint.resolve("/") + place.name());
        }

        private S3Bucket clients(S3Bucket hosts) {
            String name = incoming == null ? hosts.name() + Operations.INCOMING : incoming;
            return S3Bucket.of(endpoint, name, hosts.region(), pathStyle);
        }

        private static <T> T required(@Nullable T value, String name) {
            if (value == null) {
                throw new IllegalStateException(name + " is not set");
            }
            return value;
        }
    }
}
