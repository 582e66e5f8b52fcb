package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The relay that a fetcher attaches to its host. Closing it closes the fetcher. */
public final class AttachedRelay implements PeerRelay, Closeable {

    private final PeerFetcher fetcher;
    private final PeerRelay relay;

    private AttachedRelay(PeerFetcher fetcher, PeerRelay relay) {
        this.fetcher = fetcher;
        this.relay = relay;
    }

    /** Creates a fetcher for {@code host} and returns its relay. */
    static AttachedRelay of(PeerFetcher.Builder builder, UploadHost host) {
        PeerFetcher fetcher = builder.build();
        return new AttachedRelay(
                fetcher, HostAccess.engine(host).peers().relay().orElseThrow());
    }

    @Override
    public CompletableFuture<Response> send(Request request) {
        return relay.send(request);
    }

    @Override
    public void pull(List<UploadReceipt> receipts, Sink sink) throws IOException {
        relay.pull(receipts, sink);
    }

    @Override
    public CompletableFuture<Download> download(List<PeerRequest> places, long from, long length) {
        return relay.download(places, from, length);
    }

    @Override
    public void close() {
        fetcher.close();
    }
}
