package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.internal.peer.PeerRelay;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A peer on a raw socket. It reads a request's head and leaves the rest to a script. */
public final class RawPeer implements Closeable {

    /** A request whose head was read. */
    public record Asked(
            RawPeer peer, String line, Map<String, String> fields, InputStream in, OutputStream out, Socket socket) {

        /** Reads the body to its end. */
        public byte[] body() throws IOException {
            if (fields.containsKey("content-length")) {
                return readFully(Integer.parseInt(fields.get("content-length")));
            }
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            if (fields.containsKey("transfer-encoding")) {
                int size;
                do {
                    size = Integer.parseInt(RawPeer.line(in), 16);
                    all.write(readFully(size));
                    RawPeer.line(in);
                } while (size > 0);
            }
            return all.toByteArray();
        }

        /** Reads the body to its end and adds it to {@link RawPeer#bodies}. */
        public void keepBody() throws IOException {
            peer.bodies.add(body());
        }

        private byte[] readFully(int size) throws IOException {
            byte[] bytes = in.readNBytes(size);
            if (bytes.length < size) {
                throw new EOFException();
            }
            return bytes;
        }

        public void respond(String head, String content) throws IOException {
            ScriptedPeer.write(
                    out, "HTTP/1.1 " + head + "\r\nContent-Length: " + content.length() + "\r\n\r\n" + content);
        }
    }

    /** Serves one request. The connection is then used for the next request. */
    public interface Script {
        void serve(Asked asked) throws IOException, InterruptedException;
    }

    private final Acceptor acceptor;
    private final String scheme;
    private final Script script;
    private final CountDownLatch closed = new CountDownLatch(1);

    public final AtomicInteger connections;

    public final List<Asked> asked = new CopyOnWriteArrayList<>();

    /** The bodies that scripts kept, and the exception of each broken connection. */
    public final List<Object> bodies = new CopyOnWriteArrayList<>();

    private RawPeer(String scheme, ServerSocket server, Script script) {
        this.scheme = scheme;
        this.script = script;
        this.acceptor = new Acceptor(server, this::serve);
        this.connections = acceptor.connections;
    }

    public static RawPeer start(Script script) throws IOException {
        return new RawPeer("http", new ServerSocket(0, 512, InetAddress.getLoopbackAddress()), script);
    }

    public static RawPeer startSecure(ServerSocket tls, Script script) {
        return new RawPeer("https", tls, script);
    }

    public int port() {
        return acceptor.port();
    }

    public URI base() {
        return base("127.0.0.1");
    }

    public URI base(String hostName) {
        return URI.create(scheme + "://" + hostName + ":" + port());
    }

    /** Returns the builder of a fetcher that may connect to this peer. */
    public PeerFetcher.Builder fetcher(Fleet fleet) {
        return fleet.fetcher().policy(PeerPolicy.privateNetwork().ports(port()));
    }

    public PeerRelay.Request ask(String method) {
        return new PeerRelay.Request(base(), method, "/uploads/a", Map.of(), 0, Optional.empty());
    }

    public PeerRelay.Request patch(long length, PeerRelay.Body body) {
        return new PeerRelay.Request(
                base(), "PATCH", "/uploads/a", Map.of("Authorization", "Bearer eyJsecret"), length, Optional.of(body));
    }

    /** Waits until this peer is closed. */
    public void awaitClose() throws InterruptedException {
        closed.await();
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (String line = line(in); !line.isEmpty() && !socket.isClosed(); line = line(in)) {
                Asked one = new Asked(this, line, fields(in), in, socket.getOutputStream(), socket);
                asked.add(one);
                script.serve(one);
            }
        } catch (IOException | InterruptedException e) {
            bodies.add(e);
        }
    }

    private static Map<String, String> fields(InputStream in) throws IOException {
        Map<String, String> fields = new HashMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            fields.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return fields;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        acceptor.close();
    }
}
