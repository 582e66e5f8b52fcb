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

    private final S3Client client;
    private final S3Requests requests;
    private final long atOnce;

    S3Copies(S3Client client, S3Requests requests, long atOnce) {
        this.client = client;
        this.requests = requests;
        this.atOnce = atOnce;
    }

    Head copy(String from, String etag, String to) throws StoreException {
        Head source =
                client.head(from).filter(head -> head.etag().equals(etag)).orElseThrow(() -> RangeReader.gone(from));
        long size = source.size();
        if (size > atOnce) {
            return copyRanges(from, source, to);
        }
        S3Request request = client.object("PUT", to)
                .field("x-amz-metadata-directive", "REPLACE")
                .field("content-type", S3Client.TYPE);
        String copied = send(from, etag, request, size);
        return client.head(to)
                .filter(head -> head.size() == size && head.etag().equals(copied))
                .orElseThrow(() -> new StoreException.Failed(request + ": the copy is another object", null));
    }

    private Head copyRanges(String from, Head source, String to) throws StoreException {
        long size = source.size();
        long step = Math.max(atOnce, (size + S3Parts.MOST - 1) / S3Parts.MOST);
        try (S3Parts parts = S3Parts.beginCopies(client, requests, to)) {
            for (long at = 0; at < size; at += step) {
                long first = at;
                long length = Math.min(step, size - at);
                parts.write(length, part -> {
                    part.field("x-amz-copy-source-range", RangeReader.range(first, length));
                    return send(from, source.etag(), part, length);
                });
            }
            return parts.complete();
        }
    }

    /** Returns the ETag of the copy. */
    private String send(String from, String etag, S3Request writing, long size) throws StoreException {
        S3Request request = writing.empty()
                .field("x-amz-copy-source", requests.bucket().copySource(from))
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
