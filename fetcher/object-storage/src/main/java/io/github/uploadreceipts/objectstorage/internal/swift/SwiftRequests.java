package io.github.uploadreceipts.objectstorage.internal.swift;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.http.Connections;
import io.github.uploadreceipts.objectstorage.internal.http.Connections.Reading;
import io.github.uploadreceipts.objectstorage.internal.http.Request;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/** Sends requests to one container: with a token, and again if that can help. All requests are idempotent. */
final class SwiftRequests implements Closeable {

    private static final String TOKEN = "X-Auth-Token";

    private final Connections connections;
    private final URI account;
    private final String container;
    private final TokenSource tokens;

    SwiftRequests(URI account, String container, TokenSource tokens) {
        this.connections = new Connections(Swift.PROTOCOL);
        this.account = account;
        this.container = container;
        this.tokens = tokens;
    }

    /** A request for an object. */
    Request object(String method, String name, String query) {
        return Request.of(method, uri(name, query), container + "/" + Response.shown(name));
    }

    /** A request for the container. */
    Request container(String method, String query) {
        return Request.of(method, URI.create(account + "/" + encoded(container) + query), container);
    }

    /** A request for what Swift says of itself. */
    Request info() {
        return Request.of("GET", account.resolve("/info"), "/info");
    }

    URI uri(String name, String query) {
        return URI.create(account + "/" + encoded(container) + "/" + encodedName(name) + query);
    }

    /** The path of an object in the field X-Copy-From, percent-encoded. */
    String encodedPath(String name) {
        return "/" + encoded(container) + "/" + encodedName(name);
    }

    /** Clients name objects as they like: a segment of dots must not be taken for a directory. */
    private static String encodedName(String name) {
        return encoded(ObjectClient.checked(name)).replace("%2F", "/").replace(".", "%2E");
    }

    /** The path of an object in a manifest. */
    String path(String name) {
        return "/" + container + "/" + name;
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Sends a request with a token, up to twice if Swift cannot be reached, breaks off, or responds 5xx or 429. */
    <T> T send(Request request, Reading<T> reading) throws StoreException {
        return connections.twice(request, () -> once(request, reading));
    }

    /** Sends a request that is signed by a key: its refusal must not renew the token of all others. */
    <T> T sendWithoutToken(Request request, Reading<T> reading) throws StoreException {
        return connections.twice(request, () -> {
            try (Response response = connections.send(request)) {
                return reading.read(response);
            }
        });
    }

    private <T> T once(Request request, Reading<T> reading) throws IOException {
        String token = tokens.token(null);
        try (Response response = connections.send(request.with(TOKEN, token))) {
            if (response.status() != 401) {
                return reading.read(response);
            }
        }
        try (Response response = connections.send(request.with(TOKEN, tokens.token(token)))) {
            return reading.read(response);
        }
    }

    Optional<Instant> time() {
        return connections.time();
    }

    @Override
    public void close() {
        connections.close();
    }

    @Override
    public String toString() {
        return "container " + container + " at " + account;
    }
}
