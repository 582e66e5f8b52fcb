package io.github.uploadreceipts.fetch.soak;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/** An HTTP/1.1 connection on which the client controls every byte. */
final class Connection implements Closeable {

    private static final int PIECE = 16 * 1024;
    private static final long PAUSE_NANOS = 3_000_000;
    private static final int CONNECT_MILLIS = 30_000;
    private static final int SILENCE_MILLIS = 90_000;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;

    /** Connects from an address of the client's own, so that the host can tell clients from each other. */
    Connection(InetAddress client, int port) throws IOException {
        socket.bind(new InetSocketAddress(client, 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
        socket.setSoTimeout(SILENCE_MILLIS);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /** Sends bytes, with pauses between them or not. If the host stops reading, its response may say why. */
    void send(byte[] bytes, int count, boolean slowly) throws IOException {
        try {
            for (int sent = 0; sent < count; ) {
                int piece = Math.min(count - sent, slowly ? PIECE : count);
                out.write(bytes, sent, piece);
                sent += piece;
                if (slowly) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        } catch (IOException e) {
            if (in.available() == 0) {
                throw e;
            }
        }
    }

    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Reads a response. */
    Response response(boolean withoutBody) throws IOException {
        Response response = head(withoutBody);
        while (response.status() < 200) {
            response = head(withoutBody);
        }
        return response;
    }

    private Response head(boolean withoutBody) throws IOException {
        int status = Integer.parseInt(line().split(" ", 3)[1]);
        Map<String, String> fields = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            fields.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        boolean none = withoutBody || status < 200 || status == 204 || status == 304;
        return new Response(status, fields, none ? "" : new String(body(fields), StandardCharsets.UTF_8));
    }

    private byte[] body(Map<String, String> fields) throws IOException {
        String length = fields.get("content-length");
        if (length != null) {
            byte[] body = in.readNBytes(Integer.parseInt(length));
            if (body.length < Integer.parseInt(length)) {
                throw new EOFException("the connection ended in the response");
            }
            return body;
        }
        if (!"chunked".equals(fields.get("transfer-encoding"))) {
            return in.readAllBytes();
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
            body.write(in.readNBytes(size));
            line();
        }
        line();
        return body.toByteArray();
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

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
