package io.github.uploadreceipts.objectstorage.internal.http;

import io.github.uploadreceipts.store.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Proxy;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
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
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.io.entity.EntityTemplate;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Connections to a store. HttpClient's minimal client has no redirects, proxies, retries, cookies, authentication or
 * content decoding, so none of these has to be turned off.
 */
public final class Connections implements Closeable {

    private static final int CONNECTIONS = 64;

    /** Readers may be slow. The other connections are left for requests. */
    private static final int STREAMS = 48;

    private static final Timeout CONNECT = Timeout.ofSeconds(5);

    /** How long a store may be silent. Swift's proxy waits up to a minute for its own servers. */
    private static final Timeout SILENCE = Timeout.ofSeconds(60);

    /** From here on, a refusal is awaited before the body is sent: stores close the connection after most of them. */
    private static final int LARGE = 64 * 1024;

    private static final int TRIES = 2;
    private static final int PAUSE_MILLIS = 400;

    private final Protocol protocol;
    private final PoolingHttpClientConnectionManager pool;
    private final MinimalHttpClient http;
    private final ScheduledThreadPoolExecutor alarms;
    private final Semaphore streams = new Semaphore(STREAMS);
    private volatile @Nullable Seen seen;

    /** The time at the store, and when it was that time by {@link System#nanoTime}. */
    private record Seen(Instant date, long nanos) {}

    /** Reads a response. */
    public interface Reading<T> {

        /** Returns what was read. */
        T read(Response response) throws IOException;
    }

    /** Sends a request once. */
    public interface Try<T> {

        /** Returns the result. */
        T run() throws IOException;
    }

    /** Opens no connection yet. */
    public Connections(Protocol protocol) {
        this.protocol = protocol;
        this.pool = new Pool()
                .setTlsSocketStrategy(new DefaultClientTlsStrategy(defaultTls()))
                .setConnectionFactory(socket -> new QuietConnection())
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(CONNECT)
                        .setSocketTimeout(SILENCE)
                        .setIdleTimeout(Timeout.ofSeconds(10))
                        .setValidateAfterInactivity(TimeValue.ofMilliseconds(500))
                        .build())
                .setMaxConnTotal(CONNECTIONS)
                .setMaxConnPerRoute(CONNECTIONS)
                .build();
        this.http = HttpClients.createMinimal(pool);
        this.alarms = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "upload-receipts-store-alarm");
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

    /** Sends a request once, and returns the response, which the caller closes. */
    public Response send(Request request) throws IOException {
        HttpUriRequestBase sent = message(request);
        Future<?> alarm = alarm(request, sent);
        try {
            HttpHost host = HttpHost.create(request.uri());
            ClassicHttpResponse head = http.executeOpen(host, sent, HttpClientContext.create());
            Response response = new Response(request, protocol, sent, head, alarm, streams);
            response.date("Date").ifPresent(date -> seen = new Seen(date, System.nanoTime()));
            return response;
        } catch (IOException e) {
            alarm.cancel(false);
            throw e;
        } catch (RuntimeException e) {
            alarm.cancel(false);
            if (alarms.isShutdown()) {
                throw closed(request, e);
            }
            if (sent.isAborted()) { // between two steps of the client, which does not expect that there
                throw new IOException("took longer than " + request.limit().toSeconds() + " s", e);
            }
            throw e;
        }
    }

    private Future<?> alarm(Request request, HttpUriRequestBase sent) throws StoreException {
        try {
            return alarms.schedule(sent::cancel, request.limit().toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            throw closed(request, e);
        }
    }

    /** A store is closed while it still deletes. */
    private static StoreException closed(Request request, RuntimeException cause) {
        return new StoreException.Failed(request + ": the connections are closed", cause);
    }

    private static HttpUriRequestBase message(Request request) {
        HttpUriRequestBase message = new HttpUriRequestBase(request.method(), request.uri());
        message.setConfig(RequestConfig.custom()
                .setConnectionRequestTimeout(SILENCE)
                .setResponseTimeout(request.silence().map(Timeout::of).orElse(SILENCE))
                .build());
        request.fields().forEach(message::setHeader);
        ByteBuffer body = request.body();
        if (body != null) {
            message.setEntity(new EntityTemplate(body.remaining(), null, null, out -> write(body.duplicate(), out)));
            if (body.remaining() >= LARGE) {
                message.setHeader(HttpHeaders.EXPECT, "100-continue");
            }
        }
        return message;
    }

    /** Tries a second time if the store cannot be reached, breaks off, or is unavailable. */
    public <T> T twice(Object request, Try<T> once) throws StoreException {
        for (int attempt = 1; ; attempt++) {
            try {
                return once.run();
            } catch (StoreException.Unavailable e) {
                if (attempt == TRIES) {
                    throw e;
                }
            } catch (StoreException e) {
                throw e;
            } catch (IOException e) {
                if (attempt == TRIES) {
                    throw new StoreException.Unavailable(request + ": " + e, e);
                }
            }
            pause(request);
            // if the store has closed one connection, it probably has closed all that wait for a request
            pool.closeIdle(TimeValue.ZERO_MILLISECONDS);
        }
    }

    private static void pause(Object request) throws StoreException {
        try {
            // half of it random, so that many hosts do not come back at the same time
            Thread.sleep(PAUSE_MILLIS / 2 + ThreadLocalRandom.current().nextLong(PAUSE_MILLIS / 2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException.Failed(request + ": interrupted", new InterruptedIOException());
        }
    }

    /** Returns the time at the store by its latest response, if there was one. */
    public Optional<Instant> time() {
        return Optional.ofNullable(seen).map(at -> at.date.plusNanos(System.nanoTime() - at.nanos));
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
}
