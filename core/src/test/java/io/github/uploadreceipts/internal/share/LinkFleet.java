package io.github.uploadreceipts.internal.share;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Admission;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IncomingUpload;
import io.github.uploadreceipts.internal.key.RingKeys;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.testing.SettableClock;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Hosts with stores on the disk, whose requests to each other go through memory. Passwords are compared, not hashed. */
final class LinkFleet implements Closeable {

    static final String BASE = "https://files.example.org/s/";

    final SettableClock clock = new SettableClock(Instant.parse("2026-11-21T09:30:00Z"));
    final AtomicReference<KeyRing> keys = new AtomicReference<>(TestRings.photos());
    volatile Supplier<KeyRing> readKeys = keys::get;
    final List<PeerRelay.Request> sent = new CopyOnWriteArrayList<>();
    volatile UnaryOperator<PeerRelay.Response> onTheWay = response -> response;
    private final Path root;
    private final Map<URI, Member> members = new TreeMap<>();
    private final List<UploadHost> closing = new ArrayList<>();

    /** A host that runs. */
    record Member(UploadHost host, LinkGate gate, LocalUploadStore store) {

        CompletableFuture<String> respond(String question) throws TokenRefusedException {
            return HostAccess.engine(host).peers().questions().respond(question, true);
        }
    }

    LinkFleet(Path root) {
        this.root = root;
    }

    static URI url(int host) {
        return URI.create("http://192.0.2." + host + ":8080");
    }

    /** Starts a host, or starts it again, with what is on its disk. */
    Member start(int number, int... peers) throws IOException {
        LocalUploadStore store = LocalUploadStore.at(root.resolve("host" + number));
        String[] urls = new String[peers.length];
        for (int i = 0; i < peers.length; i++) {
            urls[i] = url(peers[i]).toString();
        }
        UploadHost host = UploadHost.builder(RingKeys.following(() -> readKeys.get()), store)
                .internalUrl(url(number).toString())
                .peers(urls)
                .clock(clock)
                .build();
        closing.add(host);
        Engine engine = HostAccess.engine(host);
        engine.peers().attach(new Relay());
        Member member = new Member(host, new LinkGate(engine, (verifier, text) -> text.equals("right")), store);
        members.put(url(number), member);
        return member;
    }

    void stop(int number) {
        members.remove(url(number));
    }

    private final class Relay implements PeerRelay {

        @Override
        public CompletableFuture<Response> send(Request request) {
            sent.add(request);
            Member peer = members.get(request.peer());
            if (peer == null) {
                return CompletableFuture.failedFuture(new UnreachableException("connection refused"));
            }
            assertThat(request.method() + " " + request.path()).isEqualTo("POST /internal/uploads/ask");
            String token = request.fields().get("Authorization").substring("Bearer ".length());
            assertThat(token).hasSizeLessThan(4096);
            try {
                return peer.respond(token).thenApply(body -> onTheWay.apply(response(200, body)));
            } catch (TokenRefusedException e) {
                return CompletableFuture.completedFuture(response(401, e.explanation()));
            }
        }

        @Override
        public void pull(List<UploadReceipt> receipts, Sink sink) {
            throw new UnsupportedOperationException();
        }
    }

    static PeerRelay.Response response(int status, String body) {
        return new PeerRelay.Response(status, Map.of(), ByteBuffer.wrap(body.getBytes(US_ASCII)));
    }

    static UploadReceipt upload(Member member) throws IOException, UploadRefusedException {
        Engine engine = HostAccess.engine(member.host());
        Admission anybody = Admission.of(UploadPermit.anyone(UploadLimits.defaults()));
        try (IncomingUpload upload = engine.receive(anybody, 0, "a.png", "image/png")) {
            upload.write(ByteBuffer.wrap("hello".getBytes(US_ASCII)));
            upload.force();
            return upload.publish().receipt();
        }
    }

    @Override
    public void close() throws IOException {
        for (UploadHost host : closing) {
            host.close();
        }
    }
}
