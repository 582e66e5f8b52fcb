package io.github.uploadreceipts.fetch.internal.connect;

import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.internal.peer.TraceContext;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.Future;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;

/** Sends requests to peers, each with its own peer token, and turns failures into {@link PeerException}s. */
public final class PeerClient implements Closeable {

    private final AllowedPeers allowed;
    private final PeerTokens tokens;
    private final Transport transport;
    private final RefusingPeers refusing;
    private final Optional<String> trace;

    /**
     * Creates a client.
     *
     * @param tokens mints the tokens of the requests
     * @param transport takes the requests to the peers; closing the client closes it
     */
    public PeerClient(AllowedPeers allowed, PeerTokens tokens, Transport transport) {
        this.allowed = allowed;
        this.tokens = tokens;
        this.transport = transport;
        this.refusing = new RefusingPeers();
        this.trace = Optional.empty();
    }

    private PeerClient(PeerClient other, Optional<String> trace) {
        this.allowed = other.allowed;
        this.tokens = other.tokens;
        this.transport = other.transport;
        this.refusing = other.refusing;
        this.trace = trace;
    }

    /** Returns this client for requests that belong to a trace. It shares the transport, and is not closed by itself. */
    public PeerClient in(Optional<String> context) {
        return new PeerClient(this, context);
    }

    /** Reads a response. */
    public interface Reader<T> {

        /** Reads {@code response}, which is closed afterwards. */
        T read(PeerResponse response) throws PeerException, IOException;
    }

    /**
     * Sends {@code asked}, and has {@code reader} read the response before the {@code deadline}.
     *
     * @param offset the offset of the first byte to request
     * @param silence ends when the head of the response comes; if it gets too long, the request is aborted
     * @throws PeerException if anything fails; an {@link IOException} of {@code reader} counts as a failure of the
     *     connection
     */
    public <T> T send(PeerRequest asked, long offset, Deadline deadline, Silence silence, Reader<T> reader)
            throws PeerException {
        HttpHost target = allowed.target(asked.location().base());
        HttpUriRequestBase request = request(asked, offset);
        Deadline.Abortable abort = request::abort;
        deadline.requireTime();
        deadline.register(abort);
        Future<?> alarm = deadline.alarm(silence.left(), abort);
        try (PeerResponse response = new PeerResponse(request, transport.send(target, request))) {
            alarm.cancel(false);
            silence.end();
            refusing.note(target, response.status());
            return reader.read(response);
        } catch (PeerException e) {
            throw e;
        } catch (IOException e) {
            deadline.requireTime();
            throw silence.explaining(e);
        } finally {
            alarm.cancel(false);
            deadline.unregister(abort);
        }
    }

    private HttpUriRequestBase request(PeerRequest asked, long offset) {
        HttpUriRequestBase request = new HttpUriRequestBase(
                asked.method(), URI.create(asked.location().toString()));
        request.setHeader(HttpHeaders.AUTHORIZATION, "Bearer " + tokens.mint(asked));
        request.setHeader(HttpHeaders.ACCEPT_ENCODING, "identity");
        request.setHeader(HttpHeaders.USER_AGENT, "upload-receipts");
        trace.ifPresent(context -> request.setHeader(TraceContext.FIELD, context));
        if (offset > 0) {
            request.setHeader(HttpHeaders.RANGE, "bytes=" + offset + "-");
            request.setHeader(HttpHeaders.IF_RANGE, asked.entityTag());
        }
        return request;
    }

    /** Closes connections that have been idle for a while. */
    public void closeIdle() {
        transport.closeIdle();
    }

    /** Closes all connections, in use or not. */
    @Override
    public void close() {
        transport.close();
    }
}
