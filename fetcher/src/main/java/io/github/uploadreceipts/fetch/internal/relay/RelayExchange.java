package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.internal.peer.PeerRelay.Body;
import io.github.uploadreceipts.internal.peer.PeerRelay.Response;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.impl.BasicEntityDetails;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.apache.hc.core5.http.nio.RequestChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.reactor.IOSession;
import org.jspecify.annotations.Nullable;

/**
 * A relayed request on one connection: sends the head and the body, and collects the response. Any thread may also call
 * {@link #wake}.
 */
final class RelayExchange extends Exchange {

    private static final int MAX_RESPONSE = 1 << 20; // enough for the receipts of a form with many files

    private final Owner owner;
    private final RelayMessage message;
    private final HttpHost target;
    private final Patience patience;
    private final SpareBuffers buffers;

    private volatile @Nullable DataStreamChannel output; // set while more of the body may come
    private @Nullable ByteBuffer unsent; // read from the body, not yet written
    private long read;
    private boolean more; // whether more of the body may be readable now
    private boolean sent; // whether the whole request was sent
    private boolean stopped; // whether reading the body has stopped for good
    private int status;
    private Map<String, String> fields = Map.of();
    private final ByteArrayOutputStream content = new ByteArrayOutputStream(0);

    /** The request that this exchange sends. */
    interface Owner extends Exchange.Owner {

        /** Is called when the response is complete. */
        void responded(Response complete);
    }

    RelayExchange(
            Owner owner,
            RelayMessage message,
            HttpHost target,
            IOSession session,
            Patience patience,
            SpareBuffers buffers) {
        super(owner, session);
        this.owner = owner;
        this.message = message;
        this.target = target;
        this.patience = patience;
        this.buffers = buffers;
    }

    /** Is called when more of the body may be readable. */
    void wake() {
        DataStreamChannel channel = output;
        if (channel != null) {
            try {
                channel.requestOutput();
            } catch (CancelledKeyException e) {
                // the connection was closed, and the owner will be told
            }
        }
    }

    @Override
    public void produceRequest(RequestChannel channel, HttpContext context) throws HttpException, IOException {
        patience.stop();
        BasicHttpRequest head = message.head(target);
        if (message.body() == null) {
            allSent();
            channel.sendRequest(head, null, context);
        } else {
            channel.sendRequest(head, new BasicEntityDetails(message.length(), null), context);
        }
    }

    @Override
    public int available() {
        return !stopped && (unsent != null || more) ? 1 : 0;
    }

    /** Sends at most one buffer, so that requests on the same thread take turns. */
    @Override
    public void produce(DataStreamChannel channel) throws IOException {
        Body body = message.body();
        if (stopped || sent || body == null) {
            return;
        }
        output = channel;
        try {
            if (unsent == null && read(body) < 0) {
                requireWhole();
                allSent();
                channel.endStream();
            }
        } catch (BodyException e) {
            giveUp(e);
        }
        if (unsent != null) {
            write(unsent, channel);
        }
    }

    private int read(Body body) throws BodyException {
        ByteBuffer bytes = buffers.take();
        if (message.length() > 0) {
            bytes.limit((int) Math.min(bytes.capacity(), message.length() - read));
        }
        int count;
        try {
            count = body.read(bytes);
        } catch (IOException e) {
            throw new BodyException(e);
        } catch (RuntimeException e) {
            throw new BodyException(new IOException("the body cannot be read", e));
        }
        more = count > 0;
        if (more) {
            touch();
            read += count;
            unsent = bytes.flip();
        } else {
            patience.stop(); // the exchange now waits for the client, which may be slow
            buffers.giveBack(bytes);
        }
        return count;
    }

    private void requireWhole() throws BodyException {
        if (message.length() > 0) {
            throw new BodyException(new EOFException("the body ended before its length"));
        }
    }

    /** Writes to the peer. The peer's time-out runs until there is nothing more to write. */
    private void write(ByteBuffer bytes, DataStreamChannel channel) throws IOException {
        if (!patience.isRunning()) {
            patience.awaitPeer();
        }
        if (channel.write(bytes) > 0) {
            patience.awaitPeer();
        }
        if (!bytes.hasRemaining()) {
            releaseBuffer();
            if (read == message.length()) {
                allSent();
                channel.endStream();
            }
        }
    }

    private void allSent() {
        sent = true;
        more = false;
        output = null;
        patience.awaitPeer();
    }

    /** Stops reading the body, even if it has not ended: the peer has responded without the rest. */
    @Override
    public void consumeResponse(HttpResponse response, @Nullable EntityDetails entity, HttpContext context) {
        touch();
        stop();
        patience.awaitPeer();
        status = response.getCode();
        fields = new HashMap<>();
        for (Header field : response.getHeaders()) {
            fields.putIfAbsent(
                    field.getName().toLowerCase(Locale.ROOT), Objects.requireNonNullElse(field.getValue(), ""));
        }
        if (entity == null) {
            complete();
        }
    }

    @Override
    public void updateCapacity(CapacityChannel channel) throws IOException {
        channel.update(Integer.MAX_VALUE);
    }

    @Override
    public void consume(ByteBuffer bytes) {
        if (content.size() + bytes.remaining() > MAX_RESPONSE) {
            giveUp(new PeerException(
                    Kind.REFUSED, Remedy.ELSEWHERE, "the response is longer than " + MAX_RESPONSE + " bytes"));
            return;
        }
        byte[] some = new byte[bytes.remaining()];
        bytes.get(some);
        content.writeBytes(some);
    }

    @Override
    public void streamEnd(@Nullable List<? extends Header> trailers) {
        complete();
    }

    private void complete() {
        if (!sent) {
            close();
        } else {
            leave();
        }
        owner.responded(new Response(
                status, fields, ByteBuffer.wrap(content.toByteArray()).asReadOnlyBuffer()));
    }

    @Override
    void stop() {
        stopped = true;
        output = null;
        releaseBuffer();
    }

    private void releaseBuffer() {
        ByteBuffer bytes = unsent;
        unsent = null;
        if (bytes != null) {
            buffers.giveBack(bytes);
        }
    }

    @Override
    public void releaseResources() {
        releaseBuffer();
    }
}
