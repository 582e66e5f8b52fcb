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

    private final SwiftRequests source;
    private final SwiftClient target;
    private final long atOnce;

    /**
     * Copies from one container to another of the same account.
     *
     * @param atOnce objects of more bytes are copied range by range
     */
    SwiftCopies(SwiftRequests source, SwiftClient target, long atOnce) {
        this.source = source;
        this.target = target;
        this.atOnce = atOnce;
    }

    Head copy(String from, SwiftClient.Found found, String to, Optional<Instant> expiresAt) throws StoreException {
        long size = found.head().size();
        String etag = found.head().etag();
        // Swift would give a copy of a static large object that is a plain one two ETags: of HEAD, and of If-Match
        if (found.large() || size > atOnce) {
            return copyRanges(from, found.head(), to, expiresAt);
        }
        Optional<String> copied = send(from, etag, target.writing(to, expiresAt), size);
        if (copied.filter(other -> !other.equals(etag)).isPresent()) {
            throw new StoreException.Failed("copy of " + from + ": its bytes are others", null);
        }
        return target.head(to)
                .filter(head -> head.size() == size && head.etag().equals(etag))
                .orElseThrow(() -> new StoreException.Failed("copy of " + from + ": it is not there", null));
    }

    private Head copyRanges(String from, Head head, String to, Optional<Instant> expiresAt) throws StoreException {
        long size = head.size();
        long step = Math.max(atOnce, (size + SwiftParts.MOST - 1) / SwiftParts.MOST);
        try (SwiftParts parts = target.begin(to, expiresAt)) {
            for (long at = 0; at < size; at += step) {
                long first = at;
                long length = Math.min(step, size - at);
                String range = RangeReader.range(first, length);
                parts.write(segment -> {
                    Request request = target.writing(segment, expiresAt).with("Range", range);
                    Optional<String> etag = send(from, head.etag(), request, length);
                    return etag.isPresent() // the manifest's PUT compares size and ETag
                            ? new Head(length, etag.get(), head.lastModified())
                            : target.head(segment)
                                    .filter(found -> found.size() == length)
                                    .orElseThrow(() -> new StoreException.Failed(request + ": it is not there", null));
                });
            }
            return parts.complete();
        }
    }

    /** Returns the ETag of the copy; empty if a later write is stored already: it may be our own first try, by another clock. */
    private Optional<String> send(String from, String etag, Request writing, long size) throws StoreException {
        Request request = writing.with("X-Copy-From", source.encodedPath(from))
                .with("X-Fresh-Metadata", "true")
                .with("If-Match", "\"" + etag + "\"")
                .within(Duration.ofMinutes(1).plusSeconds(size >> 20)); // at 1 MiB a second
        return source.send(request, response -> copied(from, response));
    }

    private static Optional<String> copied(String from, Response response) throws IOException {
        if (response.status() == 404 || response.status() == 412) {
            throw gone(from);
        }
        return response.status() == 202
                ? Optional.empty()
                : Optional.of(response.expect(201).etag());
    }

    static StoreException.Gone gone(String from) {
        return new StoreException.Gone("no object " + from + " with that ETag", null);
    }
}
