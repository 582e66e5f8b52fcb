package io.github.uploadreceipts.fetch.internal.relay;

import io.github.uploadreceipts.fetch.internal.connect.ConnectionPool;
import io.github.uploadreceipts.internal.Loggers;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpConnection;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.CharCodingConfig;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.nio.ClientHttp1StreamDuplexerFactory;
import org.apache.hc.core5.http.protocol.DefaultHttpProcessor;
import org.apache.hc.core5.http.protocol.RequestTargetHost;
import org.apache.hc.core5.http.ssl.TLS;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.DefaultConnectingIOReactor;
import org.apache.hc.core5.reactor.IOEventHandler;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.reactor.ProtocolIOSession;
import org.apache.hc.core5.reactor.ssl.SSLBufferMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * The connections on which requests are relayed, and the few threads that serve them. This uses the I/O reactor of
 * HttpCore directly: the asynchronous HTTP client on top of it resolves names on the calling thread, and logs requests
 * with their tokens. No proxy has to be turned off, because NIO channels ignore {@code -DsocksProxyHost}.
 */
final class RelayConnections implements Closeable {

    private static final Logger LOG = System.getLogger(Loggers.FETCH);

    private static final int IO_THREADS = Math.min(2, Runtime.getRuntime().availableProcessors());
    private static final int NAME_THREADS = 2;
    private static final int BUFFER = 8 * 1024; // each connection has three
    private static final TimeValue TICK = TimeValue.ofMilliseconds(250);
    private static final TimeValue CLOSING = TimeValue.ofSeconds(2);

    /**
     * Fields are decoded and encoded as ISO-8859-1, as containers do. The default of HttpCore turns characters other
     * than ASCII and the letters of Latin-1 into question marks.
     */
    private static final CharCodingConfig BYTE_BY_CHARACTER = CharCodingConfig.custom()
            .setCharset(StandardCharsets.ISO_8859_1)
            .setMalformedInputAction(CodingErrorAction.REPLACE)
            .setUnmappableInputAction(CodingErrorAction.REPLACE)
            .build();

    private final DefaultConnectingIOReactor reactor;
    private final ThreadPoolExecutor resolving;
    private final DnsResolver resolver;
    private final SSLContext tls;
    private final Timeout connectTimeout;
    private final ClientHttp1StreamDuplexerFactory http = new ClientHttp1StreamDuplexerFactory(
            new DefaultHttpProcessor(RequestTargetHost.INSTANCE),
            Http1Config.copy(ConnectionPool.LIMITS)
                    .setBufferSize(BUFFER)
                    .setInitialWindowSize(PeerDownload.WINDOW)
                    .build(),
            BYTE_BY_CHARACTER);
    private final Map<HttpHost, Deque<Idle>> idle = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private record Idle(IOSession session, long since) {

        boolean isFresh() {
            boolean http = session.getHandler() instanceof HttpConnection connection && connection.isOpen();
            return http
                    && session.isOpen()
                    && System.nanoTime() - since
                            < ConnectionPool.IDLE.toDuration().toNanos();
        }
    }

    /** A request that needs a connection. */
    interface Caller {

        /** Returns whether the request no longer needs a connection. */
        boolean isOver();

        /** Is called when the name is resolved. From then on, this class limits the time to connect to each address. */
        void resolved();

        /** Is called when the connection is open, before the TLS handshake, if there is one. */
        void connected(IOSession session);

        /** Is called when no connection could be opened. */
        void unconnected(IOException cause);
    }

    RelayConnections(DnsResolver resolver, SSLContext tls, Duration connectTimeout) {
        this.resolver = resolver;
        this.tls = tls;
        this.connectTimeout = Timeout.of(connectTimeout);
        this.reactor = new DefaultConnectingIOReactor(
                this::newHandler,
                IOReactorConfig.custom()
                        .setIoThreadCount(IO_THREADS)
                        .setSelectInterval(TICK)
                        .setTcpNoDelay(true)
                        .setSoKeepAlive(true) // finds dead peers while a client pauses and nothing is written
                        .build(),
                threads("upload-receipts-relay-"),
                null,
                e -> LOG.log(Level.WARNING, "relaying: " + e.getClass().getName()),
                null,
                session -> session.close(CloseMode.IMMEDIATE));
        this.resolving = new ThreadPoolExecutor(
                NAME_THREADS,
                NAME_THREADS,
                ConnectionPool.IDLE.toSeconds(),
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                threads("upload-receipts-relay-names-"));
        resolving.allowCoreThreadTimeOut(true);
        reactor.start();
    }

    private static ThreadFactory threads(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private IOEventHandler newHandler(ProtocolIOSession session, @Nullable Object target) {
        if (target instanceof HttpHost host && URIScheme.HTTPS.same(host.getSchemeName())) {
            session.startTls(
                    tls, host, SSLBufferMode.DYNAMIC, (endpoint, engine) -> secure(engine), null, Timeout.DISABLED);
        }
        return new RelayConnection(http.create(session));
    }

    private static void secure(SSLEngine engine) {
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(TLS.excludeWeak(parameters.getProtocols()));
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        engine.setSSLParameters(parameters);
    }

    /** Returns a kept connection that has not been idle for long, or null if there is none. */
    @Nullable
    IOSession reuse(HttpHost target) {
        Deque<Idle> waiting = idle.getOrDefault(target, new ArrayDeque<>());
        for (Idle one = waiting.poll(); one != null; one = waiting.poll()) {
            if (one.isFresh()) {
                return one.session();
            }
            one.session().close(CloseMode.GRACEFUL);
        }
        return null;
    }

    /** Opens a new connection. */
    void connect(HttpHost target, Caller caller) {
        try {
            resolving.execute(() -> resolve(target, caller));
        } catch (RuntimeException e) {
            caller.unconnected(new ConnectionClosedException());
        }
    }

    private void resolve(HttpHost target, Caller caller) {
        if (caller.isOver()) {
            return;
        }
        InetAddress[] addresses;
        try {
            addresses = resolver.resolve(target.getHostName());
        } catch (IOException e) {
            caller.unconnected(e);
            return;
        }
        caller.resolved();
        connect(target, addresses, 0, caller);
    }

    private void connect(HttpHost target, InetAddress[] addresses, int index, Caller caller) {
        try {
            InetSocketAddress address = new InetSocketAddress(addresses[index], target.getPort());
            var unused = reactor.connect(target, address, null, connectTimeout, target, new FutureCallback<>() {
                @Override
                public void completed(IOSession session) {
                    caller.connected(session);
                }

                @Override
                public void failed(Exception cause) {
                    if (index + 1 < addresses.length && !caller.isOver()) {
                        connect(target, addresses, index + 1, caller);
                    } else {
                        caller.unconnected(unconnected(cause));
                    }
                }

                @Override
                public void cancelled() {
                    caller.unconnected(new ConnectionClosedException());
                }
            });
        } catch (RuntimeException e) {
            caller.unconnected(new IOException(e));
        }
    }

    private static IOException unconnected(Exception cause) {
        if (cause instanceof SocketTimeoutException) {
            return new ConnectTimeoutException("connecting took too long");
        }
        return cause instanceof IOException e ? e : new IOException(cause);
    }

    /** Keeps a connection for the next request. */
    void keep(HttpHost target, IOSession session) {
        idle.computeIfAbsent(target, any -> new ConcurrentLinkedDeque<>()).push(new Idle(session, System.nanoTime()));
        if (closed) {
            session.close(CloseMode.IMMEDIATE);
        }
    }

    /** Closes connections that have been idle for a while. */
    void closeIdle() {
        for (Deque<Idle> waiting : idle.values()) {
            for (Idle one : List.copyOf(waiting)) {
                if (!one.isFresh() && waiting.remove(one)) {
                    one.session().close(CloseMode.GRACEFUL);
                }
            }
        }
    }

    /** Closes all connections, in use or not. A request that uses one is told on the I/O thread of the connection. */
    @Override
    public void close() {
        closed = true;
        resolving.shutdownNow();
        reactor.initiateShutdown();
        try {
            reactor.awaitShutdown(CLOSING);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        reactor.close(CloseMode.IMMEDIATE);
    }
}
