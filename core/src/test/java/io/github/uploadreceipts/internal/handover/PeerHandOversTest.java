package io.github.uploadreceipts.internal.handover;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.peer.PeerQuestions;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.LocalUploadStore;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one host learns of the hand-overs of another one. */
class PeerHandOversTest {

    private static final URI OWNER = URI.create("http://192.0.2.1:8080");
    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    Path root;

    private final Map<UploadId, CompletableFuture<Verdict>> verdicts = new ConcurrentHashMap<>();
    private final Queue<PeerRelay.Request> sent = new ConcurrentLinkedQueue<>();
    private final List<UploadHost> hosts = new ArrayList<>();
    private volatile CompletableFuture<Boolean> finished = CompletableFuture.completedFuture(true);
    private volatile String finishing = "";
    private volatile boolean ownerAway;
    private volatile boolean ownerMayTakeLong = true;
    private PeerQuestions owner;
    private PeerHandOvers peers;

    @BeforeEach
    void start() throws Exception {
        owner = start(OWNER).peers().questions();
        new HandOverService(OWNER, new Own()).register(owner);
        Engine other = start(URI.create("http://192.0.2.2:8080"));
        other.peers().attach(new Relay());
        peers = new PeerHandOvers(other);
    }

    private Engine start(URI url) throws Exception {
        UploadHost host = UploadHost.builder(TestRings.photos(), LocalUploadStore.at(root.resolve(url.getHost())))
                .internalUrl(url.toString())
                .build();
        hosts.add(host);
        return HostAccess.engine(host);
    }

    @AfterEach
    void stop() throws Exception {
        for (UploadHost host : hosts) {
            host.close();
        }
    }

    /** The hand-overs of the owner. Each upload is known once somebody has asked about it. */
    private final class Own implements HandOverService.Own {

        @Override
        public CompletableFuture<Verdict> await(Location upload, Duration atMost) {
            return verdicts.computeIfAbsent(upload.id(), id -> new CompletableFuture<>())
                    .copy()
                    .completeOnTimeout(Verdict.waiting(), atMost.toMillis(), TimeUnit.MILLISECONDS);
        }

        @Override
        public CompletableFuture<Boolean> finish(Location upload, String party, Verdict verdict) {
            finishing = upload.id() + " " + party + " " + verdict;
            return finished;
        }
    }

    private final class Relay implements PeerRelay {

        @Override
        public CompletableFuture<Response> send(Request request) {
            sent.add(request);
            if (ownerAway) {
                return CompletableFuture.failedFuture(new UnreachableException("connection refused"));
            }
            String token = request.fields().get("Authorization").substring("Bearer ".length());
            assertThat(token).hasSizeLessThan(4096);
            try {
                return owner.respond(token, ownerMayTakeLong)
                        .thenApply(body -> new Response(200, Map.of(), ByteBuffer.wrap(body.getBytes(US_ASCII))));
            } catch (TokenRefusedException e) {
                return CompletableFuture.completedFuture(new Response(401, Map.of(), ByteBuffer.allocate(0)));
            }
        }

        @Override
        public void pull(List<UploadReceipt> receipts, Sink sink) {
            throw new UnsupportedOperationException();
        }
    }

    private static Location upload() {
        return new Location(OWNER, ExpiryHour.parse("2026-11-30T10"), UploadId.random());
    }

    private void decide(Location upload, Verdict verdict) {
        verdicts.computeIfAbsent(upload.id(), id -> new CompletableFuture<>()).complete(verdict);
    }

    private static ProblemType problem(CompletableFuture<?> failing) throws Exception {
        try {
            throw new AssertionError(failing.get(120, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return ((RefusedException) e.getCause()).problem().type();
        }
    }

    @Test
    void verdict_now() throws Exception {
        Location upload = upload();
        assertThat(peers.await(upload, Duration.ZERO).get()).isEqualTo(Verdict.waiting());
        Verdict refused = Verdict.refused("Dieses Bild enthält einen Virus: ☣");
        decide(upload, refused);
        assertThat(peers.await(upload, Duration.ZERO).get()).isEqualTo(refused);
        Location other = upload();
        decide(other, Verdict.done("{\"pages\":3}"));
        assertThat(peers.await(other, Duration.ZERO).get()).isEqualTo(Verdict.done("{\"pages\":3}"));
    }

    @Test
    void await_verdictComesMeanwhile() throws Exception {
        Location upload = upload();
        CompletableFuture<Verdict> first = peers.await(upload, LONG);
        CompletableFuture<Verdict> second = peers.await(upload, LONG);
        assertThat(peers.await(upload, Duration.ofMillis(300)).get()).isEqualTo(Verdict.waiting());
        decide(upload, Verdict.done());
        assertThat(first.get(120, TimeUnit.SECONDS)).isEqualTo(Verdict.done());
        assertThat(second.get()).isEqualTo(Verdict.done());
        assertThat(sent).hasSize(1).first().satisfies(request -> {
            assertThat(request.path()).isEqualTo("/internal/uploads/ask");
            assertThat(request.patience()).isEqualTo(Duration.ofSeconds(30));
        });
    }

    /** A container thread of the owner would be held. */
    @Test
    void await_ownerMustNotWait_isAskedAgainLater() throws Exception {
        ownerMayTakeLong = false;
        Location upload = upload();
        CompletableFuture<Verdict> awaited = peers.await(upload, LONG);
        assertThat(peers.await(upload, Duration.ofSeconds(2)).get()).isEqualTo(Verdict.waiting());
        assertThat(sent).hasSize(1);
        decide(upload, Verdict.done());
        assertThat(awaited.get(120, TimeUnit.SECONDS)).isEqualTo(Verdict.done());
        assertThat(sent).hasSize(2);
    }

    @Test
    void await_uploadGone() throws Exception {
        Location upload = upload();
        Location open = upload();
        CompletableFuture<Verdict> awaited = peers.await(upload, LONG);
        CompletableFuture<Verdict> awaitedToo = peers.await(open, LONG);
        verdicts.computeIfAbsent(upload.id(), id -> new CompletableFuture<>())
                .completeExceptionally(new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE)));
        assertThat(problem(awaited)).isEqualTo(ProblemType.UPLOAD_GONE);
        decide(open, Verdict.refused("no"));
        assertThat(awaitedToo.get(120, TimeUnit.SECONDS)).isEqualTo(Verdict.refused("no"));
    }

    @Test
    void await_ownerAway() throws Exception {
        ownerAway = true;
        Location upload = upload();
        assertThat(problem(peers.await(upload, LONG))).isEqualTo(ProblemType.UNAVAILABLE);
        ownerAway = false;
        decide(upload, Verdict.done());
        assertThat(peers.await(upload, LONG).get(120, TimeUnit.SECONDS)).isEqualTo(Verdict.done());
    }

    @Test
    void await_tenThousand_shareQuestions() throws Exception {
        List<Location> uploads = new ArrayList<>();
        List<CompletableFuture<Verdict>> awaited = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            uploads.add(upload());
            awaited.add(peers.await(uploads.get(i), LONG));
        }
        for (int waited = 0; verdicts.size() < uploads.size() && waited < 600; waited++) {
            Thread.sleep(100);
        }
        assertThat(sent).hasSizeBetween(100, 120);
        String longest = "x".repeat(Verdict.MAX_BYTES); // of which no response can have many
        uploads.forEach(upload -> decide(upload, Verdict.refused(longest)));
        for (CompletableFuture<Verdict> verdict : awaited) {
            assertThat(verdict.get(120, TimeUnit.SECONDS)).isEqualTo(Verdict.refused(longest));
        }
    }

    @Test
    void finish_saysWhetherItIsNews() throws Exception {
        Location upload = upload();
        assertThat(peers.finish(upload, "scanner", Verdict.refused("no")).get()).isTrue();
        assertThat(finishing).isEqualTo(upload.id() + " scanner " + Verdict.refused("no"));
        finished = CompletableFuture.completedFuture(false);
        assertThat(peers.finish(upload, "scanner", Verdict.done()).get()).isFalse();
        finished = CompletableFuture.failedFuture(
                new UploadRefusedException(Problem.of(ProblemType.FORBIDDEN, "It is not waiting.")));
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(
                        () -> peers.finish(upload, "scanner", Verdict.done()).get())
                .satisfies(e -> assertThat(((RefusedException) e.getCause()).problem())
                        .isEqualTo(Problem.of(ProblemType.FORBIDDEN, "It is not waiting.")));
    }

    @Test
    void question_malformed() throws Exception {
        PeerQuestions asking = HostAccess.engine(hosts.get(1)).peers().questions();
        List<PackedWriter> malformed = List.of(
                new PackedWriter(),
                new PackedWriter().bytes(new byte[] {0, 0}),
                new PackedWriter().bytes(new byte[] {26, 1}).all(HandOverMessages.write(upload())),
                new PackedWriter().bytes(new byte[] {1, 2}).all(HandOverMessages.write(upload())));
        for (PackedWriter fields : malformed) {
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> asking.ask(OWNER, HandOverMessages.AWAIT, fields, LONG, response -> response)
                            .get())
                    .withMessageEndingWith("it responded with 401");
        }
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> asking.ask(OWNER, "NO_SUCH", new PackedWriter(), LONG, response -> response)
                        .get())
                .withMessageEndingWith("it responded with 401");
    }
}
