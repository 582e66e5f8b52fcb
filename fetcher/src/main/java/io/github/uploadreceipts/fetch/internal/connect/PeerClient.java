package io.github.uploadreceipts.fetch.internal.connect;

import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.internal.peer.TraceContext;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.classic.MinimalHttpClient;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;

/**
 * Sends requests to peers, each with its own peer token, and turns failures into {@link PeerException}s. It uses
 * HttpClient's minimal client, which has no redirects, proxies, retries, cookies, authentication or content decoding.
 * So none of these has to be turned off.
 */
public final class PeerClient implements Closeable {

    private final AllowedPeers allowed;
    private final PeerTokens tokens;
    private final PoolingHttpClientConnectionManager pool;
    private final MinimalHttpClient http;
    private final RequestConfig config;
    private final RefusingPeers refusing;
    private final Optional<String> trace;

    /**
     * Creates a client, which opens no connection yet.
     *
     * @param tokens mints the tokens of the requests
     * @param connections the maximum number of connections
     */
    public PeerClient(
            AllowedPeers allowed,
            CheckedResolver resolver,
            PeerTokens tokens,
            SSLContext tls,
            int connections,
            Timeouts timeouts) {
        this.allowed = allowed;
        this.tokens = tokens;
        this.pool = ConnectionPool.open(resolver, tls, connections, timeouts);
        this.http = HttpClients.createMinimal(pool);
        this.config = RequestConfig.custom()
                .setConnectionRequestTimeout(Timeout.of(timeouts.response()))
                .setResponseTimeout(Timeout.of(timeouts.response()))
                .build();
        this.refusing = new RefusingPeers();
        this.trace = Optional.empty();
    }

    private PeerClient(PeerClient other, Optional<String> trace) {
        this.allowed = other.allowed;
        this.tokens = other.tokens;
        this.pool = other.pool;
        this.http = other.http;
        this.config = other.config;
        this.refusing = other.refusing;
        this.trace = trace;
    }

    /** Returns this client for requests that belong to a trace. It shares the connections, and is not closed by itself. */
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
        try (PeerResponse response = execute(target, request)) {
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
        request.setConfig(config);
        request.setHeader(HttpHeaders.AUTHORIZATION, "Bearer " + tokens.mint(asked));
        request.setHeader(HttpHeaders.ACCEPT_ENCODING, "identity");
        request.setHeader(HttpHeaders.USER_AGENT, "upload-receipts");
        trace.ifPresent(context -> request.setHeader(TraceContext.FIELD, context));
        if (offset > 0) {
            request.setHeader(HttpHeaders.RANGE, "bytes=" + offset + "-");
            request.setHeader(HttpHeaders.IF_RANGE, asked.digest().entityTag());
        }
        return request;
    }

    private PeerResponse execute(HttpHost target, HttpUriRequestBase request) throws IOException {
        try {
            return new PeerResponse(request, http.executeOpen(target, request, HttpClientContext.create()));
        } catch (RuntimeException e) {
            if (request.isAborted()) { // between two steps of the client, which does not expect that there
                throw new IOException("aborted", e);
            }
            throw e;
        }
    }

    /** Closes connections that have been idle for a while. */
    public void closeIdle() {
        pool.closeIdle(ConnectionPool.IDLE);
    }

    /** Closes all connections, in use or not. */
    @Override
    public void close() {
        http.close(CloseMode.IMMEDIATE);
    }
}
