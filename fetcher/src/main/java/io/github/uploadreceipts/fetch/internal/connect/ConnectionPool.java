package io.github.uploadreceipts.fetch.internal.connect;

import java.net.Proxy;
import java.net.Socket;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * Creates the pool of connections to peers. They go to checked addresses only, never through a proxy. All is limited.
 */
public final class ConnectionPool extends PoolingHttpClientConnectionManagerBuilder {

    /** How long a connection may be idle before it is closed. */
    public static final TimeValue IDLE = TimeValue.ofSeconds(10);

    /** How many interim responses, such as 100 (Continue) and 103 (Early Hints), may come before a response. */
    public static final int MAX_INTERIM_RESPONSES = 16;

    private static final int MAX_LINE = 16 * 1024;
    private static final int MAX_FIELDS = 100;

    /** The limits for the head of a response. */
    public static final Http1Config LIMITS = Http1Config.custom()
            .setMaxLineLength(MAX_LINE)
            .setMaxHeaderCount(MAX_FIELDS)
            .setMaxEmptyLineCount(2)
            .build();

    private ConnectionPool() {}

    /** Returns the JVM's default for TLS. */
    public static SSLContext defaultTls() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JVM's default SSLContext cannot be made; set sslContext", e);
        }
    }

    /**
     * Opens a pool.
     *
     * @param size the maximum number of connections
     */
    public static PoolingHttpClientConnectionManager open(
            DnsResolver resolver, SSLContext tls, int size, Timeouts timeouts) {
        AtomicLong count = new AtomicLong();
        return new ConnectionPool()
                .setDnsResolver(resolver)
                .setTlsSocketStrategy(new DefaultClientTlsStrategy(tls))
                .setConnectionFactory(socket -> new QuietConnection("peer-" + count.incrementAndGet(), LIMITS))
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(Timeout.of(timeouts.connect()))
                        .setSocketTimeout(Timeout.of(timeouts.response()))
                        .setIdleTimeout(Timeout.of(IDLE.toDuration()))
                        .setValidateAfterInactivity(TimeValue.ofMilliseconds(500))
                        .build())
                .setMaxConnTotal(size)
                .setMaxConnPerRoute(size)
                .build();
    }

    /**
     * Returns an operator whose sockets use no proxy. {@code new Socket()} would obey {@code -DsocksProxyHost}, and the
     * proxy would connect to an address that we have not checked.
     */
    @Override
    protected HttpClientConnectionOperator createConnectionOperator(
            SchemePortResolver ports, DnsResolver resolver, TlsSocketStrategy tls) {
        return new DefaultHttpClientConnectionOperator(
                proxy -> new Socket(Proxy.NO_PROXY),
                ports,
                resolver,
                RegistryBuilder.<TlsSocketStrategy>create()
                        .register(URIScheme.HTTPS.id, tls)
                        .build());
    }
}
