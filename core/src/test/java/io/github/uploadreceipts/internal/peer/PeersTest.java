package io.github.uploadreceipts.internal.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeersTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final URI HERE = URI.create("http://app1.lan:8080");
    private static final URI PEER = URI.create("http://app2.lan:8080");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final RelayRequest REQUEST = new RelayRequest(
            PEER,
            "HEAD",
            RelayRequest.Purpose.PARTIAL_RECEIPT,
            Optional.of(new UploadResource(PEER, UploadId.parse("AAECAwQFBgcICQoLDA0ODw"), NOW.plusSeconds(3600))),
            Optional.empty());
    private static final Map<String, String> TAKEN = Map.of("upload-relay", "taken", "upload-receipt", "a.b.c");

    private final Peers peers = new Peers(
            TestRings.photos(),
            CLOCK,
            OwnUrls.of(HERE),
            List.of(HERE, PEER),
            new PeerRules(Optional.empty(), Set.of()));
    private final CompletableFuture<PeerRelay.Response> response = new CompletableFuture<>();
    private final Recording relay = new Recording();

    /** Records the request. The test completes the response. */
    private class Recording implements PeerRelay {

        volatile Request sent;

        @Override
        public CompletableFuture<Response> send(Request request) {
            sent = request;
            return response;
        }

        @Override
        public void pull(List<UploadReceipt> receipts, Sink sink) {
            throw new UnsupportedOperationException();
        }
    }

    private static PeerRelay.Response response(int status, Map<String, String> fields) {
        return new PeerRelay.Response(status, fields, ByteBuffer.allocate(0));
    }

    @Test
    void others_notThisHostItself() {
        assertThat(peers.others()).containsExactly(PEER);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 404, 410, 503})
    void ask_tokenTaken_itsResponse_whateverItSays(int status) throws Exception {
        peers.attach(relay);
        response.complete(response(status, TAKEN));
        assertThat(peers.ask(REQUEST)).isCompletedWithValue(response(status, TAKEN));

        PeerRelay.Request sent = relay.sent;
        assertThat(sent.peer()).isEqualTo(PEER);
        assertThat(sent.method()).isEqualTo("HEAD");
        assertThat(sent.path()).isEqualTo("/internal/relay");
        assertThat(sent.length()).isZero();
        assertThat(sent.body()).isEmpty();
        assertThat(sent.fields()).containsOnlyKeys("Upload-Relay");
        assertThat(new RelayTokens(TestRings.photos(), CLOCK)
                        .verify(sent.fields().get("Upload-Relay"), "HEAD", OwnUrls.of(PEER)))
                .isEqualTo(REQUEST);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 404, 502})
    void ask_tokenNotTaken_noResponseOfThePeer(int status) {
        peers.attach(relay);
        response.complete(response(status, Map.of("upload-receipt", "a.b.c")));
        assertThat(failure(REQUEST))
                .isInstanceOf(Peers.NotTakenException.class)
                .hasMessage("not taken by the peer, which answered " + status);
    }

    @Test
    void ask_notReached_unreachable() {
        peers.attach(relay);
        response.completeExceptionally(new UnreachableException("connection refused"));
        assertThat(failure(REQUEST))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("connection refused");
    }

    @Test
    void ask_brokenOff_unreachable() {
        peers.attach(relay);
        response.completeExceptionally(new IOException("connection reset"));
        assertThat(failure(REQUEST)).isInstanceOf(UnreachableException.class).hasMessageContaining("connection reset");
    }

    /** A silent peer is known to everything else that asks peers, whatever it was asked. */
    @Test
    void ask_silent_failsAfterItsPatience_andThePeerIsKnown() {
        peers.attach(relay);
        long start = System.nanoTime();
        CompletableFuture<PeerRelay.Response> asked = peers.ask(REQUEST, Duration.ofSeconds(1));
        assertThat(asked).isNotDone();
        assertThat(cause(asked))
                .isInstanceOf(UnreachableException.class)
                .hasMessageEndingWith("no response within 1 s");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofSeconds(1), PATIENCE);
        assertThatExceptionOfType(UnreachableException.class)
                .isThrownBy(() -> peers.silent().requireHope(PEER))
                .withMessageContaining("no response within 1 s");
        assertThat(response).as("the request, whose response may still come").isNotDone();
    }

    /** Passwords wait for each other at the owner of a share link, which responds to everything else meanwhile. */
    @Test
    void ask_longWork_failsAfterItsPatience_butThePeerIsNotSilent() throws Exception {
        peers.attach(relay);
        CompletableFuture<PeerRelay.Response> asked = peers.ask(PEER, "POST", "/x", Map.of(), Duration.ofMillis(100));
        assertThat(cause(asked))
                .isInstanceOf(UnreachableException.class)
                .hasMessageEndingWith("no response within 0 s");
        peers.silent().requireHope(PEER);
    }

    private Throwable failure(RelayRequest request) {
        return cause(peers.ask(request));
    }

    private static Throwable cause(CompletableFuture<PeerRelay.Response> asked) {
        return catchThrowableOfType(ExecutionException.class, () -> asked.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .getCause();
    }

    @Test
    void ask_noRelay_unreachable() {
        assertThat(peers.relay()).isEmpty();
        assertThat(failure(REQUEST))
                .isInstanceOf(UnreachableException.class)
                .hasMessage("no fetcher is attached to this host");
    }

    /** A fetcher that is closed late must not detach the fetcher that was attached after it. */
    @Test
    void detach_itsOwnOnly() {
        Recording later = new Recording();
        peers.attach(relay);
        assertThat(peers.relay()).containsSame(relay);
        peers.attach(later);
        peers.detach(relay);
        assertThat(peers.relay()).containsSame(later);
        peers.detach(later);
        assertThat(peers.relay()).isEmpty();
        peers.detach(later);
        assertThat(peers.relay()).isEmpty();
    }

    @Test
    void tokens_theOneOfThisHost() {
        assertThat(peers.tokens()).isSameAs(peers.tokens());
    }
}
