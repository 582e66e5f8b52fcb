package io.github.uploadreceipts.objectstorage.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server on the loopback address that responds with any bytes. Each connection is for one request. */
public final class RawServer implements AutoCloseable {

    private final ServerSocket socket;
    private final Script script;
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    /**
     * A request.
     *
     * @param head its lines, as they came
     * @param body its bytes, each as a character
     */
    public record Request(String head, String body) {

        /** Returns a field, or an empty text. */
        public String field(String name) {
            return head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ": "))
                    .map(line -> line.substring(name.length() + 2))
                    .findFirst()
                    .orElse("");
        }
    }

    /** Writes the response to a request, and returns. Then the connection is closed. */
    public interface Script {

        /** Responds to the request of this number, from 1. */
        void respond(int number, Request request, OutputStream out) throws IOException;
    }

    private RawServer(Script script) throws IOException {
        this.script = script;
        this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    /** Starts a server. */
    public static RawServer start(Script script) throws IOException {
        RawServer server = new RawServer(script);
        Thread thread = new Thread(server::serve, "raw-server");
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    /** Returns a response of text, with a Date. */
    public static byte[] response(String statusAndFields, String body) {
        String text = "HTTP/1.1 " + statusAndFields
                + "\r\nDate: Sun, 29 Nov 2026 06:00:00 GMT\r\nConnection: close\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Returns the URL of the server, without a path. */
    public String url() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    /** Returns the requests so far. */
    public List<Request> requests() {
        return requests;
    }

    private void serve() {
        while (!socket.isClosed()) {
            try (Socket connection = socket.accept()) {
                Request request =
                        read(new BufferedInputStream(connection.getInputStream()), connection.getOutputStream());
                requests.add(request);
                script.respond(requests.size(), request, connection.getOutputStream());
                connection.shutdownOutput();
            } catch (SocketException e) {
                // the client has closed, or this server is
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static Request read(InputStream in, OutputStream out) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new SocketException("closed");
            }
            head.write(next);
        }
        Request request = new Request(head.toString(StandardCharsets.ISO_8859_1), "");
        if (!request.field("Expect").isEmpty()) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        }
        String length = request.field("Content-Length");
        byte[] body = in.readNBytes(length.isEmpty() ? 0 : Integer.parseInt(length));
        return new Request(request.head(), new String(body, StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
