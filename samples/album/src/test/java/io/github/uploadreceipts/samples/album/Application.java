package io.github.uploadreceipts.samples.album;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * An application with security holes. Its response has the headers that the request's {@code Response-} headers name, and
 * its body shows the request.
 */
final class Application implements Closeable {

    private static final int PATIENCE_SECONDS = 120;

    private final HttpServer server;
    private final Semaphore eventsSeen = new Semaphore(0);

    private Application() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", Application::respond);
        server.createContext("/uploads/events", this::stream);
        server.start();
    }

    static Application start() throws IOException {
        return new Application();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private static void respond(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
        StringBuilder seen = new StringBuilder(exchange.getRequestURI() + "\n");
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (name.startsWith("Response-")) {
                exchange.getResponseHeaders().add(name.substring("Response-".length()), values.get(0));
            } else {
                seen.append(name).append(": ").append(values).append('\n');
            }
        });
        String status = exchange.getRequestHeaders().getFirst("Status");
        byte[] body = seen.toString().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status == null ? 200 : Integer.parseInt(status), body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** Sends an event, and another one that says whether a client has seen the first before. */
    private void stream(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
        exchange.getResponseHeaders().add("X-Accel-Buffering", "no");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write("data: first\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            boolean seen = eventsSeen.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS);
            out.write(("data: " + (seen ? "seen" : "not seen") + "\n\n").getBytes(StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Is told that a client has seen the first event. */
    void eventSeen() {
        eventsSeen.release();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
