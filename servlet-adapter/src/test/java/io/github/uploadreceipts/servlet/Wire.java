package io.github.uploadreceipts.servlet;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** An HTTP/1.1 connection on which the test controls every byte. */
final class Wire implements Closeable {

    /** Stands for a status if the other side closed the connection without a response. */
    static final int END = -1;

    private static final int CHUNK_SIZE = 10_000;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;

    Wire(int port) throws IOException {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
        socket.setSoTimeout(60_000);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /** A response. Header names are in lower case. */
    record Response(int status, Map<String, String> headers, String body) {

        String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }
    }

    /** Sends a complete request on a connection of its own. */
    static Response exchange(int port, String head, byte[] body) throws IOException {
        try (Wire wire = new Wire(port)) {
            wire.send(head + "Content-Length: " + body.length + "\r\n\r\n");
            try {
                wire.send(body);
            } catch (SocketException e) { // what refuses a body may have responded and closed: clients read that, too
                return wire.response(false);
            }
            return wire.response(head.startsWith("HEAD"));
        }
    }

    /** Sends a complete request with a chunked body on a connection of its own. */
    static Response exchangeChunked(int port, String head, byte[] body) throws IOException {
        try (Wire wire = new Wire(port)) {
            ByteArrayOutputStream request = new ByteArrayOutputStream();
            request.writeBytes((head + "Transfer-Encoding: chunked\r\n\r\n").getBytes(StandardCharsets.UTF_8));
            for (int sent = 0; sent < body.length; sent += CHUNK_SIZE) {
                request.writeBytes(chunk(Arrays.copyOfRange(body, sent, Math.min(sent + CHUNK_SIZE, body.length))));
            }
            request.writeBytes(chunk(new byte[0]));
            wire.send(request.toByteArray());
            return wire.response(head.startsWith("HEAD"));
        }
    }

    Wire send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    Wire send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
        return this;
    }

    Wire send(String head, byte[] body) throws IOException {
        return send(head + "Content-Length: " + body.length + "\r\n\r\n").send(body);
    }

    /** Sends one chunk of a chunked body. An empty chunk ends the body. */
    Wire sendChunk(byte[] bytes) throws IOException {
        return send(chunk(bytes));
    }

    private static byte[] chunk(byte[] bytes) {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        chunk.writeBytes((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        chunk.writeBytes(bytes);
        chunk.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        return chunk.toByteArray();
    }

    /** Sends zeros until the other side stops reading, or has read {@code limit} bytes. Returns the number of bytes. */
    long push(long limit) {
        byte[] zeros = new byte[64 * 1024];
        long pushed = 0;
        try {
            while (pushed < limit) {
                out.write(zeros);
                pushed += zeros.length;
            }
        } catch (IOException e) {
            // the other side has closed the connection, as it should
        }
        return pushed;
    }

    /** Returns the status of the next response, or {@link #END} if there is none. */
    int statusOrEnd() throws IOException {
        try {
            return response().status();
        } catch (EOFException | java.net.SocketException e) {
            return END;
        }
    }

    /** Returns whether bytes can be read. */
    boolean hasResponse() throws IOException {
        return in.available() > 0;
    }

    /** Resets the connection. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    Wire shutdownOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Returns everything that comes until the other side closes or resets the connection. */
    String rest() throws IOException {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        try {
            in.transferTo(rest);
        } catch (java.net.SocketException e) {
            // reset: what had come is there
        }
        return rest.toString(StandardCharsets.ISO_8859_1);
    }

    Response response() throws IOException {
        return response(false);
    }

    Response response(boolean withoutBody) throws IOException {
        String[] statusLine = line().split(" ", 3);
        int status = Integer.parseInt(statusLine[1]);
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip(),
                    (a, b) -> a + ", " + b);
        }
        boolean none = withoutBody || status < 200 || status == 204 || status == 304;
        return new Response(status, headers, none ? "" : new String(body(headers), StandardCharsets.ISO_8859_1));
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        if (headers.containsKey("content-length")) {
            return exactly(Integer.parseInt(headers.get("content-length")));
        }
        if (!"chunked".equals(headers.get("transfer-encoding"))) {
            return in.readAllBytes();
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
            body.write(exactly(size));
            line();
        }
        line();
        return body.toByteArray();
    }

    /** A host that is killed leaves a part of its response. */
    private byte[] exactly(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("the connection ended after " + bytes.length + " of " + count + " bytes");
        }
        return bytes;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection ended after: " + line);
            }
            line.append((char) c);
        }
        return line.toString().stripTrailing();
    }

    /** Waits for more bytes or the end. Returns whether the other side has closed the connection. */
    boolean isClosedByPeer() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException e) {
            return true; // a reset, because the other side discarded the rest of our body
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
