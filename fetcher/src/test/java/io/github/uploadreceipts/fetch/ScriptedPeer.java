package io.github.uploadreceipts.fetch;

import io.github.uploadreceipts.internal.http.ByteRange;
import io.github.uploadreceipts.internal.peer.OwnUrls;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * A peer on a raw socket. It verifies every peer token. It serves uploads honestly unless there are scripts for an
 * upload: each script serves one request, and the last one all further requests.
 */
public final class ScriptedPeer implements Closeable {

    /** A request whose token was verified. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Asked(
            String method, Location location, Map<String, String> fields, PeerRequest token, byte[] content) {

        public ByteRange range() {
            return ByteRange.requested(fields.get("range"), content.length);
        }
    }

    /** How a peer responds to a request. */
    public interface Script {
        void respond(Asked asked, OutputStream out, Socket socket) throws IOException, InterruptedException;
    }

    private final Acceptor acceptor;
    private final String scheme;
    private final String hostName;
    private final PeerTokens tokens;
    private final Map<UploadId, byte[]> uploads = new ConcurrentHashMap<>();
    private final Map<UploadId, String> claims = new ConcurrentHashMap<>();
    private final Map<UploadId, Deque<Script>> scripts = new ConcurrentHashMap<>();
    private volatile Function<Location, Optional<byte[]>> other = location -> Optional.empty();

    public final List<Asked> asked = new CopyOnWriteArrayList<>();
    public final List<String> violations = new CopyOnWriteArrayList<>();
    public final AtomicInteger connections;
    public final AtomicInteger inFlight = new AtomicInteger();
    public final AtomicInteger maxInFlight = new AtomicInteger();

    private ScriptedPeer(KeyRing ring, String scheme, String hostName, ServerSocket server) {
        this.tokens = new PeerTokens(ring, Clock.systemUTC());
        this.scheme = scheme;
        this.hostName = hostName;
        this.acceptor = new Acceptor(server, this::serve);
        this.connections = acceptor.connections;
    }

    public static ScriptedPeer start(KeyRing ring) throws IOException {
        return start(ring, "127.0.0.1");
    }

    public static ScriptedPeer start(KeyRing ring, String hostName) throws IOException {
        return new ScriptedPeer(ring, "http", hostName, new ServerSocket(0, 200, InetAddress.getByName(hostName)));
    }

    public static ScriptedPeer startSecure(KeyRing ring, String hostName, ServerSocket tls) {
        return new ScriptedPeer(ring, "https", hostName, tls);
    }

    public String base() {
        return scheme + "://" + hostName + ":" + port();
    }

    public int port() {
        return acceptor.port();
    }

    /** Keeps an upload in memory and returns its receipt. */
    public UploadReceipt keep(byte[] content) {
        return keep(UploadId.random(), content, base());
    }

    public UploadReceipt keep(UploadId id, byte[] content, String... bases) {
        uploads.put(id, content);
        return receipt(id, content, bases);
    }

    public static UploadReceipt receipt(UploadId id, byte[] content, String... bases) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Instant expiry = now.plus(3, ChronoUnit.HOURS);
        MessageDigest hash = ContentDigest.newHash();
        hash.update(content);
        return new UploadReceipt(
                id,
                "photo.jpg",
                "image/jpeg",
                content.length,
                ContentDigest.of(hash),
                Arrays.stream(bases)
                        .map(base -> new Location(URI.create(base), ExpiryHour.of(expiry), id))
                        .toList(),
                Optional.empty(),
                now,
                expiry,
                Optional.empty(),
                Optional.empty());
    }

    /** Serves uploads that are not kept here from {@code source}. */
    public void serve(Function<Location, Optional<byte[]>> source) {
        other = source;
    }

    public boolean has(UploadId id) {
        return uploads.containsKey(id);
    }

    public Optional<String> claimOf(UploadId id) {
        return Optional.ofNullable(claims.get(id));
    }

    public ScriptedPeer script(UploadReceipt receipt, Script... inTurn) {
        scripts.put(receipt.id(), new ArrayDeque<>(List.of(inTurn)));
        return this;
    }

    public List<String> requests(UploadReceipt receipt) {
        List<String> methods = new ArrayList<>();
        for (Asked one : asked) {
            if (one.location().id().equals(receipt.id())) {
                String range = one.fields().get("range");
                methods.add(one.method() + (range == null ? "" : " " + range));
            }
        }
        return methods;
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (serveOne(in, socket)) {
                socket.getOutputStream().flush();
            }
        } catch (IOException | InterruptedException | UncheckedIOException e) {
            // the fetcher closed the connection, or the script did
        }
    }

    private boolean serveOne(InputStream in, Socket socket) throws IOException, InterruptedException {
        String[] start = line(in).split(" ", -1);
        if (start.length != 3) {
            return false;
        }
        Map<String, String> fields = new HashMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            fields.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        Location location = Location.parse(scheme + "://" + fields.get("host") + start[1]);
        Optional<PeerRequest> token = verified(start[0], location, fields);
        OutputStream out = socket.getOutputStream();
        if (token.isEmpty()) {
            status(401).respond(new Asked(start[0], location, fields, null, new byte[0]), out, socket);
            return true;
        }
        byte[] content = uploads.getOrDefault(location.id(), new byte[0]);
        Asked one = new Asked(start[0], location, fields, token.get(), content);
        asked.add(one);
        maxInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
        try {
            next(location.id()).respond(one, out, socket);
        } finally {
            inFlight.decrementAndGet();
        }
        return true;
    }

    private Optional<PeerRequest> verified(String method, Location location, Map<String, String> fields) {
        try {
            String bearer = fields.getOrDefault("authorization", "");
            if (!bearer.startsWith("Bearer ")) {
                violations.add(method + " without a token");
                return Optional.empty();
            }
            if (!"identity".equals(fields.get("accept-encoding"))) {
                violations.add("accept-encoding: " + fields.get("accept-encoding"));
            }
            return Optional.of(
                    tokens.verify(bearer.substring("Bearer ".length()), method, OwnUrls.of(location.base()), location));
        } catch (TokenRefusedException e) {
            violations.add(String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private Script next(UploadId id) {
        Deque<Script> script = scripts.get(id);
        if (script == null) {
            return this::honest;
        }
        synchronized (script) {
            return script.size() > 1 ? script.remove() : script.element();
        }
    }

    /** Serves the request as an honest owner does. */
    public void honest(Asked asked, OutputStream out, Socket socket) throws IOException, InterruptedException {
        UploadId id = asked.location().id();
        byte[] content = uploads.containsKey(id)
                ? uploads.get(id)
                : other.apply(asked.location()).orElse(null);
        if (content == null) {
            status(404).respond(asked, out, socket);
        } else if (asked.token().claim().isPresent() && isClaimed(id, asked.token())) {
            status(409).respond(asked, out, socket);
        } else if (asked.method().equals("POST")) {
            status(204).respond(asked, out, socket);
        } else if (asked.method().equals("DELETE")) {
            uploads.remove(id);
            status(204).respond(asked, out, socket);
        } else {
            head(
                    out,
                    asked,
                    asked.method().equals("HEAD") ? ByteRange.whole(content.length) : requested(asked, content));
            if (asked.method().equals("GET")) {
                ByteRange range = requested(asked, content);
                out.write(content, (int) range.first(), (int) range.length());
            }
        }
    }

    private static ByteRange requested(Asked asked, byte[] content) {
        return ByteRange.requested(asked.fields().get("range"), content.length);
    }

    private boolean isClaimed(UploadId id, PeerRequest request) {
        String claim = request.claim().orElseThrow().id();
        boolean looks = request.method().equals("HEAD");
        String before = looks ? claims.get(id) : claims.putIfAbsent(id, claim);
        return before != null && !before.equals(claim);
    }

    public static void head(OutputStream out, Asked asked, ByteRange range) throws IOException {
        String head = range.isWhole()
                ? "HTTP/1.1 200 OK\r\n"
                : "HTTP/1.1 206 Partial Content\r\nContent-Range: " + range.toContentRange() + "\r\n";
        write(
                out,
                head + "Content-Length: " + range.length() + "\r\nContent-Type: image/jpeg\r\nETag: "
                        + asked.token().entityTag() + "\r\n\r\n");
    }

    public static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** Returns a script that responds as a delivery filter, which marks its refusals. */
    public static Script status(int code) {
        return status(code, code < 400 ? "" : "Upload-Delivery: refused\r\n");
    }

    /** Returns a script that responds as a front server, without the mark of a delivery filter. */
    public static Script unmarked(int code) {
        return status(code, "");
    }

    private static Script status(int code, String fields) {
        return (asked, out, socket) -> {
            String body = code == 204 || asked.method().equals("HEAD") ? "" : "{}";
            String length = code == 204 ? "" : "Content-Length: " + body.length() + "\r\n";
            write(out, "HTTP/1.1 " + code + " Told\r\n" + fields + length + "\r\n" + body);
        };
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
        acceptor.close();
    }
}
