package io.github.uploadreceipts.objectstorage;

import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.client.Operations;
import io.github.uploadreceipts.objectstorage.internal.store.ObjectPush;
import io.github.uploadreceipts.store.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;

/**
 * A container or bucket of an object store, such as {@link SwiftStorage} or {@link S3Storage}.
 *
 * <p>Safe for use by several threads. Whoever builds it closes it.
 */
public abstract sealed class ObjectStorage implements Closeable permits S3Storage, SwiftStorage {

    private final ObjectClient client;
    private final Optional<IncomingClient> incoming;

    ObjectStorage(ObjectClient client, Optional<IncomingClient> incoming) {
        this.client = client;
        this.incoming = incoming;
    }

    /**
     * Returns a container or bucket by one line of text, for settings and command lines: {@code
     * swift:https://swift.example.org/v1/AUTH_photos/uploads} or {@code s3:https://s3.example.org/uploads}, where the
     * bucket is in the path of URLs.
     *
     * @param environment has the login: {@code ST_AUTH}, {@code ST_USER} and {@code ST_KEY} for Swift's own; {@code
     *     OS_AUTH_URL}, {@code OS_APPLICATION_CREDENTIAL_ID} and {@code OS_APPLICATION_CREDENTIAL_SECRET} for Keystone; {@code
     *     AWS_ACCESS_KEY_ID} and {@code AWS_SECRET_ACCESS_KEY} for S3, with {@code AWS_SESSION_TOKEN} and {@code
     *     AWS_REGION} where they are needed. With {@code SWIFT_TEMP_URL_KEY}, clients can write straight to Swift, and with
     *     {@code AWS_INCOMING_ACCESS_KEY_ID} and {@code AWS_INCOMING_SECRET_ACCESS_KEY} straight to S3 (see {@link
     *     S3Storage.Builder#incoming}), into the container or bucket that has {@code -incoming} after its name
     * @throws IllegalArgumentException if it is no such text, or something is missing in the environment
     */
    public static ObjectStorage open(String place, Map<String, String> environment) {
        return new StoragePlace(environment).open(place);
    }

    /** Returns what an operator does. */
    abstract Operations operations();

    ObjectClient client() {
        return client;
    }

    /** Returns where clients write without a host between them and the store, if there is such a place. */
    Optional<IncomingClient> incoming() {
        return incoming;
    }

    /**
     * Writes a file of the application's, for good: under its own key, and without an expiry. This is where an upload can
     * go once it was fetched and claimed, before it is discarded:
     *
     * <pre>{@code
     * for (FetchedUpload upload : uploads) {
     *     try (InputStream bytes = upload.open()) {
     *         storage.put("orders/" + order + "/" + number++, bytes, upload.receipt().size());
     *     }
     * }
     * uploads.discard();
     * }</pre>
     *
     * <p>Once this returns, the store has proved that it has the bytes, in parts and as a whole. Until then nothing is
     * under the key, or what was there before, which is replaced; in Swift its segments then stay, so write each key once. Needs memory for one part: 8 MiB for files of up to
     * 80 GiB in S3 or 8 GiB in Swift, more for larger ones. The rest of the library never touches the object.
     *
     * @param key of {@code [0-9A-Za-z_./-]}, at most 800 characters; not of an upload, as {@code data/…} would be
     * @param bytes are read, and not closed
     * @param size how many bytes there are
     * @throws IllegalArgumentException if the key cannot be used, or the size is negative
     * @throws StoreException if the store does not take them, or does not prove it
     * @throws IOException if there are fewer bytes, or more, or reading them fails
     */
    public void put(String key, InputStream bytes, long size) throws IOException {
        if (size < 0) {
            throw new IllegalArgumentException("a file cannot have " + size + " bytes");
        }
        var unused = new ObjectPush(client, () -> false).run(bytes, size, ObjectPush.key(key), Optional.empty());
    }

    /** Closes the connections. */
    @Override
    public void close() throws IOException {
        client.close();
        if (incoming.isPresent()) {
            incoming.get().close();
        }
    }

    /** Returns the container or bucket, and where it is. */
    @Override
    public String toString() {
        return client.toString();
    }
}
