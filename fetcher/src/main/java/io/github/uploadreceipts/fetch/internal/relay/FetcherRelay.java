package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Relays the requests of a host to its peers, and pulls uploads from them, through a fetcher. */
public final class FetcherRelay implements PeerRelay {

    private static final int BUFFER = 128 * 1024;

    private final RelayClient client;
    private final Streaming streaming;

    /** Fetches uploads while they are read. */
    public interface Streaming {

        /** Returns the uploads in the order of the receipts. The caller iterates them once and closes them. */
        FetchedUploads stream(List<UploadReceipt> receipts) throws FetchException;
    }

    /** Relays requests through {@code client}, and pulls uploads through {@code streaming}. */
    public FetcherRelay(RelayClient client, Streaming streaming) {
        this.client = client;
        this.streaming = streaming;
    }

    @Override
    public CompletableFuture<Response> send(Request request) {
        return client.send(request);
    }

    @Override
    public void pull(List<UploadReceipt> receipts, Sink sink) throws IOException {
        byte[] buffer = new byte[BUFFER];
        try (FetchedUploads uploads = streaming.stream(receipts)) {
            for (FetchedUpload upload : uploads) {
                append(upload, buffer, sink);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public CompletableFuture<Download> download(List<PeerRequest> places, long from, long length) {
        return client.download(places, from, length);
    }

    private static void append(FetchedUpload upload, byte[] buffer, Sink sink) throws IOException {
        try (InputStream in = upload.open()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                sink.write(ByteBuffer.wrap(buffer, 0, count));
            }
        }
    }
}
