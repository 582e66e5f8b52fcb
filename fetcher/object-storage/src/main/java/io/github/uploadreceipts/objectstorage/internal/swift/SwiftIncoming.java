package io.github.uploadreceipts.objectstorage.internal.swift;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.internal.direct.DirectStore.WriteRequest;
import io.github.uploadreceipts.objectstorage.internal.client.IncomingClient;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Listed;
import io.github.uploadreceipts.objectstorage.internal.http.Request;
import io.github.uploadreceipts.store.StoreException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A container of OpenStack Swift into which clients write by temporary URLs, signed by a key of its own.
 *
 * <p>A temporary URL to write binds neither size nor type, can be used again until it expires, and permits HEAD. Swift
 * drops other parameters of its query, and refuses those fields by which an object would be made of others.
 */
public final class SwiftIncoming implements IncomingClient {

    private static final long MAX_SIZE = 5L << 30;
    private static final Duration TRIAL = Duration.ofMinutes(5);

    /** One of these is in the response of HEAD if the object is made of others, or stands for another. */
    private static final List<String> OF_OTHERS =
            List.of("X-Static-Large-Object", "X-Object-Manifest", "X-Symlink-Target", "Content-Location");

    private final SwiftRequests requests;
    private final SwiftClient client;
    private final SwiftCopies copies;
    private final SwiftInfo info;
    private final TempUrls urls;
    private final Supplier<String> key;
    private volatile @Nullable String proven;

    /**
     * Creates a client, which opens no connection yet.
     *
     * @param account the URL of the account
     * @param tempUrlKey the key of temporary URLs that is set on this container
     * @param hosts the container of the hosts, in the same account
     */
    public static SwiftIncoming of(
            URI account, String container, TokenSource tokens, Supplier<String> tempUrlKey, SwiftClient hosts) {
        return of(account, container, tokens, tempUrlKey, hosts, SwiftCopies.AT_ONCE);
    }

    static SwiftIncoming of(
            URI account,
            String container,
            TokenSource tokens,
            Supplier<String> tempUrlKey,
            SwiftClient hosts,
            long copiedAtOnce) {
        SwiftRequests requests = new SwiftRequests(account, container, tokens);
        return new SwiftIncoming(requests, tempUrlKey, new SwiftCopies(requests, hosts, copiedAtOnce));
    }

    private SwiftIncoming(SwiftRequests requests, Supplier<String> key, SwiftCopies copies) {
        this.requests = requests;
        this.copies = copies;
        this.key = key;
        this.info = new SwiftInfo(requests);
        this.urls = new TempUrls(requests, info, key, Clock.systemUTC());
        this.client = new SwiftClient(requests, urls, SwiftCopies.AT_ONCE);
    }

    /** Returns what Swift says, or 5 GiB, which is its default, if it does not. */
    @Override
    public long maxSize() {
        try {
            return info.get().path("swift").path("max_file_size").asLong(MAX_SIZE);
        } catch (StoreException e) { // the request that follows fails with the reason
            return MAX_SIZE;
        }
    }

    @Override
    public WriteRequest write(String name, long size, Instant expiresAt) throws StoreException {
        URI url = urls.url("PUT", name, expiresAt);
        requireKey(name);
        Instant end = Instant.ofEpochSecond(TempUrls.seconds(expiresAt));
        return new WriteRequest("PUT", url, Map.of("Content-Type", SwiftClient.TYPE), end);
    }

    /** The client's file names lie below the prefix. More files than one leave the first one stored. */
    @Override
    public WriteRequest form(String prefix, long maxSize, URI next, Instant expiresAt) throws StoreException {
        Map<String, String> fields = urls.form(prefix, maxSize, next, expiresAt);
        requireKey(prefix);
        Instant end = Instant.ofEpochSecond(TempUrls.seconds(expiresAt));
        return new WriteRequest("POST", requests.uri(prefix, ""), fields, end);
    }

    /** A browser is not told why a URL is refused, so we try a key once, before the first client does. */
    private void requireKey(String name) throws StoreException {
        String current = key.get();
        if (current.equals(proven)) {
            return;
        }
        if (!isKnown(name)) {
            throw new StoreException.Unavailable(
                    "Swift does not know the key of temporary URLs, or there is no such container. Set the key by:"
                            + " swift post -m Temp-URL-Key:<key> <container>",
                    null);
        }
        proven = current;
    }

    private boolean isKnown(String name) throws StoreException {
        JsonNode methods = info.get().path("tempurl").path("methods");
        if (methods.isArray() && !methods.toString().contains("\"HEAD\"")) {
            return true; // the operator has turned off what a URL to write permits besides, so we cannot ask
        }
        URI url = urls.url("PUT", name, Instant.now().plus(TRIAL));
        // after this refusal Swift sends the end of a body that a response to HEAD does not have
        Request request = Request.of("HEAD", url, name).with("Connection", "close");
        return requests.sendWithoutToken(request, response -> {
            if (response.status() != 401 && response.status() != 404) {
                response.expect(200);
            }
            return response.status() != 401;
        });
    }

    @Override
    public Optional<Head> head(String name) throws StoreException {
        return requests.send(requests.object("HEAD", name, ""), response -> {
            if (response.status() == 404) {
                return Optional.empty();
            }
            response.expect(200);
            if (OF_OTHERS.stream().anyMatch(field -> response.field(field).isPresent())) {
                return Optional.empty();
            }
            return Optional.of(response.head(response.length()));
        });
    }

    @Override
    public Head take(String name, String etag, String to, Optional<Instant> expiresAt) throws StoreException {
        Head head = head(name).filter(found -> found.etag().equals(etag)).orElseThrow(() -> SwiftCopies.gone(name));
        return copies.copy(name, new SwiftClient.Found(head, false), to, expiresAt);
    }

    /** Segments stay: whoever made a static large object here could name anything as its segment. */
    @Override
    public boolean delete(String name) throws StoreException {
        return client.deletePlain(name);
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
        client.close();
    }
}
