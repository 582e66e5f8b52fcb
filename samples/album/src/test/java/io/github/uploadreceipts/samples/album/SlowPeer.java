package io.github.uploadreceipts.samples.album;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Serves the uploads of a stopped host to the other hosts, in that host's place, in many small pieces. */
final class SlowPeer implements Closeable {

    private static final String PATH = "/internal/uploads/";
    private static final int PIECES = 50;

    private final Path uploads;
    private final long millis;
    private final HttpServer server;
    private final AtomicInteger served = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private SlowPeer(HostPlan plan, long millis) throws IOException, InterruptedException {
        this.uploads = plan.store().resolve("uploads");
        this.millis = millis;
        this.server = bind(plan.peerPort());
        server.setExecutor(threads);
        server.createContext(PATH, this::serve);
        server.start();
    }

    /** @param millis how long each upload takes */
    static SlowPeer inPlaceOf(HostPlan stopped, long millis) throws IOException, InterruptedException {
        return new SlowPeer(stopped, millis);
    }

    private static HttpServer bind(int port) throws IOException, InterruptedException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        for (int i = 0; i < 200; i++) {
            try {
                return HttpServer.create(address, 0);
            } catch (BindException e) {
                Thread.sleep(50); // the host is being stopped
            }
        }
        return HttpServer.create(address, 0);
    }

    /** Returns how many times it has begun to send an upload. */
    int served() {
        return served.get();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath().substring(PATH.length());
            byte[] bytes = Files.readAllBytes(uploads.resolve(path));
            switch (exchange.getRequestMethod()) {
                case "HEAD" -> {
                    exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
                    exchange.sendResponseHeaders(200, -1);
                }
                case "GET" -> send(exchange, bytes);
                default -> exchange.sendResponseHeaders(204, -1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void send(HttpExchange exchange, byte[] bytes) throws IOException, InterruptedException {
        served.incrementAndGet();
        exchange.sendResponseHeaders(200, bytes.length);
        OutputStream out = exchange.getResponseBody();
        for (int i = 0; i < PIECES; i++) {
            int from = (int) ((long) bytes.length * i / PIECES);
            out.write(bytes, from, (int) ((long) bytes.length * (i + 1) / PIECES) - from);
            out.flush();
            Thread.sleep(millis / PIECES);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
