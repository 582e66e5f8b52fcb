package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.Fleet.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.TraceContext;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PeerFetcherTest {

    @TempDir
    private Path directory;

    private final List<String> events = new CopyOnWriteArrayList<>();
    private long descriptors;
    private Fleet fleet;
    private ScriptedPeer a;
    private ScriptedPeer b;

    @BeforeEach
    void start() throws IOException {
        descriptors = Descriptors.count(directory);
        fleet = new Fleet(directory, this::record);
        a = fleet.peer();
        b = fleet.peer();
    }

    private void record(UploadEvent event) {
        if (event instanceof UploadEvent.Fetched fetched) {
            assertThat(fetched.duration()).isPositive();
            String from = fetched.peer()
                    .map(peer -> peer.equals(fetched.receipt().owner().base()) ? " from its owner" : " from " + peer)
                    .orElse(" here");
            events.add("fetched " + fetched.receipt().id() + from);
        } else if (event instanceof UploadEvent.Claimed claimed) {
            events.add("claimed " + claimed.id() + " by " + claimed.claim().id());
        } else if (event instanceof UploadEvent.Discarded discarded) {
            events.add("discarded " + discarded.id());
        }
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        fleet.assertTokensWereRight();
        fleet.assertNothingLeft();
        fleet.close();
        Descriptors.assertBackTo(descriptors, directory);
    }

    @Test
    void fetch_hundredWithRandomDelays_comeInTheOrderOfTheReceipts() throws Exception {
        Random random = new Random(3);
        List<UploadReceipt> receipts = new ArrayList<>();
        List<byte[]> contents = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            contents.add(fleet.bytes(random.nextInt(20_000)));
            receipts.add(keepAnywhere(i, contents.get(i), random));
        }

        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(receipts)) {
            int i = 0;
            for (FetchedUpload file : files) {
                assertThat(file.receipt()).isEqualTo(receipts.get(i));
                assertThat(file.isLocal()).isEqualTo(i % 3 == 2);
                assertThat(read(file)).isEqualTo(contents.get(i));
                i++;
            }
            assertThat(i).isEqualTo(100);
            assertThat(a.maxInFlight.get() + b.maxInFlight.get()).isBetween(2, 8);
            assertThat(a.connections.get() + b.connections.get()).isLessThan(60);
        }
    }

    private UploadReceipt keepAnywhere(int i, byte[] content, Random random) throws Exception {
        if (i % 3 == 2) {
            return fleet.keep(content);
        }
        ScriptedPeer peer = i % 3 == 0 ? a : b;
        UploadReceipt receipt = peer.keep(content);
        int delay = random.nextInt(20);
        peer.script(receipt, (asked, out, socket) -> {
            Thread.sleep(delay);
            peer.honest(asked, out, socket);
        });
        return receipt;
    }

    @Test
    void fetch_noReceipts_givesNothing() throws Exception {
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(List.of(), Claim.of("order-1"))) {
            assertThat(files).isEmpty();
            files.discard();
        }
    }

    @Test
    void fetch_emptyFile_isFetched() throws Exception {
        UploadReceipt receipt = a.keep(new byte[0]);
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(List.of(receipt, receipt))) {
            assertThat(read(files.list().get(0))).isEmpty();
            assertThat(a.connections.get()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void fetch_interrupted_endsAtOnce() throws Exception {
        UploadReceipt receipt = a.keep(fleet.bytes(100));
        a.script(receipt, Scripts.stalls(10));
        try (PeerFetcher fetcher =
                fleet.fetcher().responseTimeout(Duration.ofSeconds(15)).build()) {
            CompletableFuture<FetchException> thrown = new CompletableFuture<>();
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            Thread caller = new Thread(() -> {
                thrown.complete(
                        catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(receipt, receipt))));
                interrupted.complete(Thread.currentThread().isInterrupted());
            });
            caller.start();
            Await.until("a pull has begun", () -> a.inFlight.get() > 0);
            caller.interrupt();
            FetchException e = thrown.get(120, TimeUnit.SECONDS);
            assertThat(e.failures()).extracting(Failure::kind).containsExactly(Kind.TIMEOUT, Kind.TIMEOUT);
            assertThat(e).hasMessageContaining("interrupted");
            assertThat(interrupted.get(120, TimeUnit.SECONDS)).isTrue();
            fleet.assertNothingLeft();
        }
    }

    @Test
    void pulledUpload_everyWayToItsBytes() throws Exception {
        byte[] content = fleet.bytes(300_000);
        Path copy = directory.resolve("copy");
        Path moved = directory.resolve("moved");
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(List.of(a.keep(content)))) {
            FetchedUpload file = files.list().get(0);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            file.copyTo(out);
            file.copyTo(copy);

            assertThat(out.toByteArray()).isEqualTo(content);
            assertThat(copy).hasBinaryContent(content);
            assertThat(file.path()).get().satisfies(path -> assertThat(path).hasBinaryContent(content));
            assertThat(file.location()).isEqualTo(file.receipt().owner());
            assertThatThrownBy(() -> file.copyTo(copy)).isInstanceOf(FileAlreadyExistsException.class);
            assertThatThrownBy(() -> file.moveTo(copy)).isInstanceOf(FileAlreadyExistsException.class);

            file.moveTo(moved);
            assertThatIllegalStateException().isThrownBy(file::open);
            assertThatIllegalStateException().isThrownBy(file::path);
        }
        assertThat(moved).hasBinaryContent(content);
    }

    @Test
    void ownUpload_everyWayToItsBytes_withoutHttpOrFile() throws Exception {
        byte[] content = fleet.bytes(300_000);
        UploadReceipt receipt = fleet.keep(content);
        Path moved = directory.resolve("moved");
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            FetchedUploads files = fetcher.fetch(List.of(receipt));
            FetchedUpload file = files.list().get(0);
            fleet.assertNothingLeft();
            file.moveTo(moved);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            file.copyTo(out);

            assertThat(file.isLocal()).isTrue();
            assertThat(file.path()).isEmpty();
            assertThat(moved).hasBinaryContent(content);
            assertThat(out.toByteArray()).isEqualTo(content);
            assertThat(read(file)).isEqualTo(content);
            assertThat(fleet.self.asked).isEmpty();
            files.close();
            assertThatIllegalStateException().isThrownBy(file::open);
            assertThatIllegalStateException().isThrownBy(files::iterator);
        }
    }

    /** A client whose connection broke repeats its order, and the first request of it discards the uploads. */
    @Test
    void copyTo_ownUploadDiscardedMeanwhile_isGone_andLeavesNoFile() throws Exception {
        List<UploadReceipt> receipts = List.of(fleet.keep(fleet.bytes(10)), fleet.keep(fleet.bytes(10)));
        UploadReceipt discarded = receipts.get(1);
        Path target = directory.resolve("target");
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(receipts)) {
            fleet.engine.store().discard(discarded.id(), discarded.owner().hour());

            FetchException e = catchThrowableOfType(
                    FetchException.class, () -> files.list().get(1).copyTo(target));
            assertThat(e.failures())
                    .containsExactly(new Failure(1, discarded.id(), Kind.GONE, "the upload is not there"));
            assertThat(e.problem().status()).isEqualTo(410);
            assertThat(target).doesNotExist();
        }
    }

    @Test
    void fetch_ownUploadThatRotted_isNeverHandedOver() throws Exception {
        UploadReceipt receipt = fleet.keep(fleet.bytes(5000));
        rot(receipt);
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            FetchException e = catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(receipt)));

            assertThat(e.has(Kind.WRONG_BYTES)).isTrue();
            assertThat(e).hasMessageContaining(receipt.id().toString());
        }
    }

    private void rot(UploadReceipt receipt) throws IOException {
        Path file = fleet.engine
                .store()
                .find(receipt.id(), receipt.owner().hour())
                .orElseThrow()
                .file()
                .orElseThrow();
        byte[] content = Files.readAllBytes(file);
        content[1234] ^= 1;
        Files.write(file, content);
    }

    @Test
    void fetch_ownUploadIsGoneOrRotten_comesFromTheReplica() throws Exception {
        byte[] content = fleet.bytes(5000);
        UploadReceipt own = fleet.keep(content);
        UploadReceipt receipt = new UploadReceipt(
                own.id(),
                own.name(),
                own.type(),
                own.size(),
                own.digest(),
                List.of(own.owner(), a.keep(own.id(), content, a.base()).owner()),
                own.subject(),
                own.issuedAt(),
                own.expiresAt(),
                own.batch(),
                own.context());
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            try (FetchedUploads files = fetcher.fetch(List.of(receipt))) {
                assertThat(files.list().get(0).isLocal()).isTrue();
            }
            rot(own);
            try (FetchedUploads files = fetcher.fetch(List.of(receipt))) {
                assertThat(files.list().get(0).isLocal()).isFalse();
                assertThat(read(files.list().get(0))).isEqualTo(content);
            }
            fleet.engine.store().discard(own.id(), own.owner().hour());
            try (FetchedUploads files = fetcher.fetch(List.of(receipt))) {
                assertThat(read(files.list().get(0))).isEqualTo(content);
            }
        }
    }

    @Test
    void fetch_severalFailures_namesEach() throws Exception {
        UploadReceipt gone = ScriptedPeer.receipt(UploadId.random(), new byte[1], a.base());
        UploadReceipt ownGone = ScriptedPeer.receipt(UploadId.random(), new byte[1], fleet.self.base());
        UploadReceipt refused = b.keep(fleet.bytes(3));
        b.script(refused, ScriptedPeer.status(403));
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            FetchException e = catchThrowableOfType(
                    FetchException.class, () -> fetcher.fetch(List.of(gone, a.keep(fleet.bytes(9)), ownGone, refused)));

            assertThat(e.failures()).extracting(FetchException.Failure::index).containsExactly(0, 2, 3);
            assertThat(e.failures())
                    .extracting(FetchException.Failure::kind)
                    .containsExactly(Kind.GONE, Kind.GONE, Kind.REFUSED);
        }
    }

    @Test
    void fetch_ownerGoneAndReplicaDown_isUnreachable() throws Exception {
        UploadReceipt receipt = ScriptedPeer.receipt(UploadId.random(), new byte[1], a.base(), b.base());
        b.script(receipt, ScriptedPeer.status(503));
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            FetchException e = catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(receipt)));

            assertThat(e.failures().get(0).kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(e.failures().get(0).cause()).contains("127.0.0.1:" + a.port(), "127.0.0.1:" + b.port());
        }
    }

    @Test
    void fetch_events_sayWhatHappened() throws Exception {
        UploadReceipt peers = a.keep(fleet.bytes(10));
        UploadReceipt own = fleet.keep(fleet.bytes(10));
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(List.of(peers, own), Claim.of("order-7"))) {
            files.discard();
        }
        assertThat(events)
                .containsExactlyInAnyOrder(
                        "claimed " + own.id() + " by order-7",
                        "fetched " + peers.id() + " from its owner",
                        "fetched " + own.id() + " here",
                        "discarded " + own.id());
    }

    /** The fetcher's own threads send the requests, so the trace is read on the caller's. */
    @Test
    void requests_bearTheTraceOfTheCaller() throws Exception {
        String trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        UploadReceipt first = a.keep(fleet.bytes(10));
        UploadReceipt second = a.keep(fleet.bytes(10));
        TraceContext.enter(Optional.of(trace));
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(List.of(first), Claim.of("order-7"))) {
            TraceContext.leave();
            files.discard();
            assertThat(a.requests(first)).containsExactly("POST", "GET", "DELETE");
            assertThat(a.asked)
                    .extracting(asked -> asked.fields().get("traceparent"))
                    .containsOnly(trace);
            a.asked.clear();
            fetcher.fetch(List.of(second)).close();
            assertThat(a.asked).noneMatch(asked -> asked.fields().containsKey("traceparent"));
        } finally {
            TraceContext.leave();
        }
        a.asked.clear();
        try (PeerFetcher fetcher = fleet.fetcher()
                .traceparent(() -> Optional.of(trace + "-and more"))
                .build()) {
            fetcher.fetch(List.of(second)).close();
        }
        assertThat(a.asked).isNotEmpty().noneMatch(asked -> asked.fields().containsKey("traceparent"));
    }

    @Test
    void progress_brokenPull_neverFallsAndEndsWithTheSize() throws Exception {
        Map<UploadReceipt, List<Long>> told = new ConcurrentHashMap<>();
        UploadReceipt big = a.keep(fleet.bytes(5_000_000));
        UploadReceipt own = fleet.keep(fleet.bytes(100));
        a.script(big, Scripts.truncates(3_500_000), Scripts.flips(4_900_000), a::honest);
        FetchProgress progress = (receipt, bytes) -> {
            told.computeIfAbsent(receipt, r -> new CopyOnWriteArrayList<>()).add(bytes);
            if (receipt.equals(own)) {
                throw new IllegalStateException("a listener that fails changes nothing");
            }
        };

        try (PeerFetcher fetcher = fleet.fetcher().progress(progress).build();
                FetchedUploads files = fetcher.fetch(List.of(big, own))) {
            assertThat(files).hasSize(2);
        }
        assertThat(told.get(big))
                .isSorted()
                .doesNotHaveDuplicates()
                .endsWith(5_000_000L)
                .hasSizeBetween(3, 6);
        assertThat(told.get(own)).containsExactly(100L);
    }

    @Test
    void discard_deletesEverywhereAndOnce() throws Exception {
        byte[] content = fleet.bytes(10);
        UploadReceipt twice = b.keep(a.keep(content).id(), content, a.base(), b.base());
        UploadReceipt own = fleet.keep(content);
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(List.of(twice, own), Claim.of("x"))) {
            files.discard();
            files.discard();

            assertThat(a.has(twice.id()) || b.has(twice.id())).isFalse();
            assertThat(fleet.engine.store().find(own.id(), own.owner().hour())).isEmpty();
            assertThat(a.requests(twice)).containsExactly("HEAD", "POST", "GET", "DELETE");
            assertThat(b.requests(twice)).containsExactly("DELETE");
            assertThat(a.asked)
                    .allSatisfy(asked -> assertThat(asked.token().claim()).contains(Claim.of("x")));
            assertThat(read(files.list().get(0))).isEqualTo(content);
        }
    }

    @Test
    void discard_failures_areNamedAfterAllWereTriedAndAreTriedAgain() throws Exception {
        UploadReceipt first = a.keep(fleet.bytes(10));
        UploadReceipt second = a.keep(fleet.bytes(10));
        ScriptedPeer.Script down = ScriptedPeer.status(503);
        a.script(first, a::honest, down, down, down, a::honest);
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(List.of(first, second))) {
            FetchException e = catchThrowableOfType(FetchException.class, files::discard);

            assertThat(e.failures()).extracting(FetchException.Failure::index).containsExactly(0);
            assertThat(a.has(second.id())).isFalse();
            files.discard();
            assertThat(a.has(first.id())).isFalse();
            assertThat(a.requests(second)).containsExactly("GET", "DELETE");
        }
    }

    @Test
    void close_deletesTheCopies() throws Exception {
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            FetchedUploads files = fetcher.fetch(List.of(a.keep(fleet.bytes(10))));
            FetchedUpload file = files.list().get(0);
            assertThat(fleet.left()).isNotEmpty();
            files.close();
            files.close();

            fleet.assertNothingLeft();
            assertThatIllegalStateException().isThrownBy(file::open);
        }
    }

    @Test
    void closeFetcher_deletesWhatNobodyClosed() throws Exception {
        PeerFetcher fetcher = fleet.fetcher().build();
        FetchedUploads files = fetcher.fetch(List.of(a.keep(fleet.bytes(10))));
        assertThat(files).hasSize(1);
        fetcher.close();

        fleet.assertNothingLeft();
        assertThatIllegalStateException().isThrownBy(() -> fetcher.fetch(List.of()));
    }

    @Test
    void closeFetcher_whileFetching_endsTheFetch() throws Exception {
        UploadReceipt receipt = a.keep(fleet.bytes(1000));
        a.script(receipt, Scripts.trickles());
        PeerFetcher fetcher = fleet.fetcher().build();
        CompletableFuture<FetchException> outcome = CompletableFuture.supplyAsync(
                () -> catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(receipt, receipt))));
        Await.until("two requests", () -> a.asked.size() >= 2);
        fetcher.close();

        assertThat(outcome.get(15, TimeUnit.SECONDS).failures()).hasSize(2);
    }

    private Optional<PeerRelay> relay() {
        return fleet.engine.peers().relay();
    }

    @Test
    void build_attachesARelayToTheHost_closeDetachesIt() throws Exception {
        assertThat(relay()).isEmpty();
        try (PeerFetcher fetcher = PeerFetcher.create(fleet.host)) {
            assertThat(relay()).isPresent();
            assertThat(fetcher.fetch(List.of())).isEmpty();
        }
        assertThat(relay()).isEmpty();
    }

    @Test
    void close_anotherFetcherWasMadeSince_leavesItsRelay() throws Exception {
        PeerFetcher first = PeerFetcher.create(fleet.host);
        Optional<PeerRelay> replaced = relay();
        PeerFetcher second = PeerFetcher.create(fleet.host);
        Optional<PeerRelay> attached = relay();
        assertThat(attached).isPresent().isNotEqualTo(replaced);

        first.close();
        assertThat(relay()).isEqualTo(attached);
        second.close();
        assertThat(relay()).isEmpty();
    }

    @Test
    void fetch_interrupted_ends() throws Exception {
        UploadReceipt receipt = a.keep(fleet.bytes(1000));
        a.script(receipt, Scripts.trickles());
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            Thread.currentThread().interrupt();
            FetchException e = catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(receipt)));

            assertThat(Thread.interrupted()).isTrue();
            assertThat(e).hasMessageContaining("interrupted");
        }
    }

    @Test
    void fetch_nameServiceHangs_endsAtTheDeadline() throws Exception {
        UploadReceipt receipt = a.keep(fleet.bytes(10));
        CountDownLatch end = new CountDownLatch(1);
        SystemDefaultDnsResolver hangs = new SystemDefaultDnsResolver() {
            @Override
            public InetAddress[] resolve(String host) {
                try {
                    assertThat(end.await(30, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return new InetAddress[] {InetAddress.getLoopbackAddress()};
            }
        };
        try (PeerFetcher fetcher =
                fleet.fetcher().names(hangs).deadline(Duration.ofMillis(500)).build()) {
            long start = System.nanoTime();
            FetchException e = catchThrowableOfType(
                    FetchException.class, () -> fetcher.fetch(List.of(receipt, receipt, receipt, receipt, receipt)));

            end.countDown();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
            assertThat(e.failures()).hasSize(5);
        }
    }

    @Test
    void fetch_noRoomOnTheDisk_saysStorage() throws Exception {
        UploadReceipt receipt = a.keep(fleet.bytes(10));
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            Path away = fleet.work.resolveSibling("away");
            Files.move(fleet.work, away);
            FetchException e =
                    catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(receipt, receipt)));
            Files.move(away, fleet.work);

            assertThat(e.has(Kind.STORAGE)).isTrue();
            assertThat(e.getMessage()).doesNotContain(directory.toString());
        }
    }

    @Test
    void fetch_ipv6Literal_isReached() throws Exception {
        try (ScriptedPeer six = ScriptedPeer.start(fleet.ring, "[::1]")) {
            byte[] content = fleet.bytes(10);
            UploadReceipt receipt = six.keep(content);
            try (PeerFetcher fetcher = fleet.fetcher()
                            .policy(PeerPolicy.privateNetwork().ports(six.port()))
                            .build();
                    FetchedUploads files = fetcher.fetch(List.of(receipt))) {
                assertThat(read(files.list().get(0))).isEqualTo(content);
                assertThat(six.asked.get(0).fields()).containsEntry("host", "[::1]:" + six.port());
            }
            assertThat(six.violations).isEmpty();
        }
    }

    @Test
    void build_wrongSettings_areRefused() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        assertThatIllegalStateException()
                .isThrownBy(() -> fleet.fetcher().workDirectory(file).build())
                .withMessageContaining("workDirectory");
        assertThatIllegalArgumentException().isThrownBy(() -> fleet.fetcher().parallel(0));
        assertThatIllegalArgumentException().isThrownBy(() -> fleet.fetcher().parallel(1025));
        assertThatIllegalArgumentException().isThrownBy(() -> fleet.fetcher().minBytesPerSecond(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> fleet.fetcher().deadline(Duration.ZERO));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fleet.fetcher().deadline(Duration.ofSeconds(Long.MAX_VALUE)));
    }

    @Test
    void fetch_everythingLogged_showsNoToken() throws Exception {
        List<String> logged = ClientLog.during(() -> {
            try (PeerFetcher fetcher = fleet.fetcher().build();
                    FetchedUploads files = fetcher.fetch(List.of(a.keep(fleet.bytes(10))), Claim.of("x"))) {
                files.discard();
            }
        });
        assertThat(logged).isNotEmpty().noneMatch(line -> line.contains("Bearer") || line.contains("eyJ"));
    }

    @Test
    void stream_fetcherClosed_saysSo() throws Exception {
        PeerFetcher fetcher = fleet.fetcher().readAhead(1, 1).build();
        UploadReceipt receipt = a.keep(fleet.bytes(10));
        Iterator<FetchedUpload> files =
                fetcher.stream(List.of(receipt, receipt, receipt)).iterator();
        files.next();
        fetcher.close();

        assertThatThrownBy(() -> files.forEachRemaining(file -> {}))
                .isInstanceOfAny(IllegalStateException.class, UncheckedIOException.class);
    }

    @Test
    void probe_healthyHost_passesOverTheNetworkAndLeavesNothing() throws Exception {
        try (PeerFetcher fetcher =
                PeerFetcher.builder(fleet.host).workDirectory(fleet.work).build()) {
            fetcher.probe();

            assertThat(fleet.self.asked).singleElement().satisfies(asked -> {
                assertThat(asked.method()).isEqualTo("GET");
                Location probed = asked.location();
                assertThat(fleet.engine.store().find(probed.id(), probed.hour()))
                        .isEmpty();
            });
        }
    }

    @Test
    void probe_lessSpaceThanTheDefaultFloor_passes() throws Exception {
        UploadStore store = fleet.engine.store();
        UploadStore small = (UploadStore) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {UploadStore.class},
                (proxy, method, arguments) ->
                        method.getName().equals("freeSpace") ? (Object) 1_000_000L : method.invoke(store, arguments));
        try (UploadHost host = UploadHost.builder(fleet.ring, small)
                        .internalUrl(fleet.self.base())
                        .developmentMode()
                        .build();
                PeerFetcher fetcher =
                        PeerFetcher.builder(host).workDirectory(fleet.work).build()) {
            fetcher.probe();
        }
    }

    @Test
    void probe_sickHost_saysWhatToChange() throws Exception {
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            fleet.self.serve(location -> Optional.empty());
            assertThatThrownBy(fetcher::probe)
                    .isInstanceOf(FetchException.class)
                    .hasMessageContaining("has another store")
                    .hasMessageContaining(fleet.self.base());
            fleet.self.serve(location -> Optional.of(new byte[3]));
            assertThatThrownBy(fetcher::probe).hasMessageContaining("send files as they are");
            fleet.self.close();
            assertThatThrownBy(fetcher::probe).hasMessageContaining("set it to a name and port that peers reach");
        }
    }

    @Test
    void copyTo_streamThatFails_passesItsFailureOn() throws Exception {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("full");
            }
        };
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(List.of(a.keep(fleet.bytes(10))))) {
            assertThatThrownBy(() -> files.list().get(0).copyTo(full)).hasMessage("full");
        }
    }
}
