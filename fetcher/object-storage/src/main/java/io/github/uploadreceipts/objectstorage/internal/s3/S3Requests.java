package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.http.Connections;
import io.github.uploadreceipts.objectstorage.internal.http.Connections.Reading;
import io.github.uploadreceipts.objectstorage.internal.http.Request;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Signs requests to one bucket and sends them, and sends them again if that can help. All requests are idempotent. */
final class S3Requests implements Closeable {

    private final S3Bucket bucket;
    private final Signing signing;
    private final Supplier<S3Credentials> credentials;
    private final Clock clock;
    private final S3 s3;
    private final Connections connections;

    S3Requests(S3Bucket bucket, Supplier<S3Credentials> credentials, Clock clock) {
        this.bucket = bucket;
        this.signing = new Signing(bucket);
        this.credentials = credentials;
        this.clock = clock;
        this.s3 = new S3(clock);
        this.connections = new Connections(s3);
    }

    S3Bucket bucket() {
        return bucket;
    }

    /** Sends a request, up to twice if the store cannot be reached, breaks off, or is busy. */
    <T> T send(S3Request request, Reading<T> reading) throws StoreException {
        return connections.twice(request, () -> once(request, reading));
    }

    /** Sends a request that has its signature in its body. */
    <T> T sendUnsigned(Request request, Reading<T> reading) throws StoreException {
        return connections.twice(request, () -> {
            try (Response response = connections.send(request)) {
                return reading.read(response);
            }
        });
    }

    private <T> T once(S3Request request, Reading<T> reading) throws IOException {
        S3Credentials used = credentials();
        try (Response response = connections.send(signed(request, used))) {
            if (!S3.refusesCredentials(response)) {
                return reading.read(response);
            }
            S3Credentials renewed = credentials();
            if (renewed.equals(used)) {
                return reading.read(response);
            }
            used = renewed;
        }
        try (Response response = connections.send(signed(request, used))) {
            return reading.read(response);
        }
    }

    private Request signed(S3Request request, S3Credentials key) {
        String query = Signing.query(request.query());
        URI uri = URI.create(bucket.scheme() + "://" + bucket.authority() + bucket.path(request.key())
                + (query.isEmpty() ? "" : "?" + query));
        Request signed = request.toHttp(uri);
        for (var field : signing.sign(request, key, clock.instant()).entrySet()) {
            signed = signed.with(field.getKey(), field.getValue());
        }
        return signed;
    }

    URI presign(S3Request request, Duration life) throws StoreException {
        return URI.create(signing.presign(request, credentials(), clock.instant(), life));
    }

    /** Returns the document in the body of a success, which may be an error after all. */
    Xml document(Response response, String root) throws IOException {
        return s3.document(response, Set.of(root));
    }

    /** Returns the document in the body of a success, which may be an error after all, whatever it is called. */
    Xml anyDocument(Response response) throws IOException {
        return s3.document(response);
    }

    /** Returns the document of a copy. Some stores respond to the copy of a part as to that of an object. */
    Xml copyDocument(Response response) throws IOException {
        return s3.document(response, Set.of("CopyObjectResult", "CopyPartResult"));
    }

    Optional<Instant> time() {
        return connections.time();
    }

    S3Credentials credentials() throws StoreException {
        try {
            return Objects.requireNonNull(credentials.get(), "the supplier of credentials returned null");
        } catch (RuntimeException e) {
            throw new StoreException.Unavailable("there are no credentials for the store: " + e, e);
        }
    }

    @Override
    public void close() {
        connections.close();
    }
}
