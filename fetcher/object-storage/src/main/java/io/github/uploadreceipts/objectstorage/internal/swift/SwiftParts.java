package io.github.uploadreceipts.objectstorage.internal.swift;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Parts;
import io.github.uploadreceipts.objectstorage.internal.http.Request;
import io.github.uploadreceipts.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A static large object: segments under names of their own, each with the object's expiry, and in the end a manifest that
 * lists them under the object's name.
 */
final class SwiftParts implements Parts {

    static final int MOST = 1_000;

    /** Swift looks at every segment before it stores a manifest or deletes one. */
    static final Duration LIMIT = Duration.ofMinutes(10);

    private final SwiftClient client;
    private final SwiftRequests requests;
    private final String name;
    private final Optional<Instant> expiresAt;
    private final String directory;
    private final List<Segment> segments = new ArrayList<>();
    private int begun;
    private boolean completing;
    private boolean complete;

    private record Segment(String name, Head head) {}

    /** Writes a segment of this name. */
    interface Writing {
        Head write(String segment) throws StoreException;
    }

    SwiftParts(SwiftClient client, SwiftRequests requests, String name, Optional<Instant> expiresAt) {
        this.client = client;
        this.requests = requests;
        this.name = name;
        this.expiresAt = expiresAt;
        this.directory = "segments/" + name + "/" + UUID.randomUUID() + "/";
    }

    @Override
    public void write(ByteBuffer bytes) throws StoreException {
        if (bytes.hasRemaining()) { // Swift refuses a manifest with an empty segment
            write(segment -> client.put(segment, bytes, expiresAt));
        }
    }

    void write(Writing writing) throws StoreException {
        if (begun == MOST) {
            throw new StoreException.Failed(name + ": a static large object has at most " + MOST + " segments", null);
        }
        begun++;
        String segment = segment(begun);
        segments.add(new Segment(segment, writing.write(segment)));
    }

    private String segment(int number) {
        return directory + "%05d".formatted(number);
    }

    @Override
    public Head complete() throws StoreException {
        if (segments.isEmpty()) {
            Head head = client.put(name, ByteBuffer.allocate(0), expiresAt);
            complete = true;
            return head;
        }
        long size =
                segments.stream().mapToLong(segment -> segment.head().size()).sum();
        String etag = etag();
        Request request = SwiftClient.expiring(requests.object("PUT", name, "?multipart-manifest=put"), expiresAt)
                .with("Content-Type", SwiftClient.TYPE)
                .with("ETag", etag)
                .body(ByteBuffer.wrap(manifest()))
                .within(LIMIT);
        completing = true;
        Optional<Head> written = requests.send(request, response -> {
            if (response.status() == 202) {
                return Optional.empty();
            }
            return Optional.of(response.expect(201).head(size));
        });
        Optional<Head> stored = written.isPresent() ? written : client.head(name);
        Head head = stored.filter(found -> found.etag().equals(etag) && found.size() == size)
                .orElseThrow(() -> new StoreException.Failed(request + ": another object was written", null));
        complete = true;
        return head;
    }

    /** The ETag of a static large object is the MD5 of its segments' ETags. */
    private String etag() {
        MessageDigest md5 = SwiftClient.md5();
        segments.forEach(segment -> md5.update(segment.head().etag().getBytes(StandardCharsets.US_ASCII)));
        return HexFormat.of().formatHex(md5.digest());
    }

    private byte[] manifest() {
        ArrayNode manifest = JsonNodeFactory.instance.arrayNode();
        for (Segment segment : segments) {
            manifest.addObject()
                    .put("path", requests.path(segment.name()))
                    .put("etag", segment.head().etag())
                    .put("size_bytes", segment.head().size());
        }
        return manifest.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws StoreException {
        if (complete) {
            return;
        }
        if (completing) {
            deleteManifest();
        }
        for (int number = 1; number <= begun; number++) {
            client.deletePlain(segment(number));
        }
        complete = true; // after a failure, another close tries again
    }

    /** A manifest may be stored although the response to it was lost. It goes first, and only if it lists our segments. */
    private void deleteManifest() throws StoreException {
        String etag = etag();
        if (client.head(name).filter(head -> head.etag().equals(etag)).isPresent()) {
            client.deletePlain(name);
        }
    }
}
