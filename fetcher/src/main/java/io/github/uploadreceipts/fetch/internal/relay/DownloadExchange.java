package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.ResponseHead;
import io.github.uploadreceipts.internal.http.ByteRange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.apache.hc.core5.http.nio.RequestChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.reactor.IOSession;
import org.jspecify.annotations.Nullable;

/**
 * A request for the bytes of an upload, on one connection. It gives what comes to a {@link PeerDownload}, and receives no
 * faster than that is read.
 */
final class DownloadExchange extends Exchange {

    private final Owner owner;
    private final RelayMessage message;
    private final HttpHost target;
    private final ByteRange range;
    private final String entityTag;
    private final Patience patience;
    private final PeerDownload download;
    private boolean stopped; // whether what comes is not for the reader

    /** The request that this exchange sends. */
    interface Owner extends Exchange.Owner {

        /** Is called when the head of the response is right, and bytes are to come. */
        void begun();

        /** Is called when all bytes have come. */
        void ended();
    }

    /**
     * @param range what the message asks for
     * @param entityTag that of the upload
     * @param download gets the bytes
     */
    DownloadExchange(
            Owner owner,
            RelayMessage message,
            HttpHost target,
            IOSession session,
            ByteRange range,
            String entityTag,
            Patience patience,
            PeerDownload download) {
        super(owner, session);
        this.owner = owner;
        this.message = message;
        this.target = target;
        this.range = range;
        this.entityTag = entityTag;
        this.patience = patience;
        this.download = download;
    }

    @Override
    public void produceRequest(RequestChannel channel, HttpContext context) throws HttpException, IOException {
        patience.awaitPeer();
        channel.sendRequest(message.head(target), null, context);
    }

    @Override
    public int available() {
        return 0;
    }

    @Override
    public void produce(DataStreamChannel channel) {
        // the request has no body
    }

    @Override
    public void consumeResponse(HttpResponse response, @Nullable EntityDetails entity, HttpContext context) {
        touch();
        try {
            new ResponseHead(response, entity).requireExactly(range, entityTag);
        } catch (PeerException e) {
            giveUp(e);
            return;
        }
        patience.awaitPeer();
        owner.begun();
        if (entity == null) {
            complete();
        }
    }

    @Override
    public void updateCapacity(CapacityChannel channel) {
        download.grantTo(channel);
    }

    @Override
    public void consume(ByteBuffer bytes) {
        if (!stopped) {
            download.put(bytes);
        }
    }

    @Override
    public void streamEnd(@Nullable List<? extends Header> trailers) {
        if (!stopped) {
            complete();
        }
    }

    private void complete() {
        leave();
        owner.ended();
    }

    @Override
    void stop() {
        stopped = true;
    }

    @Override
    public void releaseResources() {
        // the download has them, and may be read on
    }
}
