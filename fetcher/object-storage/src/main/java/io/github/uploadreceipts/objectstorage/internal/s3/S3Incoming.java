package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.internal.direct.DirectStore.WriteRequest;
import io.github.uploadreceipts.objectstorage.S3Credentials;
import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.store.StoreException;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A bucket into which clients write by forms. The policy of a form binds key, size and type; a form can be sent again
 * until it expires. The writer's credentials sign the policies, and those of the hosts do everything else.
 */
public final class S3Incoming implements IncomingClient {

    /** What S3 takes in one form. */
    private static final long MAX_SIZE = 5L << 30;

    private static final long BELIEVED_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final S3Requests writers;
    private final S3Forms forms;
    private final S3Client client;
    private final S3Copies copies;
    private volatile @Nullable Tried tried;

    /** What came of trying a key. A problem may be mended, so it is believed for some time only. */
    private record Tried(String key, Optional<String> problem, long untilNanos) {

        boolean stands(String current) {
            return key.equals(current) && (problem.isEmpty() || untilNanos - System.nanoTime() > 0);
        }
    }

    /**
     * Creates a client, which opens no connection yet.
     *
     * @param writer signs the policies
     * @param credentials those of the hosts
     * @param hosts the bucket of the hosts, in the same store
     */
    public static S3Incoming of(
            S3Bucket bucket,
            Supplier<S3Credentials> writer,
            Supplier<S3Credentials> credentials,
            Clock clock,
            S3Client hosts) {
        return of(bucket, writer, credentials, clock, hosts, S3Copies.AT_ONCE);
    }

    static S3Incoming of(
            S3Bucket bucket,
            Supplier<S3Credentials> writer,
            Supplier<S3Credentials> credentials,
            Clock clock,
            S3Client hosts,
            long copiedAtOnce) {
        S3Client client = new S3Client(bucket, credentials, clock);
        S3Requests writers = new S3Requests(bucket, writer, clock);
        return new S3Incoming(
                writers, new S3Forms(writers, clock), client, hosts.copiesFrom(client, bucket, copiedAtOnce));
    }

    private S3Incoming(S3Requests writers, S3Forms forms, S3Client client, S3Copies copies) {
        this.writers = writers;
        this.forms = forms;
        this.client = client;
        this.copies = copies;
    }

    @Override
    public long maxSize() {
        return MAX_SIZE;
    }

    @Override
    public WriteRequest write(String name, long size, Instant expiresAt) throws StoreException {
        requireForms(name);
        return forms.form(ObjectClient.checked(name), size, expiresAt);
    }

    @Override
    public WriteRequest form(String prefix, long maxSize, URI next, Instant expiresAt) throws StoreException {
        requireForms(prefix);
        return forms.formForFile(ObjectClient.checked(prefix), maxSize, next, expiresAt);
    }

    /** Tries each key of the writer once, before the first client does. */
    private void requireForms(String name) throws StoreException {
        String key = writers.credentials().accessKeyId();
        Tried last = tried;
        if (last == null || !last.stands(key)) {
            last = new Tried(key, problem(name + "-probe"), System.nanoTime() + BELIEVED_NANOS);
            tried = last;
        }
        if (last.problem().isPresent()) {
            throw new StoreException.Unavailable(
                    "the " + client + " " + last.problem().get(), null);
        }
    }

    /** Returns why clients cannot write; empty if they can. */
    Optional<String> problem(String name) throws StoreException {
        return new FormProbe(forms, client).problem(name);
    }

    @Override
    public Optional<Head> head(String name) throws StoreException {
        return client.head(name);
    }

    @Override
    public Head take(String name, String etag, String to, Optional<Instant> expiresAt) throws StoreException {
        return copies.copy(name, etag, to);
    }

    @Override
    public boolean delete(String name) throws StoreException {
        return client.delete(name);
    }

    @Override
    public List<Listed> list(String prefix, String after) throws StoreException {
        return client.list(prefix, after);
    }

    @Override
    public List<String> directories(String prefix) throws StoreException {
        return client.directories(prefix);
    }

    @Override
    public void close() {
        writers.close();
        client.close();
    }
}
