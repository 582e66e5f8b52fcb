package io.github.uploadreceipts.objectstorage.internal.swift;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.http.RangeReader;
import io.github.uploadreceipts.objectstorage.internal.http.Request;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Copies inside Swift, with none of the source's metadata. */
final class SwiftCopies {

    /** Swift copies no object of more than 5 GiB at once, and takes its time for large ones: those are copied range by range. */
    static final long AT_ONCE = 1L << 30;

    private final SwiftClient client;
    private final SwiftRequests requests;
    private final long atOnce;

    SwiftCopies(SwiftClient client, SwiftRequests requests, long atOnce) {
        this.client = client;
        this.requests = requests;
        this.atOnce = atOnce;
    }

    Head copy(String from, String etag, String to, Optional<Instant> expiresAt) throws StoreException {
        SwiftClient.Found source = client.find(from)
                .filter(found -> found.head().etag().equals(etag))
                .orElseThrow(() -> gone(from));
        long size = source.head().size();
        // Swift would give a copy of a static large object that is a plain one two ETags: of HEAD, and of If-Match
        if (source.large() || size > atOnce) {
            return copyRanges(from, source.head(), to, expiresAt);
        }
        String copied = send(from, etag, client.writing(to, expiresAt), size);
        if (!copied.equals(etag)) {
            throw new StoreException.Failed("copy of " + from + ": its bytes are others", null);
        }
        return client.head(to)
                .filter(head -> head.size() == size && head.etag().equals(etag))
                .orElseThrow(() -> new StoreException.Failed("copy of " + from + ": it is not there", null));
    }

    private Head copyRanges(String from, Head source, String to, Optional<Instant> expiresAt) throws StoreException {
        long size = source.size();
        long step = Math.max(atOnce, (size + SwiftParts.MOST - 1) / SwiftParts.MOST);
        try (SwiftParts parts = new SwiftParts(client, requests, to, expiresAt)) {
            for (long at = 0; at < size; at += step) {
                long first = at;
                long length = Math.min(step, size - at);
                String range = RangeReader.range(first, length);
                parts.write(segment -> {
                    Request request = client.writing(segment, expiresAt).with("Range", range);
                    String etag = send(from, source.etag(), request, length);
                    return new Head(length, etag, source.lastModified()); // the manifest's PUT compares size and ETag
                });
            }
            return parts.complete();
        }
    }

    /** Returns the ETag of the copy. */
    private String send(String from, String etag, Request writing, long size) throws StoreException {
        Request request = writing.with("X-Copy-From", requests.encodedPath(from))
                .with("X-Fresh-Metadata", "true")
                .with("If-Match", "\"" + etag + "\"")
                .within(Duration.ofMinutes(1).plusSeconds(size >> 20)); // at 1 MiB a second
        return requests.send(request, response -> copied(from, response));
    }

    private static String copied(String from, Response response) throws IOException {
        if (response.status() == 404 || response.status() == 412) {
            throw gone(from);
        }
        return response.expect(201).etag();
    }

    private static StoreException.Gone gone(String from) {
        return new StoreException.Gone("no object " + from + " with that ETag", null);
    }
}
