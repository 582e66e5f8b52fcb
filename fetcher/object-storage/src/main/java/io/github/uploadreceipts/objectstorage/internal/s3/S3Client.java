package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.http.RangeReader;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * A bucket of a store that speaks S3.
 *
 * <p>No request says when the store may delete an object: a lifecycle rule of the bucket does that. A store does not say
 * of an object that is not there whether its bucket is, except when it is written or listed.
 */
public final class S3Client implements ObjectClient {

    static final String TYPE = "application/octet-stream";

    /** Says who wrote an object. It tells our own object, written by a first try, from somebody else's. */
    static final String WRITER = "x-amz-meta-writer";

    private static final Duration LONGEST_URL = Duration.ofDays(7);

    private final S3Requests requests;
    private final S3Copies copies;
    private final S3Listing listing;
    private final PutRace race;

    /** Creates a client, which opens no connection yet. */
    public S3Client(S3Bucket bucket, Supplier<S3Credentials> credentials, Clock clock) {
        this(bucket, credentials, clock, S3Copies.AT_ONCE);
    }

    S3Client(S3Bucket bucket, Supplier<S3Credentials> credentials, Clock clock, long copiedAtOnce) {
        this.requests = new S3Requests(bucket, credentials, clock);
        this.copies = copiesFrom(this, bucket, copiedAtOnce);
        this.listing = new S3Listing(requests);
        this.race = new PutRace(this);
    }

    /** Returns what copies from another bucket, which these credentials can read as well, into this one. */
    S3Copies copiesFrom(S3Client source, S3Bucket bucket, long atOnce) {
        return new S3Copies(source, bucket, this, requests, atOnce);
    }

    S3Request object(String method, String name) {
        return new S3Request(method, ObjectClient.checked(name));
    }

    /** The expiry is of no use here. */
    @Override
    public Head put(String name, ByteBuffer bytes, Optional<Instant> expiresAt) throws StoreException {
        Proof proof = Proof.of(bytes);
        S3Request request = writing(name, bytes, proof);
        Written written = requests.send(request, response -> written(response, bytes, proof));
        return proved(name, written, bytes, proof);
    }

    @Override
    public boolean putIfAbsent(String name, ByteBuffer bytes, Optional<Instant> expiresAt) throws StoreException {
        Outcome outcome = putFirst(name, bytes);
        if (outcome == Outcome.REFUSED) {
            throw new StoreException.Failed("PUT " + name + ": 501, this store has no conditional PUT", null);
        }
        return outcome == Outcome.WRITTEN;
    }

    /** What became of a conditional PUT. */
    enum Outcome {
        WRITTEN,
        ANOTHER_IS_THERE,
        /** The store has no conditional PUT. */
        REFUSED
    }

    Outcome putFirst(String name, ByteBuffer bytes) throws StoreException {
        Proof proof = Proof.of(bytes);
        String writer = UUID.randomUUID().toString();
        S3Request request =
                writing(name, bytes, proof).field("if-none-match", "*").field(WRITER, writer);
        record Attempt(int status, Optional<Written> written) {}
        Attempt attempt = requests.send(request, response -> {
            int status = response.status();
            return status == 412 || status == 501
                    ? new Attempt(status, Optional.empty())
                    : new Attempt(status, Optional.of(written(response, bytes, proof)));
        });
        if (attempt.status() == 501) {
            return Outcome.REFUSED;
        }
        if (attempt.written().isPresent()) {
            var unused = proved(name, attempt.written().get(), bytes, proof);
            return Outcome.WRITTEN;
        }
        Optional<Found> ours = find(name).filter(found -> found.writer().equals(writer));
        if (ours.isEmpty()) {
            return Outcome.ANOTHER_IS_THERE;
        }
        Head head = ours.get().head();
        var unused = proved(name, new Written(head, head.etag().equals(proof.md5())), bytes, proof);
        return Outcome.WRITTEN;
    }

    /** An object that was written, and whether the response proves its bytes. */
    private record Written(Head head, boolean proved) {}

    private S3Request writing(String name, ByteBuffer bytes, Proof proof) {
        return object("PUT", ObjectClient.ours(name)).body(bytes, TYPE, proof).field(Proof.CHECKSUM, proof.sha256());
    }

    private static Written written(Response response, ByteBuffer bytes, Proof proof) throws IOException {
        Head head = response.expect(200).head(bytes.remaining());
        return new Written(head, proof.isIn(response));
    }

    private Head proved(String name, Written written, ByteBuffer bytes, Proof proof) throws StoreException {
        if (!written.proved()) {
            requireBytes(name, written.head().etag(), 0, bytes.remaining(), proof.sha256());
        }
        return written.head();
    }

    /** Reads a range of an object, and fails if it has another SHA-256. */
    void requireBytes(String name, String etag, long first, long length, String sha256) throws StoreException {
        try (InputStream in = open(name, first, length, etag)) {
            if (Digests.base64Sha256(in).equals(sha256)) {
                return;
            }
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException.Unavailable("GET " + name + ": " + e, e);
        }
        throw new StoreException.Failed("PUT " + name + ": the store has other bytes", null);
    }

    @Override
    public boolean hasAtomicPut() throws StoreException {
        return race.showsOneWinner();
    }

    @Override
    public Parts begin(String name, Optional<Instant> expiresAt) throws StoreException {
        return S3Parts.begin(this, requests, name);
    }

    @Override
    public int minPart() {
        return 5 * 1024 * 1024;
    }

    @Override
    public int maxParts() {
        return S3Parts.MOST;
    }

    /** An object, and the mark of its writer. */
    record Found(Head head, String writer) {}

    Optional<Found> find(String name) throws StoreException {
        return requests.send(object("HEAD", name), response -> {
            if (S3.isMissing(response)) {
                return Optional.empty();
            }
            Head head = response.expect(200).head(response.length());
            return Optional.of(new Found(head, response.field(WRITER).orElse("")));
        });
    }

    @Override
    public Optional<Head> head(String name) throws StoreException {
        return find(name).map(Found::head);
    }

    @Override
    public Optional<byte[]> get(String name, int max) throws StoreException {
        return requests.send(object("GET", name), response -> {
            if (S3.isMissing(response)) {
                return Optional.empty();
            }
            if (response.status() != 200) {
                throw response.failure();
            }
            byte[] bytes = response.body(max);
            if (bytes.length != response.length()) {
                throw response.malformed("another length than it says");
            }
            return Optional.of(bytes);
        });
    }

    @Override
    public InputStream open(String name, long first, long length, String etag) throws StoreException {
        return RangeReader.open(this, name, first, length, etag, (from, count) -> {
            S3Request request = object("GET", name)
                    .field("range", RangeReader.range(from, count))
                    .field("if-match", "\"" + etag + "\"");
            return requests.send(request, response -> {
                if (S3.isMissing(response) || response.status() == 412) {
                    throw RangeReader.gone(name);
                }
                return RangeReader.body(response, from, count, etag);
            });
        });
    }

    @Override
    public Head copy(String from, String etag, String to, Optional<Instant> expiresAt) throws StoreException {
        return copies.copy(from, etag, to);
    }

    /** The store's response to a DELETE does not say whether there was an object, so it is asked before. */
    @Override
    public boolean delete(String name) throws StoreException {
        if (find(name).isEmpty()) {
            return false;
        }
        return requests.send(object("DELETE", name), response -> {
            if (S3.isMissing(response)) {
                return false;
            }
            response.expect(204);
            return true;
        });
    }

    @Override
    public List<Listed> list(String prefix, String after) throws StoreException {
        return listing.list(prefix, after);
    }

    @Override
    public List<String> directories(String prefix) throws StoreException {
        return listing.directories(prefix);
    }

    @Override
    public Optional<URI> readUrl(String name, Duration life) throws StoreException {
        if (life.toSeconds() < 1 || life.compareTo(LONGEST_URL) > 0) {
            throw new IllegalArgumentException("a signed URL is valid for a second to 7 days, not for " + life);
        }
        return Optional.of(requests.presign(object("GET", name), life));
    }

    @Override
    public Optional<Instant> time() {
        return requests.time();
    }

    @Override
    public void close() {
        requests.close();
    }

    @Override
    public String toString() {
        return "bucket " + requests.bucket().name() + " at " + requests.bucket().authority();
    }
}
