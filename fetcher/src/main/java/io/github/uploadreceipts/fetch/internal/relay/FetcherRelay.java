package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What a host does through a fetcher. */
final class FetcherRelay implements PeerRelay {

    private static final int BUFFER = 128 * 1024;

    private final PeerFetcher fetcher;
    private final RelayClient client;

    FetcherRelay(PeerFetcher fetcher, RelayClient client) {
        this.fetcher = fetcher;
        this.client = client;
    }

    @Override
    public CompletableFuture<Answer> send(Request request) {
        return client.send(request);
    }

    @Override
    public void pull(List<UploadReceipt> receipts, Sink sink) throws IOException {
        byte[] buffer = new byte[BUFFER];
        try (FetchedUploads uploads = fetcher.stream(receipts)) {
            for (FetchedUpload upload : uploads) {
                append(upload, buffer, sink);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void append(FetchedUpload upload, byte[] buffer, Sink sink) throws IOException {
        try (InputStream in = upload.open()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                sink.write(ByteBuffer.wrap(buffer, 0, count));
            }
        }
    }
}
