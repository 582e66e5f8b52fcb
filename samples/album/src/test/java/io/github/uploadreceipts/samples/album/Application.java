package io.github.uploadreceipts.samples.album;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * An application with security holes. Its response has the headers that the request's {@code Response-} headers name, and
 * its body shows the request.
 */
final class Application implements Closeable {

    private final HttpServer server;

    private Application() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", Application::respond);
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

    @Override
    public void close() {
        server.stop(0);
    }
}
