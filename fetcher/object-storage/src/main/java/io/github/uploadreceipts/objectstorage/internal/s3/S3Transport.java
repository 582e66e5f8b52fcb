package io.github.uploadreceipts.objectstorage.internal.s3;

import java.io.Closeable;
import java.io.IOException;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.SortedMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.classic.MinimalHttpClient;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.io.entity.ByteBufferEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * Connections to a store. It uses HttpClient's minimal client, which has no redirects, proxies, retries, cookies,
 * authentication or content decoding. So none of these has to be turned off.
 */
final class S3Transport implements Closeable {

    private static final int CONNECTIONS = 64;
    private static final long SLOWEST = 64 * 1024; // bytes per second

    private static final Http1Config LIMITS = Http1Config.custom()
            .setMaxLineLength(16 * 1024)
            .setMaxHeaderCount(100)
            .setMaxEmptyLineCount(2)
            .build();

    /** How long a step may take. */
    record Times(Duration connect, Duration silence, Duration whole) {

        static final Times USUAL = new Times(Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofMinutes(5));
    }

    private final S3Bucket bucket;
    private final HttpHost host;
    private final Times times;
    private final MinimalHttpClient http;
    private final RequestConfig config;
    private final ScheduledThreadPoolExecutor alarms;

    S3Transport(S3Bucket bucket, Times times) {
        this.bucket = bucket;
        this.host = new HttpHost(bucket.scheme(), bucket.host(), bucket.port());
        this.times = times;
        this.http = HttpClients.createMinimal(new Pool().open(times));
        this.config = RequestConfig.custom()
                .setConnectionRequestTimeout(Timeout.of(times.silence()))
                .setResponseTimeout(Timeout.of(times.silence()))
                .build();
        this.alarms = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "upload-receipts-s3-alarm");
            thread.setDaemon(true);
            return thread;
        });
        alarms.setRemoveOnCancelPolicy(true);
    }

    /** A request on its way. Ending it twice is as good as once. */
    record Exchange(HttpUriRequestBase request, ClassicHttpResponse response, Future<?> alarm) implements Closeable {

        /** Gives the connection back if the whole body was read. */
        @Override
        public void close() throws IOException {
            alarm.cancel(false);
            response.close();
        }

        /** Closes the connection: closing the response would read the rest of the body. */
        void abort() {
            alarm.cancel(false);
            request.abort();
        }

        /** Lets a body be read for as long as bytes arrive. */
        void stopAlarm() {
            alarm.cancel(false);
        }
    }

    /** Sends a signed request, and returns when the head of the response is there. The caller closes or aborts it. */
    Exchange send(S3Request request, SortedMap<String, String> fields) throws IOException {
        HttpUriRequestBase message = message(request, fields);
        long millis = times.whole().toMillis() + 1000L * request.body().remaining() / SLOWEST;
        Future<?> alarm = alarms.schedule(message::abort, millis, TimeUnit.MILLISECONDS);
        boolean sent = false;
        try {
            Exchange exchange =
                    new Exchange(message, http.executeOpen(host, message, HttpClientContext.create()), alarm);
            sent = true;
            return exchange;
        } catch (RuntimeException e) {
            if (message.isAborted()) { // between two steps of the client, which does not expect that there
                throw new IOException("no response in time", e);
            }
            throw e;
        } finally {
            if (!sent) {
                alarm.cancel(false);
            }
        }
    }

    private HttpUriRequestBase message(S3Request request, SortedMap<String, String> fields) {
        HttpUriRequestBase message = new HttpUriRequestBase(request.method(), URI.create(host.toURI()));
        String query = Signing.query(request.query());
        message.setPath(bucket.path(request.key()) + (query.isEmpty() ? "" : "?" + query));
        fields.forEach(message::setHeader);
        message.setHeader(HttpHeaders.ACCEPT_ENCODING, "identity");
        message.setHeader(HttpHeaders.USER_AGENT, "upload-receipts");
        if (request.method().equals("PUT") || request.method().equals("POST")) {
            message.setEntity(new ByteBufferEntity(request.body(), null));
        }
        message.setConfig(config);
        return message;
    }

    @Override
    public void close() {
        http.close(CloseMode.IMMEDIATE);
        alarms.shutdownNow();
    }

    /** Opens connections without a proxy: {@code new Socket()} would obey {@code -DsocksProxyHost}. */
    private static final class Pool extends PoolingHttpClientConnectionManagerBuilder {

        PoolingHttpClientConnectionManager open(Times times) {
            AtomicLong count = new AtomicLong();
            return setDnsResolver(SystemDefaultDnsResolver.INSTANCE)
                    .setTlsSocketStrategy(new DefaultClientTlsStrategy(tls()))
                    .setConnectionFactory(socket -> new QuietConnection("s3-" + count.incrementAndGet(), LIMITS))
                    .setDefaultConnectionConfig(ConnectionConfig.custom()
                            .setConnectTimeout(Timeout.of(times.connect()))
                            .setSocketTimeout(Timeout.of(times.silence()))
                            .setIdleTimeout(Timeout.ofSeconds(10))
                            .setValidateAfterInactivity(TimeValue.ofMilliseconds(500))
                            .build())
                    .setMaxConnTotal(CONNECTIONS)
                    .setMaxConnPerRoute(CONNECTIONS)
                    .build();
        }

        private static SSLContext tls() {
            try {
                return SSLContext.getDefault();
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("the JVM's default SSLContext cannot be made", e);
            }
        }

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
}
