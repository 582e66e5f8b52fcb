package io.github.uploadreceipts.objectstorage.internal.swift;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Proxy;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.classic.MinimalHttpClient;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.DefaultManagedHttpClientConnection;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.core5.http.impl.io.SocketHolder;
import org.apache.hc.core5.http.io.entity.EntityTemplate;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Connections to Swift. HttpClient's minimal client has no redirects, proxies, retries, cookies, authentication or
 * content decoding, so none of these has to be turned off.
 */
final class SwiftHttp implements Closeable {

    private static final int CONNECTIONS = 64;
    private static final Timeout CONNECT = Timeout.ofSeconds(5);

    /** How long Swift may be silent. Its proxy waits up to a minute for its own servers. */
    private static final Timeout SILENCE = Timeout.ofSeconds(60);

    /** From here on, a refusal is awaited before the body is sent: Swift closes the connection after most of them. */
    private static final int LARGE = 64 * 1024;

    private static final Http1Config LIMITS = Http1Config.custom()
            .setMaxLineLength(16 * 1024)
            .setMaxHeaderCount(200)
            .setMaxEmptyLineCount(2)
            .build();

    private final PoolingHttpClientConnectionManager pool;
    private final MinimalHttpClient http;
    private final ScheduledThreadPoolExecutor alarms;

    SwiftHttp() {
        this.pool = new Pool()
                .setTlsSocketStrategy(new DefaultClientTlsStrategy(defaultTls()))
                .setConnectionFactory(socket -> new QuietConnection())
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(CONNECT)
                        .setSocketTimeout(SILENCE)
                        .setIdleTimeout(Timeout.ofSeconds(20))
                        .setValidateAfterInactivity(TimeValue.ofMilliseconds(500))
                        .build())
                .setMaxConnTotal(CONNECTIONS)
                .setMaxConnPerRoute(CONNECTIONS)
                .build();
        this.http = HttpClients.createMinimal(pool);
        this.alarms = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "upload-receipts-swift-alarm");
            thread.setDaemon(true);
            return thread;
        });
        alarms.setRemoveOnCancelPolicy(true);
    }

    private static SSLContext defaultTls() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JVM's default SSLContext cannot be made", e);
        }
    }

    /** Sends a request, and returns the response, which the caller closes. */
    SwiftResponse send(SwiftRequest request, @Nullable String token) throws IOException {
        HttpUriRequestBase sent = new HttpUriRequestBase(request.method(), request.uri());
        sent.setConfig(RequestConfig.custom()
                .setConnectionRequestTimeout(SILENCE)
                .setResponseTimeout(Timeout.of(request.limit()))
                .build());
        request.fields().forEach(sent::setHeader);
        if (token != null) {
            sent.setHeader("X-Auth-Token", token);
        }
        ByteBuffer body = request.body();
        if (body != null) {
            sent.setEntity(new EntityTemplate(body.remaining(), null, null, out -> write(body.duplicate(), out)));
            if (body.remaining() >= LARGE) {
                sent.setHeader(HttpHeaders.EXPECT, "100-continue");
            }
        }
        Future<?> alarm = alarms.schedule(sent::cancel, request.limit().toMillis(), TimeUnit.MILLISECONDS);
        try {
            HttpHost host = HttpHost.create(request.uri());
            ClassicHttpResponse response = http.executeOpen(host, sent, HttpClientContext.create());
            return new SwiftResponse(request, sent, response, alarm);
        } catch (IOException e) {
            alarm.cancel(false);
            throw e;
        } catch (RuntimeException e) {
            alarm.cancel(false);
            if (sent.isAborted()) { // between two steps of the client, which does not expect that there
                throw new IOException("took longer than " + request.limit().toSeconds() + " s", e);
            }
            throw e;
        }
    }

    /** Closes connections that wait for a request. If Swift has closed one of them, it probably has closed all. */
    void closeIdle() {
        pool.closeIdle(TimeValue.ZERO_MILLISECONDS);
    }

    private static void write(ByteBuffer bytes, OutputStream out) throws IOException {
        byte[] some = new byte[Math.min(bytes.remaining(), 16 * 1024)];
        while (bytes.hasRemaining()) {
            int length = Math.min(some.length, bytes.remaining());
            bytes.get(some, 0, length);
            out.write(some, 0, length);
        }
    }

    @Override
    public void close() {
        alarms.shutdownNow();
        http.close(CloseMode.IMMEDIATE);
    }

    private static final class Pool extends PoolingHttpClientConnectionManagerBuilder {

        /** {@code new Socket()} would obey {@code -DsocksProxyHost}. */
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

    /** The client's own connection logs requests and responses at debug level, with the tokens. */
    private static final class QuietConnection extends DefaultManagedHttpClientConnection {

        QuietConnection() {
            super("swift", null, null, LIMITS, null, null, null, new DefaultHttpResponseParserFactory(LIMITS));
        }

        @Override
        public void bind(Socket socket) throws IOException {
            bind(new SocketHolder(socket));
        }

        @Override
        public void bind(SSLSocket secured, Socket socket) throws IOException {
            bind(new SocketHolder(secured, socket));
        }

        @Override
        protected void onRequestSubmitted(ClassicHttpRequest request) {}

        @Override
        protected void onResponseReceived(ClassicHttpResponse response) {}
    }
}
