package io.github.uploadreceipts.objectstorage.internal.swift;

import io.github.uploadreceipts.store.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sends requests to one container: with a token, and again if that can help. All requests are idempotent. */
final class SwiftRequests implements Closeable {

    private static final int TRIES = 2;
    private static final int PAUSE_MILLIS = 400;
    private static final Pattern NAME = Pattern.compile("[0-9A-Za-z_/-]{1,900}");

    private final SwiftHttp http;
    private final URI account;
    private final String container;
    private final TokenSource tokens;
    private volatile @Nullable Seen seen;

    /** The time at Swift, and when it was that time by {@link System#nanoTime}. */
    private record Seen(Instant date, long nanos) {}

    /** Reads a response. */
    interface Reading<T> {
        T read(SwiftResponse response) throws IOException;
    }

    SwiftRequests(SwiftHttp http, URI account, String container, TokenSource tokens) {
        this.http = http;
        this.account = account;
        this.container = container;
        this.tokens = tokens;
    }

    /** A request for an object. */
    SwiftRequest object(String method, String name, String query) {
        return SwiftRequest.of(method, uri(name, query), container + "/" + name);
    }

    /** A request for the container. */
    SwiftRequest container(String method, String query) {
        return SwiftRequest.of(method, URI.create(account + "/" + encoded(container) + query), container);
    }

    /** A request for what Swift says of itself. */
    SwiftRequest info() {
        return SwiftRequest.of("GET", account.resolve("/info"), "/info");
    }

    URI uri(String name, String query) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("an object's name is not of [0-9A-Za-z_/-]: " + name);
        }
        return URI.create(account + "/" + encoded(container) + "/" + name + query);
    }

    /** The path of an object in the field X-Copy-From, percent-encoded. */
    String encodedPath(String name) {
        return "/" + encoded(container) + "/" + name;
    }

    /** The path of an object in a manifest. */
    String path(String name) {
        return "/" + container + "/" + name;
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Sends a request with a token, up to twice if Swift cannot be reached, breaks off, or responds 5xx or 429. */
    <T> T send(SwiftRequest request, Reading<T> reading) throws StoreException {
        for (int attempt = 1; ; attempt++) {
            try {
                return once(request, reading);
            } catch (StoreException.Unavailable e) {
                if (attempt == TRIES) {
                    throw e;
                }
            } catch (StoreException e) {
                throw e;
            } catch (IOException e) {
                if (attempt == TRIES) {
                    throw new StoreException.Unavailable(request + ": " + e, e);
                }
            }
            pause(request);
            http.closeIdle();
        }
    }

    private <T> T once(SwiftRequest request, Reading<T> reading) throws IOException {
        String token = tokens.token(null);
        try (SwiftResponse response = dated(http.send(request, token))) {
            if (response.status() != 401) {
                return reading.read(response);
            }
        }
        try (SwiftResponse response = dated(http.send(request, tokens.token(token)))) {
            return reading.read(response);
        }
    }

    private SwiftResponse dated(SwiftResponse response) {
        response.date("Date").ifPresent(date -> seen = new Seen(date, System.nanoTime()));
        return response;
    }

    private void pause(SwiftRequest request) throws StoreException {
        try {
            // half of it random, so that many hosts do not come back at the same time
            Thread.sleep(PAUSE_MILLIS / 2 + ThreadLocalRandom.current().nextLong(PAUSE_MILLIS / 2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException.Failed(request + ": interrupted", new InterruptedIOException());
        }
    }

    Optional<Instant> time() {
        return Optional.ofNullable(seen).map(at -> at.date.plusNanos(System.nanoTime() - at.nanos));
    }

    @Override
    public void close() {
        http.close();
    }
}
