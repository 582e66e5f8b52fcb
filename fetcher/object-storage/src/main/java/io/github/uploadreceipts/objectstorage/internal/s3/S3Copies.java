package io.github.uploadreceipts.objectstorage.internal.s3;

import io.github.uploadreceipts.objectstorage.internal.client.ObjectClient.Head;
import io.github.uploadreceipts.objectstorage.internal.http.RangeReader;
import io.github.uploadreceipts.objectstorage.internal.http.Response;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.time.Duration;

/** Copies inside a store, with none of the source's metadata. */
final class S3Copies {

    /** S3 copies no object of more than 5 GiB at once, and takes its time for large ones: those are copied range by range. */
    static final long AT_ONCE = 1L << 30;

    private final S3Client source;
    private final S3Bucket sourceBucket;
    private final S3Client target;
    private final S3Requests requests;
    private final long atOnce;

    /**
     * Copies from one bucket to another of the same store.
     *
     * @param requests to the bucket of {@code target}, by credentials that can read the source as well
     * @param atOnce objects of more bytes are copied range by range
     */
    S3Copies(S3Client source, S3Bucket sourceBucket, S3Client target, S3Requests requests, long atOnce) {
        this.source = source;
        this.sourceBucket = sourceBucket;
        this.target = target;
        this.requests = requests;
        this.atOnce = atOnce;
    }

    Head copy(String from, String etag, String to) throws StoreException {
        Head head =
                source.head(from).filter(found -> found.etag().equals(etag)).orElseThrow(() -> RangeReader.gone(from));
        long size = head.size();
        if (size > atOnce) {
            return copyRanges(from, head, to);
        }
        S3Request request = target.object("PUT", to)
                .field("x-amz-metadata-directive", "REPLACE")
                .field("content-type", S3Client.TYPE);
        String copied = send(from, etag, request, size);
        return target.head(to)
                .filter(copy -> copy.size() == size && copy.etag().equals(copied))
                .orElseThrow(() -> new StoreException.Failed(request + ": the copy is another object", null));
    }

    private Head copyRanges(String from, Head head, String to) throws StoreException {
        long size = head.size();
        long step = Math.max(atOnce, (size + S3Parts.MOST - 1) / S3Parts.MOST);
        try (S3Parts parts = S3Parts.beginCopies(target, requests, to)) {
            for (long at = 0; at < size; at += step) {
                long first = at;
                long length = Math.min(step, size - at);
                parts.write(length, part -> {
                    part.field("x-amz-copy-source-range", RangeReader.range(first, length));
                    return send(from, head.etag(), part, length);
                });
            }
            return parts.complete();
        }
    }

    /** Returns the ETag of the copy. */
    private String send(String from, String etag, S3Request writing, long size) throws StoreException {
        S3Request request = writing.empty()
                .field("x-amz-copy-source", sourceBucket.copySource(from))
                .field("x-amz-copy-source-if-match", "\"" + etag + "\"")
                .within(Duration.ofMinutes(1).plusSeconds(size >> 20)); // at 1 MiB a second
        return requests.send(request, response -> copied(from, response));
    }

    private String copied(String from, Response response) throws IOException {
        if (response.status() == 412 || S3.isMissing(response)) {
            throw RangeReader.gone(from);
        }
        return requests.copyDocument(response)
                .child("ETag")
                .map(Response::unquoted)
                .orElseThrow(() -> response.malformed("no ETag"));
    }
}
