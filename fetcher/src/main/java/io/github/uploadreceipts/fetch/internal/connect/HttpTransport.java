package io.github.uploadreceipts.fetch.internal.connect;

import java.io.IOException;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.classic.MinimalHttpClient;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;

/**
 * Connections to peers, or to receivers of webhooks. It uses HttpClient's minimal client, which has no redirects, proxies, retries, cookies,
 * authentication or content decoding. So none of these has to be turned off.
 */
public final class HttpTransport implements Transport {

    private final PoolingHttpClientConnectionManager pool;
    private final MinimalHttpClient http;
    private final RequestConfig config;

    /**
     * Creates a transport, which opens no connection yet.
     *
     * @param connections the maximum number of connections
     */
    public HttpTransport(DnsResolver resolver, SSLContext tls, int connections, Timeouts timeouts) {
        this.pool = ConnectionPool.open(resolver, tls, connections, timeouts);
        this.http = HttpClients.createMinimal(pool);
        this.config = RequestConfig.custom()
                .setConnectionRequestTimeout(Timeout.of(timeouts.response()))
                .setResponseTimeout(Timeout.of(timeouts.response()))
                .build();
    }

    @Override
    public ClassicHttpResponse send(HttpHost peer, HttpUriRequestBase request) throws IOException {
        request.setConfig(config);
        try {
            return http.executeOpen(peer, request, HttpClientContext.create());
        } catch (RuntimeException e) {
            if (request.isAborted()) { // between two steps of the client, which does not expect that there
                throw new IOException("aborted", e);
            }
            throw e;
        }
    }

    @Override
    public void closeIdle() {
        pool.closeIdle(ConnectionPool.IDLE);
    }

    @Override
    public void close() {
        http.close(CloseMode.IMMEDIATE);
    }
}
