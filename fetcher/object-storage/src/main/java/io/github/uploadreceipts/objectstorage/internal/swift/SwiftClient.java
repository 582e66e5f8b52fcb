package io.github.uploadreceipts.objectstorage.internal.swift;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient;
import io.github.uploadreceipts.objectstorage.internal.http.RangeReader;
import io.github.uploadreceipts.objectstorage.internal.http.Request;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A container of OpenStack Swift. */
public final class SwiftClient implements ObjectClient {

    static final String TYPE = "application/octet-stream";

    private static final int PAGE = 1_000;
    private static final int LARGEST_PAGE = 8 * 1024 * 1024;

    /** Says who wrote an object. It tells our own object, written by a first try, from somebody else's. */
    private static final String WRITER = "X-Object-Meta-Writer";

    private final SwiftRequests requests;
    private final SwiftCopies copies;
    private final TempUrls urls;

    /**
     * Creates a client, which opens no connection yet.
     *
     * @param account the URL of the account, such as {@code https://swift.example.org/v1/AUTH_photos}
     * @param tempUrlKey the key of temporary URLs, or null if none are made
     */
    public static SwiftClient of(
            URI account, String container, TokenSource tokens, @Nullable Supplier<String> tempUrlKey) {
        return of(account, container, tokens, tempUrlKey, SwiftCopies.AT_ONCE);
    }

    static SwiftClient of(
            URI account,
            String container,
            TokenSource tokens,
            @Nullable Supplier<String> tempUrlKey,
            long copiedAtOnce) {
        SwiftRequests requests = new SwiftRequests(account, container, tokens);
        TempUrls urls = new TempUrls(requests, new SwiftInfo(requests), tempUrlKey, Clock.systemUTC());
        return new SwiftClient(requests, urls, copiedAtOnce);
    }

    /** Returns a client that makes no temporary URLs, over requests that somebody else closes. */
    static SwiftClient of(SwiftRequests requests) {
        return new SwiftClient(
                requests,
                new TempUrls(requests, new SwiftInfo(requests), null, Clock.systemUTC()),
                SwiftCopies.AT_ONCE);
    }

    SwiftClient(SwiftRequests requests, TempUrls urls, long copiedAtOnce) {
        this.requests = requests;
        this.copies = new SwiftCopies(requests, this, copiedAtOnce);
        this.urls = urls;
    }

    @Override
    public Head put(String name, ByteBuffer bytes, Optional<Instant> expiresAt) throws StoreException {
        String md5 = md5(bytes);
        Request request = writing(name, expiresAt).with("ETag", md5).body(bytes.duplicate());
        Optional<Head> written = requests.send(request, response -> {
            if (response.status() == 202) {
                return Optional.empty();
            }
            Head head = response.expect(201).head(bytes.remaining());
            if (!head.etag().equals(md5)) {
                throw response.malformed("the ETag of other bytes");
            }
            return Optional.of(head);
        });
        if (written.isPresent()) {
            return written.get();
        }
        // 202 says that a later write is stored already: it may be our own first try, by another clock
        return head(name)
                .filter(head -> head.etag().equals(md5) && head.size() == bytes.remaining())
                .orElseThrow(() -> new StoreException.Failed(request + ": 202, another object was written", null));
    }

    @Override
    public boolean putIfAbsent(String name, ByteBuffer bytes, Optional<Instant> expiresAt) throws StoreException {
        String writer = UUID.randomUUID().toString();
        Request request = writing(name, expiresAt)
                .with("ETag", md5(bytes))
                .with("If-None-Match", "*")
                .with(WRITER, writer)
                .body(bytes.duplicate());
        boolean written = requests.send(request, response -> {
            if (response.status() == 412 || response.status() == 202) {
                return false;
            }
            response.expect(201);
            return true;
        });
        return written || writer.equals(writerOf(name));
    }

    private String writerOf(String name) throws StoreException {
        return requests.send(requests.object("HEAD", name, ""), response -> {
            if (response.status() == 404) {
                return "";
            }
            return response.expect(200).field(WRITER).orElse("");
        });
    }

    Request writing(String name, Optional<Instant> expiresAt) {
        return expiring(requests.object("PUT", ObjectClient.ours(name), "").with("Content-Type", TYPE), expiresAt);
    }

    static Request expiring(Request request, Optional<Instant> expiresAt) {
        if (expiresAt.isEmpty()) {
            return request;
        }
        return request.with("X-Delete-At", Long.toString(TempUrls.seconds(expiresAt.get())));
    }

    /**
     * Swift's servers each compare {@code If-None-Match: *} with what they have when a write begins. Two writers who begin
     * at the same time both find nothing, and both are told that they wrote: of two racers, both win nearly always.
     */
    @Override
    public boolean hasAtomicPut() {
        return false;
    }

    @Override
    public boolean mayHaveAtomicPut() {
        return false;
    }

    @Override
    public SwiftParts begin(String name, Optional<Instant> expiresAt) {
        return new SwiftParts(this, requests, name, expiresAt);
    }

    /** Older Swifts refuse smaller segments. */
    @Override
    public int minPart() {
        return 1024 * 1024;
    }

    @Override
    public int maxParts() {
        return SwiftParts.MOST;
    }

    /** An object, and whether it is a static large object, which has segments. */
    record Found(Head head, boolean large) {}

    Optional<Found> find(String name) throws StoreException {
        return requests.send(requests.object("HEAD", name, ""), response -> {
            if (response.status() == 404) {
                return Optional.empty();
            }
            Head head = response.expect(200).head(response.length());
            return Optional.of(new Found(head, isLarge(response)));
        });
    }

    @Override
    public Optional<Head> head(String name) throws StoreException {
        return find(name).map(Found::head);
    }

    @Override
    public Optional<byte[]> get(String name, int max) throws StoreException {
        return requests.send(requests.object("GET", name, ""), response -> {
            if (response.status() == 404) {
                return Optional.empty();
            }
            if (response.status() != 200) {
                throw response.failure();
            }
            byte[] bytes = response.body(max);
            if (bytes.length != response.length()) {
                throw response.malformed("another length than it says");
            }
            if (!isLarge(response) && !response.etag().equals(md5(ByteBuffer.wrap(bytes)))) {
                throw response.malformed("other bytes than its ETag says");
            }
            return Optional.of(bytes);
        });
    }

    private static boolean isLarge(Response response) {
        return response.field("X-Static-Large-Object")
                .filter("true"::equalsIgnoreCase)
                .isPresent();
    }

    @Override
    public InputStream open(String name, long first, long length, String etag) throws StoreException {
        return RangeReader.open(this, name, first, length, etag, (from, count) -> {
            Request request = requests.object("GET", name, "")
                    .with("Range", RangeReader.range(from, count))
                    .with("If-Match", "\"" + etag + "\"");
            return requests.send(request, response -> {
                if (response.status() == 404 || response.status() == 412) {
                    throw RangeReader.gone(name);
                }
                return RangeReader.body(response, from, count, etag);
            });
        });
    }

    @Override
    public Head copy(String from, String etag, String to, Optional<Instant> expiresAt) throws StoreException {
        Found source =
                find(from).filter(found -> found.head().etag().equals(etag)).orElseThrow(() -> SwiftCopies.gone(from));
        return copies.copy(from, source, to, expiresAt);
    }

    @Override
    public boolean delete(String name) throws StoreException {
        Optional<Found> found = find(name);
        if (found.isEmpty()) {
            return false;
        }
        return found.get().large() ? deleteLarge(name) : deletePlain(name);
    }

    boolean deletePlain(String name) throws StoreException {
        return requests.send(requests.object("DELETE", name, ""), response -> {
            if (response.status() == 404) {
                return false;
            }
            response.expect(204);
            return true;
        });
    }

    /** The status of this request is always 200. The body has the real one. */
    private boolean deleteLarge(String name) throws StoreException {
        Request request = requests.object("DELETE", name, "?multipart-manifest=delete")
                .with("Accept", "application/json")
                .within(SwiftParts.LIMIT);
        return requests.send(request, response -> {
            if (response.status() == 404) {
                return false;
            }
            if (response.status() != 200) {
                throw response.failure();
            }
            JsonNode result = SwiftJson.parse(response, response.body(LARGEST_PAGE));
            if (!result.path("Response Status").asText().startsWith("200")
                    || !result.path("Errors").isArray()
                    || !result.path("Errors").isEmpty()) {
                throw new StoreException.Unavailable(request + ": not all segments could be deleted", null);
            }
            return result.path("Number Deleted").asInt() > 0;
        });
    }

    @Override
    public List<Listed> list(String prefix, String after) throws StoreException {
        return page("", prefix, after);
    }

    @Override
    public List<String> directories(String prefix) throws StoreException {
        List<String> directories = new ArrayList<>();
        List<Listed> page = page("&delimiter=/", prefix, "");
        while (!page.isEmpty()) {
            for (Listed entry : page) {
                String name = entry.name();
                if (name.endsWith("/")) {
                    directories.add(name.substring(prefix.length(), name.length() - 1));
                }
            }
            page = page("&delimiter=/", prefix, page.get(page.size() - 1).name());
        }
        return directories;
    }

    /** With a delimiter, what stands for all names up to it ends with it. */
    private List<Listed> page(String delimiter, String prefix, String after) throws StoreException {
        String query = "?format=json&limit=" + PAGE + delimiter + "&prefix=" + SwiftRequests.encoded(prefix)
                + "&marker=" + SwiftRequests.encoded(after);
        return requests.send(requests.container("GET", query), response -> {
            if (response.status() != 200) {
                throw response.failure();
            }
            JsonNode page = SwiftJson.parse(response, response.body(LARGEST_PAGE));
            if (!page.isArray() || page.size() > PAGE) {
                throw response.malformed("JSON that is no page of a listing");
            }
            List<Listed> entries = new ArrayList<>();
            String last = after;
            for (JsonNode entry : page) {
                Listed listed = listed(response, entry);
                if (!listed.name().startsWith(prefix) || !isBefore(last, listed.name())) {
                    throw response.malformed("a listing out of order");
                }
                entries.add(listed);
                last = listed.name();
            }
            return entries;
        });
    }

    private static Listed listed(Response response, JsonNode entry) throws StoreException {
        if (entry.has("subdir")) {
            return new Listed(text(response, entry, "subdir"), 0);
        }
        JsonNode size = entry.path("bytes");
        if (!size.isIntegralNumber() || !size.canConvertToLong()) {
            throw response.malformed("an object without a size");
        }
        return new Listed(text(response, entry, "name"), size.longValue());
    }

    private static boolean isBefore(String one, String other) {
        return Arrays.compareUnsigned(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8)) < 0;
    }

    private static String text(Response response, JsonNode entry, String member) throws StoreException {
        JsonNode value = entry.path(member);
        if (!value.isTextual()) {
            throw response.malformed("an entry without " + member);
        }
        return value.textValue();
    }

    @Override
    public Optional<URI> readUrl(String name, Duration life) throws StoreException {
        return urls.canSign() ? Optional.of(urls.url("GET", name, life)) : Optional.empty();
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
        return requests.toString();
    }

    static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no MD5, by which Swift proves what it stores", e);
        }
    }

    static String md5(ByteBuffer bytes) {
        MessageDigest md5 = md5();
        md5.update(bytes.duplicate());
        return HexFormat.of().formatHex(md5.digest());
    }
}
