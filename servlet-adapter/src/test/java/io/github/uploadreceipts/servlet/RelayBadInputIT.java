package io.github.uploadreceipts.servlet;

import static io.github.uploadreceipts.servlet.AdapterFixture.OTHER;
import static io.github.uploadreceipts.servlet.AdapterFixture.assertProblem;
import static io.github.uploadreceipts.servlet.TusClient.BYTES;
import static io.github.uploadreceipts.servlet.TusClient.TUS;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.internal.peer.PermitClaims;
import io.github.uploadreceipts.internal.peer.RelayRequest;
import io.github.uploadreceipts.internal.peer.RelayTokens;
import io.github.uploadreceipts.internal.peer.ResourceTokens;
import io.github.uploadreceipts.internal.peer.SilentPeers;
import io.github.uploadreceipts.internal.peer.UploadResource;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.permit.TicketIssuer;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.permit.UploadTicket;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.UploadId;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests to {@code /internal/relay} that no peer sends, and requests of clients that are not relayed. */
@ParameterizedClass
@MethodSource(Container.ALL)
class RelayBadInputIT {

    private static final byte[] NONE = {};
    private static final byte[] HELLO = "hello".getBytes(US_ASCII);

    @Parameter
    Container container;

    @TempDir
    Path root;

    private final Relay relay = new Relay();
    private AdapterFixture fixture;
    private TusClient client;
    private String path;
    private UploadResource resource;

    /** Records relayed requests and responds to all of them with success, except to those for a silent peer. */
    private final class Relay implements PeerRelay {

        final List<Request> passed = new CopyOnWriteArrayList<>();
        volatile @Nullable URI silent;
        volatile CompletableFuture<Void> responding = CompletableFuture.completedFuture(null);
        volatile Response response = new Response(204, Map.of("upload-relay", "taken"), ByteBuffer.allocate(0));

        @Override
        public CompletableFuture<Response> send(Request request) {
            if (request.peer().equals(silent)) {
                return CompletableFuture.failedFuture(silence(request));
            }
            passed.add(request);
            return responding.thenApply(now -> response);
        }

        /** Asks and tells the breaker that all of a host's requests share, as the fetcher's relay does. */
        private IOException silence(Request request) {
            SilentPeers peers = fixture.engine.peers().silent();
            try {
                peers.requireHope(request.peer());
            } catch (UnreachableException e) {
                return e;
            }
            passed.add(request);
            peers.keptSilent(request.peer(), "no response");
            return new UnreachableException("no response");
        }

        @Override
        public void pull(List<UploadReceipt> receipts, Sink sink) {
            throw new AssertionError("nothing is pulled");
        }
    }

    @BeforeEach
    void start() throws Exception {
        fixture = new AdapterFixture(root);
        fixture.engine.peers().attach(relay);
        start(UploadFilter.builder(fixture.host, UploadPolicy.anyone(UploadLimits.defaults()))
                .build());
        path = client.created(10);
        client.patch(path, 0, HELLO);
        resource = resources().verify(path.substring(path.lastIndexOf('/') + 1));
    }

    private void start(UploadFilter internal) throws Exception {
        UploadFilter uploads = UploadFilter.create(fixture.host, UploadPolicy.anyone(UploadLimits.defaults()));
        fixture.start(
                container, true, Map.of("/uploads/*", uploads, RelayRequest.PATH, internal), new HttpServlet() {});
        client = new TusClient(fixture.port());
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private ResourceTokens resources() {
        return new ResourceTokens(fixture.keyRing, Clock.systemUTC());
    }

    private String token(KeyRing ring, Clock clock, URI host, String method, UploadResource about) {
        return new RelayTokens(ring, clock)
                .mint(new RelayRequest(host, method, RelayRequest.Purpose.SERVE, Optional.of(about), Optional.empty()));
    }

    private String token(String method, UploadResource about) {
        return token(fixture.keyRing, Clock.systemUTC(), fixture.host.internalUrl(), method, about);
    }

    private String permitToken(String permit) {
        return new RelayTokens(fixture.keyRing, Clock.systemUTC())
                .mint(new RelayRequest(
                        fixture.host.internalUrl(),
                        "POST",
                        RelayRequest.Purpose.SERVE,
                        Optional.empty(),
                        Optional.of(permit)));
    }

    private Wire.Response relayed(String method, String token, String... fields) throws Exception {
        return client.send(
                method,
                RelayRequest.PATH,
                TUS + BYTES + "Upload-Offset: 5\r\nUpload-Relay: " + token + "\r\n" + String.join("", fields),
                method.equals("PATCH") ? HELLO : NONE);
    }

    private void assertUntouched() throws Exception {
        assertThat(client.head(path).header("Upload-Offset")).isEqualTo("5");
        assertThat(relay.passed).isEmpty();
    }

    @Test
    void relayed_notByThisToken_refused() throws Exception {
        Clock past = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-3));
        URI here = fixture.host.internalUrl();
        UploadReceipt stored = fixture.store("a", "hello").receipt();
        String peer = new PeerTokens(fixture.keyRing, Clock.systemUTC())
                .mint(new PeerRequest(
                        "PATCH", stored.owner(), 5, ContentDigest.of(new byte[32]), "a/b", Optional.empty()));
        String right = token("PATCH", resource);
        for (String token : List.of(
                peer,
                fixture.store("a", "hello").token(),
                TicketIssuer.create(fixture.keyRing)
                        .issue(UploadTicket.builder(Clock.systemUTC()).build()),
                resources().mint(resource),
                token(fixture.keyRing, past, here, "PATCH", resource),
                token(KeyRing.generate("test"), Clock.systemUTC(), here, "PATCH", resource),
                token(fixture.keyRing, Clock.systemUTC(), OTHER, "PATCH", resource),
                token("DELETE", resource),
                right.substring(1),
                "",
                "x")) {
            assertProblem(relayed("PATCH", token), 401, "peer-token-refused");
        }
        assertProblem(
                client.send("PATCH", RelayRequest.PATH, TUS + BYTES + "Upload-Offset: 5\r\n", HELLO),
                401,
                "peer-token-refused");
        assertUntouched();
        assertThat(relayed("PATCH", right).status()).isEqualTo(204);
    }

    @Test
    void relayed_aboutAnotherUpload_refused() throws Exception {
        UploadResource unknown =
                new UploadResource(fixture.host.internalUrl(), UploadId.random(), resource.expiresAt());
        assertProblem(relayed("PATCH", token("PATCH", unknown)), 404, "upload-gone");
        UploadResource elsewhere = new UploadResource(OTHER, resource.id(), resource.expiresAt());
        assertProblem(relayed("PATCH", token("PATCH", elsewhere)), 403, "forbidden");
        assertProblem(
                relayed("POST", token("POST", resource), "X-HTTP-Method-Override: DELETE\r\n"),
                405,
                "method-not-allowed");
        assertProblem(
                relayed("PATCH", token("PATCH", resource), "Content-Encoding: gzip\r\n"), 415, "unsupported-content");
        assertUntouched();
    }

    /** What else a client bears is only for the application of the host that it reached. */
    @Test
    void passedOn_ticketOnly() throws Exception {
        String ticket = TicketIssuer.create(fixture.keyRing)
                .issue(UploadTicket.builder(Clock.systemUTC()).build());
        client.patch(fixture.pathElsewhere(), 0, HELLO, "Authorization: Bearer " + ticket + "\r\n");
        client.patch(fixture.pathElsewhere(), 0, HELLO, "Authorization: Bearer of.the.application\r\n");
        assertThat(relay.passed)
                .extracting(request -> request.fields().get("Upload-Ticket"))
                .containsExactly(ticket, null);
    }

    @Test
    void relayed_throughAProxy_notThere() throws Exception {
        String token = token("PATCH", resource);
        for (String field : List.of("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")) {
            assertProblem(relayed("PATCH", token, field + ": 10.0.0.1\r\n"), 404, "not-found");
        }
        assertUntouched();
    }

    @Test
    void relayed_fromAPublicAddress_notThere() throws Exception {
        String token = token("PATCH", resource);
        fixture.close();
        fixture = new AdapterFixture(root);
        start(UploadFilter.create(fixture.host, Map.of("policy", "anyone", "peer-addresses", "192.0.2.0/24")));
        assertProblem(relayed("PATCH", token), 404, "not-found");
        assertProblem(client.send("POST", RelayRequest.PATH, TUS + "Upload-Length: 5\r\n", NONE), 404, "not-found");
    }

    @Test
    void relayed_withAPermitOfAnotherVersion_refused() throws Exception {
        for (String permit : List.of("", "{}", "[]", "{\"ticketRequired\":false,\"limits\":{}}")) {
            assertProblem(relayed("POST", permitToken(permit), "Upload-Length: 5\r\n"), 401, "peer-token-refused");
        }
        assertUntouched();
    }

    /** A host whose store is sealed has promised that its uploads are. */
    @Test
    void relayed_bySealedHost_notStoredPlain() throws Exception {
        String permit = PermitClaims.writeForSealed(UploadPermit.anyone(UploadLimits.defaults()));
        assertProblem(relayed("POST", permitToken(permit), "Content-Type: a/b\r\n"), 503, "unavailable");
        assertUntouched();
    }

    /** A relayed request is never relayed again, even if this host is full. */
    @Test
    void relayed_toADrainedHost_neverPassedOn() throws Exception {
        Files.createFile(root.resolve("drain"));
        String permit = PermitClaims.write(UploadPermit.anyone(UploadLimits.defaults()));
        assertProblem(relayed("POST", permitToken(permit), "Upload-Length: 5\r\n"), 503, "unavailable");
        assertUntouched();
    }

    /**
     * The owner's application may be down, so its front server responds with its own page. Or the owner does not accept
     * the request.
     */
    @ParameterizedTest
    @ValueSource(ints = {200, 204, 401, 403, 404, 410, 502, 503, 504})
    void relayed_notAcceptedByTheOwner_unavailable(int status) throws Exception {
        byte[] page = "<html>nginx</html>".getBytes(US_ASCII);
        relay.response = new PeerRelay.Response(status, Map.of("content-type", "text/html"), ByteBuffer.wrap(page));
        Wire.Response response = client.patch(fixture.pathElsewhere(), 0, HELLO);
        assertProblem(response, 503, "unavailable");
        assertThat(response.header("Retry-After")).isNotEmpty();
    }

    /** Trailers are not relayed. A checksum in a trailer would silently not be verified. */
    @Test
    void relayed_checksumInTrailer_refused() throws Exception {
        String elsewhere = fixture.pathElsewhere();
        for (String names : List.of("Upload-Checksum", "X-Other, upload-checksum", "X\r\nTrailer: Upload-Checksum")) {
            assertProblem(patchInChunks(elsewhere, "Trailer: " + names + "\r\n"), 400, "malformed-request");
        }
        assertUntouched();
        String checksum = "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        Wire.Response header = patchInChunks(elsewhere, "Upload-Checksum: " + checksum + "\r\n");
        assertThat(header.status()).isEqualTo(204);
        assertThat(relay.passed)
                .singleElement()
                .satisfies(passed -> assertThat(passed.fields())
                        .containsEntry("Upload-Checksum", checksum)
                        .doesNotContainKey("Trailer"));
    }

    private Wire.Response patchInChunks(String where, String fields) throws Exception {
        return Wire.exchangeChunked(
                fixture.port(),
                AdapterFixture.head("PATCH", where) + TUS + BYTES + "Upload-Offset: 0\r\n" + fields,
                HELLO);
    }

    /** Waiting for a dead peer takes seconds. Not every creation of an upload may wait. */
    @Test
    void drained_peerThatDoesNotRespond_isNotAskedEachTime() throws Exception {
        Files.createFile(root.resolve("drain"));
        relay.silent = OTHER;
        for (int i = 0; i < 20; i++) {
            assertThat(client.create("Upload-Length: 5\r\n").status()).isEqualTo(204);
        }
        assertThat(relay.passed)
                .filteredOn(request -> request.peer().equals(OTHER))
                .hasSizeLessThan(2);
    }

    /** The stopped host starts no more timers, so only the owner's response can end the request. */
    @Test
    void relayed_responseAfterTheHostHasStopped_reachesTheClient() throws Exception {
        relay.responding = new CompletableFuture<>();
        try (Wire wire = new Wire(fixture.port())) {
            wire.send(AdapterFixture.head("HEAD", fixture.pathElsewhere()) + TUS + "\r\n");
            fixture.await("request", () -> !relay.passed.isEmpty());
            fixture.host.close();
            relay.responding.complete(null);
            assertThat(wire.response(true).status()).isEqualTo(204);
        }
    }
}
