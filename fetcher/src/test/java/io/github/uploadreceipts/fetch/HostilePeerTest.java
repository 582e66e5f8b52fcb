package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.Fleet.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.ScriptedPeer.Script;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class HostilePeerTest {

    private static final int SIZE = 300_000;

    @TempDir
    private Path directory;

    private long descriptors;
    private Fleet fleet;
    private ScriptedPeer bad;
    private ScriptedPeer good;

    @BeforeEach
    void start() throws IOException {
        descriptors = Descriptors.count(directory);
        fleet = new Fleet(directory);
        bad = fleet.peer();
        good = fleet.peer();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        fleet.assertTokensWereRight();
        fleet.assertNothingLeft();
        fleet.close();
        Descriptors.assertBackTo(descriptors, directory);
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of("gone", Kind.GONE, ScriptedPeer.status(404), 1),
                Arguments.of("gone for good", Kind.GONE, ScriptedPeer.status(410), 1),
                Arguments.of("is gone, says another", Kind.UNREACHABLE, ScriptedPeer.unmarked(404), 3),
                Arguments.of("is gone for good, says another", Kind.UNREACHABLE, ScriptedPeer.unmarked(410), 3),
                Arguments.of("is claimed, says another", Kind.UNREACHABLE, ScriptedPeer.unmarked(409), 3),
                Arguments.of("forbids, says another", Kind.REFUSED, ScriptedPeer.unmarked(403), 1),
                Arguments.of("refuses", Kind.REFUSED, ScriptedPeer.status(401), 1),
                Arguments.of("forbids", Kind.REFUSED, ScriptedPeer.status(403), 1),
                Arguments.of("responds 418", Kind.REFUSED, ScriptedPeer.status(418), 1),
                Arguments.of("has no content", Kind.REFUSED, ScriptedPeer.status(204), 1),
                Arguments.of("fails", Kind.UNREACHABLE, ScriptedPeer.status(500), 3),
                Arguments.of("is down", Kind.UNREACHABLE, ScriptedPeer.status(503), 3),
                Arguments.of("is busy", Kind.UNREACHABLE, ScriptedPeer.status(429), 3),
                Arguments.of("redirects", Kind.REFUSED, Scripts.redirects("http://127.0.0.1:1/"), 1),
                Arguments.of("compresses", Kind.REFUSED, Scripts.compresses(), 1),
                Arguments.of("chunks", Kind.WRONG_BYTES, Scripts.chunks(), 1),
                Arguments.of("promises one more", Kind.WRONG_BYTES, Scripts.promisesOneMore(), 1),
                Arguments.of("promises one less", Kind.WRONG_BYTES, Scripts.promisesOneLess(), 1),
                Arguments.of("flips the first bit", Kind.WRONG_BYTES, Scripts.flips(0), 1),
                Arguments.of("flips the last bit", Kind.WRONG_BYTES, Scripts.flips(SIZE - 1), 1),
                Arguments.of("never ends", Kind.WRONG_BYTES, Scripts.endless(), 1),
                Arguments.of("never ends its field", Kind.UNREACHABLE, Scripts.endlessField(), 3),
                Arguments.of("sends only interim responses", Kind.UNREACHABLE, Scripts.endlessInterimResponses(), 3),
                Arguments.of("closes at once", Kind.UNREACHABLE, Scripts.closesAtOnce(), 3),
                Arguments.of("cuts its head", Kind.UNREACHABLE, Scripts.cutsHead(), 3),
                Arguments.of("speaks no HTTP", Kind.UNREACHABLE, Scripts.noHttp(), 3),
                Arguments.of("truncates at the head", Kind.UNREACHABLE, Scripts.truncates(0), 3),
                Arguments.of("resets at the head", Kind.UNREACHABLE, Scripts.resets(0), 3),
                Arguments.of("is silent", Kind.TIMEOUT, Scripts.silent(), 3),
                Arguments.of("stalls", Kind.TIMEOUT, Scripts.stalls(0), 3));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void fetch_fault_namesTheReceiptAndLeavesNothing(String name, Kind kind, Script fault, int requests)
            throws Exception {
        UploadReceipt fine = good.keep(fleet.bytes(1000));
        UploadReceipt broken = bad.keep(fleet.bytes(SIZE));
        bad.script(broken, fault);

        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            FetchException e =
                    catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(fine, broken, fine)));

            assertThat(e.failures()).singleElement().satisfies(failure -> {
                assertThat(failure.index()).isEqualTo(1);
                assertThat(failure.id()).isEqualTo(broken.id());
                assertThat(failure.kind()).isEqualTo(kind);
                assertThat(failure.cause())
                        .startsWith("127.0.0.1:" + bad.port())
                        .doesNotContain("eyJ")
                        .doesNotContain(directory.toString());
            });
            assertThat(bad.requests(broken)).hasSize(requests);
            fleet.assertNothingLeft();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void fetch_faultAtTheOwner_fetchesFromTheReplica(String name, Kind kind, Script fault, int requests)
            throws Exception {
        byte[] content = fleet.bytes(SIZE);
        UploadReceipt alone = bad.keep(content);
        UploadReceipt receipt = good.keep(alone.id(), content, bad.base(), good.base());
        bad.script(receipt, fault);

        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(List.of(receipt))) {
            assertThat(read(files.list().get(0))).isEqualTo(content);
            assertThat(files.list().get(0).location().base()).hasToString(good.base());
        }
    }

    @Test
    void fetch_claimedElsewhere_endsEverything() throws Exception {
        UploadReceipt taken = bad.keep(fleet.bytes(10));
        good.keep(taken.id(), fleet.bytes(10), good.base());
        UploadReceipt receipt = ScriptedPeer.receipt(taken.id(), new byte[10], bad.base(), good.base());
        bad.script(receipt, ScriptedPeer.status(409));

        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            FetchException e = catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(receipt)));

            assertThat(e.has(Kind.CLAIMED)).isTrue();
            assertThat(good.asked).isEmpty();
        }
    }

    static Stream<Arguments> breaks() {
        return IntStream.of(1, 4096, 131_072, SIZE - 1)
                .boxed()
                .flatMap(offset -> Stream.of(
                        Arguments.of("truncates", offset, Scripts.truncates(offset)),
                        Arguments.of("resets", offset, Scripts.resets(offset)),
                        Arguments.of("stalls", offset, Scripts.stalls(offset))));
    }

    @ParameterizedTest(name = "{0} at {1}")
    @MethodSource("breaks")
    void fetch_brokenPull_resumesWhereItBroke(String name, int offset, Script fault) throws Exception {
        byte[] content = fleet.bytes(SIZE);
        UploadReceipt receipt = bad.keep(content);
        bad.script(receipt, fault, bad::honest);

        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(List.of(receipt))) {
            assertThat(read(files.list().get(0))).isEqualTo(content);
            assertThat(bad.requests(receipt)).hasSize(2).startsWith("GET");
            if (!name.equals("resets")) { // a reset may discard bytes that were still in transit
                assertThat(bad.requests(receipt).get(1)).isEqualTo("GET bytes=" + offset + "-");
            }
            assertThat(bad.asked.get(1).fields())
                    .containsEntry("if-range", receipt.digest().entityTag());
        }
    }

    /** The peer itself cannot know that it refuses everybody. So the hosts that ask it log its name. */
    @Test
    void fetch_peerThatRefusesEverybody_isNamedInTheLogOnce() throws Exception {
        byte[] content = fleet.bytes(10);
        UploadReceipt receipt = good.keep(bad.keep(content).id(), content, bad.base(), good.base());
        bad.script(receipt, ScriptedPeer.status(401));

        List<String> logged = ClientLog.during(() -> {
            try (PeerFetcher fetcher = fleet.fetcher().build()) {
                for (int i = 0; i < 2; i++) {
                    fetcher.fetch(List.of(receipt)).close();
                }
            }
        });

        assertThat(bad.requests(receipt)).hasSize(2);
        assertThat(logged)
                .filteredOn(line -> line.contains("127.0.0.1:" + bad.port() + " refuses what this host asks (401)"))
                .hasSize(1);
    }

    @Test
    void fetch_brokenAtTheOwner_resumesAtTheReplica() throws Exception {
        byte[] content = fleet.bytes(SIZE);
        UploadReceipt alone = bad.keep(content);
        UploadReceipt receipt = good.keep(alone.id(), content, bad.base(), good.base());
        bad.script(receipt, Scripts.truncates(70_000), ScriptedPeer.status(404));

        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(List.of(receipt))) {
            assertThat(read(files.list().get(0))).isEqualTo(content);
            assertThat(good.requests(receipt)).containsExactly("GET bytes=70000-");
        }
    }

    @Test
    void fetch_alwaysBreaks_endsAfterItsAttempts() throws Exception {
        UploadReceipt receipt = bad.keep(fleet.bytes(SIZE));
        bad.script(receipt, Scripts.resets(1000));

        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            FetchException e = catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(receipt)));

            assertThat(e.has(Kind.UNREACHABLE)).isTrue();
            assertThat(bad.requests(receipt)).containsExactly("GET", "GET bytes=1000-", "GET bytes=2000-");
        }
    }

    static Stream<Arguments> rangeLies() {
        return Stream.of(
                Arguments.of("another range", Scripts.shiftsRange(1)),
                Arguments.of("an earlier range", Scripts.shiftsRange(-1)),
                Arguments.of("other bytes", Scripts.liesInRange()),
                Arguments.of("all of it", Scripts.ignoresRange()),
                Arguments.of("a flipped bit", Scripts.flips(SIZE - 5)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rangeLies")
    void fetch_resumedWithALie_startsAnew(String name, Script lie) throws Exception {
        byte[] content = fleet.bytes(SIZE);
        UploadReceipt receipt = bad.keep(content);
        bad.script(receipt, Scripts.truncates(150_001), lie, bad::honest);

        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(List.of(receipt))) {
            assertThat(read(files.list().get(0))).isEqualTo(content);
        }
    }

    @Test
    void fetch_wrongStart_isNotMendedByTheRest() throws Exception {
        byte[] content = fleet.bytes(SIZE);
        UploadReceipt receipt = bad.keep(content);
        byte[] wrong = content.clone();
        wrong[17] ^= 4;
        bad.script(
                receipt,
                (asked, out, socket) -> {
                    ScriptedPeer.head(out, asked, asked.range());
                    out.write(wrong, 0, 1000);
                    out.flush();
                    socket.close();
                },
                bad::honest);

        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.fetch(List.of(receipt))) {
            assertThat(read(files.list().get(0))).isEqualTo(content);
            assertThat(bad.requests(receipt)).containsExactly("GET", "GET bytes=1000-", "GET");
        }
    }

    @Test
    void fetch_sendsMoreThanItSays_nextResponseIsNotTheSmuggledOne() throws Exception {
        List<UploadReceipt> receipts =
                IntStream.range(0, 8).mapToObj(i -> bad.keep(fleet.bytes(3))).toList();
        bad.script(receipts.get(0), Scripts.sendsOneMore());

        try (PeerFetcher fetcher = fleet.fetcher().parallel(1).build();
                FetchedUploads files = fetcher.fetch(receipts)) {
            assertThat(files.list()).hasSize(8);
        }
    }

    @Test
    void fetch_peerThatNeverFallsSilent_endsAtTheDeadline() throws Exception {
        UploadReceipt receipt = bad.keep(fleet.bytes(SIZE));
        bad.script(receipt, Scripts.trickles());
        List<UploadReceipt> receipts = List.of(receipt, good.keep(fleet.bytes(10)), receipt, receipt);

        try (PeerFetcher fetcher =
                fleet.fetcher().deadline(Duration.ofSeconds(1)).build()) {
            long start = System.nanoTime();
            FetchException e = catchThrowableOfType(FetchException.class, () -> fetcher.fetch(receipts));

            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(900), Duration.ofMinutes(1));
            assertThat(e.failures()).extracting(FetchException.Failure::index).containsExactly(0, 2, 3);
            assertThat(e.failures()).extracting(FetchException.Failure::kind).containsOnly(Kind.TIMEOUT);
            Await.until("end of the requests in flight", () -> bad.inFlight.get() == 0);
        }
    }

    @Test
    void fetch_ownerTrickles_resumesAtTheReplica() throws Exception {
        byte[] content = fleet.bytes(SIZE);
        UploadReceipt alone = bad.keep(content);
        UploadReceipt receipt = good.keep(alone.id(), content, bad.base(), good.base());
        bad.script(receipt, Scripts.trickles());

        try (PeerFetcher fetcher =
                        fleet.fetcher().minRateAfter(Duration.ofMillis(300)).build();
                FetchedUploads files = fetcher.fetch(List.of(receipt))) {
            assertThat(read(files.list().get(0))).isEqualTo(content);
            assertThat(bad.requests(receipt)).containsExactly("GET");
            assertThat(good.requests(receipt)).singleElement().asString().startsWith("GET bytes=");
        }
    }

    @Test
    void fetch_tricklesOrIsJustSlow_endsOrIsFetched() throws Exception {
        UploadReceipt trickling = bad.keep(fleet.bytes(1000));
        UploadReceipt slow = good.keep(fleet.bytes(10));
        bad.script(trickling, Scripts.trickles());
        good.script(slow, Scripts.trickles());

        try (PeerFetcher fetcher =
                fleet.fetcher().minRateAfter(Duration.ofSeconds(3)).build()) {
            FetchException e =
                    catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(slow, trickling)));

            assertThat(e.failures()).singleElement().satisfies(failure -> {
                assertThat(failure.index()).isEqualTo(1);
                assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
                assertThat(failure.cause()).endsWith("the peer sends too slowly");
            });
        }
    }

    @Test
    void fetch_anotherIsStuck_isNotHeldUp() throws Exception {
        List<UploadReceipt> stuck =
                IntStream.range(0, 8).mapToObj(i -> bad.keep(fleet.bytes(1000))).toList();
        stuck.forEach(receipt -> bad.script(receipt, Scripts.trickles()));
        PeerFetcher fetcher =
                fleet.fetcher().parallel(2).deadline(Duration.ofMinutes(2)).build();
        CompletableFuture<FetchException> outcome = CompletableFuture.supplyAsync(
                () -> catchThrowableOfType(FetchException.class, () -> fetcher.fetch(stuck)));
        Await.until("two requests", () -> bad.inFlight.get() >= 2);
        long start = System.nanoTime();
        try (FetchedUploads files = fetcher.fetch(List.of(good.keep(fleet.bytes(10))))) {
            assertThat(files).hasSize(1);
        }

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMinutes(1));
        assertThat(bad.maxInFlight).hasValue(2);
        fetcher.close();
        assertThat(outcome.get(120, TimeUnit.SECONDS).failures())
                .hasSize(8)
                .extracting(FetchException.Failure::cause)
                .containsOnly(PeerException.cancelled().text());
    }

    @Test
    void fetch_moreStuckThanThreads_endsAtTheDeadlineAndNamesAll() throws Exception {
        List<UploadReceipt> receipts =
                IntStream.range(0, 50).mapToObj(i -> bad.keep(fleet.bytes(100))).toList();
        receipts.forEach(receipt -> bad.script(receipt, Scripts.trickles()));

        try (PeerFetcher fetcher =
                fleet.fetcher().deadline(Duration.ofSeconds(1)).build()) {
            long start = System.nanoTime();
            FetchException e = catchThrowableOfType(FetchException.class, () -> fetcher.fetch(receipts));

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMinutes(1));
            assertThat(e.failures()).hasSize(50);
            assertThat(e.getMessage()).endsWith("and 40 more");
        }
    }

    @Test
    void fetch_deadHost_isTriedForOneUploadOnly() throws Exception {
        List<UploadReceipt> receipts =
                IntStream.range(0, 33).mapToObj(i -> bad.keep(fleet.bytes(10))).toList();
        AtomicInteger connects = new AtomicInteger();
        PeerFetcher.Builder builder = fleet.fetcher().parallel(1).names(new SystemDefaultDnsResolver() {
            @Override
            public InetAddress[] resolve(String host) throws UnknownHostException {
                connects.incrementAndGet();
                return super.resolve(host);
            }
        });
        bad.close();

        try (PeerFetcher fetcher = builder.build()) {
            FetchException e = catchThrowableOfType(FetchException.class, () -> fetcher.fetch(receipts));

            assertThat(e.failures()).hasSize(33);
            assertThat(e.failures()).extracting(FetchException.Failure::kind).containsOnly(Kind.UNREACHABLE);
            assertThat(connects).hasValue(3);
        }
    }

    @Test
    void fetch_deadHost_isUnreachable() throws Exception {
        UploadReceipt receipt = bad.keep(fleet.bytes(10));
        PeerFetcher.Builder builder = fleet.fetcher();
        bad.close();

        try (PeerFetcher fetcher = builder.build()) {
            FetchException e = catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(receipt)));

            assertThat(e.has(Kind.UNREACHABLE)).isTrue();
        }
    }
}
