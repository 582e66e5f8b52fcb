package io.github.uploadreceipts.fetch.internal.connect;

import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.store.Location;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
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
 * Sends requests to peers, each with a token of its own, and says what went wrong in our words. The client below is the
 * minimal one, which has no redirects, proxies, retries, cookies, authentication or content decoding to be turned off.
 */
final class PeerClient implements Closeable {

    private final UploadHost host;
    private final PeerPolicy policy;
    private final PeerTokens tokens;
    private final PoolingHttpClientConnectionManager pool;
    private final MinimalHttpClient http;
    private final RequestConfig timeouts;

    PeerClient(
            UploadHost host,
            PeerPolicy policy,
            DnsResolver names,
            SSLContext tls,
            int connections,
            Duration connectTimeout,
            Duration responseTimeout) {
        this.host = host;
        this.policy = policy;
        this.tokens = new PeerTokens(host.keyRing(), host.clock());
        this.pool = ConnectionPool.open(
                new CheckedResolver(host, policy, names), tls, connections, connectTimeout, responseTimeout);
        this.http = HttpClients.createMinimal(pool);
        this.timeouts = RequestConfig.custom()
                .setConnectionRequestTimeout(Timeout.of(responseTimeout))
                .setResponseTimeout(Timeout.of(responseTimeout))
                .build();
    }

    /** What is done with an answer. */
    interface Reader<T> {
        T read(PeerResponse answer) throws PeerException, IOException;
    }

    /**
     * Sends {@code asked} and has its answer read by {@code reader}, in the time that {@code deadline} leaves.
     *
     * @param offset the first byte wanted
     * @throws PeerException whatever goes wrong, {@code reader}'s {@link IOException}s included: they are the connection's
     */
    <T> T send(PeerRequest asked, long offset, Deadline deadline, Reader<T> reader) throws PeerException {
        policy.requireAllowed(asked.location().base(), host);
        HttpUriRequestBase request = request(asked, offset);
        Deadline.Abortable abort = request::abort;
        deadline.requireTime();
        deadline.register(abort);
        try (PeerResponse answer = execute(request, asked.location())) {
            return reader.read(answer);
        } catch (PeerException e) {
            throw e;
        } catch (IOException e) {
            deadline.requireTime();
            throw PeerException.explaining(e);
        } finally {
            deadline.unregister(abort);
        }
    }

    private HttpUriRequestBase request(PeerRequest asked, long offset) {
        HttpUriRequestBase request = new HttpUriRequestBase(
                asked.method(), URI.create(asked.location().toString()));
        request.setConfig(timeouts);
        request.setHeader(HttpHeaders.AUTHORIZATION, "Bearer " + tokens.mint(asked));
        request.setHeader(HttpHeaders.ACCEPT_ENCODING, "identity");
        request.setHeader(HttpHeaders.USER_AGENT, "upload-receipts");
        if (offset > 0) {
            request.setHeader(HttpHeaders.RANGE, "bytes=" + offset + "-");
            request.setHeader(HttpHeaders.IF_RANGE, asked.digest().entityTag());
        }
        return request;
    }

    private PeerResponse execute(HttpUriRequestBase request, Location location) throws IOException {
        HttpHost target =
                new HttpHost(location.base().getScheme(), location.base().getHost(), location.port());
        return new PeerResponse(request, http.executeOpen(target, request, HttpClientContext.create()));
    }

    /** Closes connections that nobody has used for a while. */
    void closeIdle() {
        pool.closeIdle(ConnectionPool.IDLE);
    }

    /** Closes all connections, in use or not. */
    @Override
    public void close() {
        http.close(CloseMode.IMMEDIATE);
    }
}
