package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.Fleet.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.UploadId;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hosts that do not respond: unplugged hosts, to which no connection opens, and hung hosts, whose kernel still accepts
 * connections.
 */
class SilentHostTest {

    private static final Duration PATIENCE = Duration.ofSeconds(3);

    @TempDir
    private Path directory;

    private final List<Closeable> opened = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();
    private Fleet fleet;
    private ScriptedPeer good;

    @BeforeEach
    void start() throws IOException {
        fleet = new Fleet(directory);
        good = fleet.peer();
        ports.add(good.port());
    }

    @AfterEach
    void stop() throws IOException {
        fleet.assertNothingLeft();
        for (Closeable one : opened) {
            one.close();
        }
        fleet.close();
    }

    private PeerFetcher.Builder usual() {
        return PeerFetcher.builder(fleet.host)
                .workDirectory(fleet.work)
                .policy(PeerPolicy.privateNetwork()
                        .ports(ports.stream().mapToInt(Integer::intValue).toArray()));
    }

    private String unplugged() throws IOException {
        BlackHole hole = new BlackHole();
        opened.add(hole);
        return base(hole.port());
    }

    private String hung() throws IOException {
        ServerSocket socket = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        opened.add(socket);
        return base(socket.getLocalPort());
    }

    private String base(int port) {
        ports.add(port);
        return "http://127.0.0.1:" + port;
    }

    private static List<UploadReceipt> lost(int count, String... bases) {
        return IntStream.range(0, count)
                .mapToObj(i -> ScriptedPeer.receipt(UploadId.random(), new byte[10], bases))
                .toList();
    }

    private record Refused(FetchException why, Duration after) {

        List<Integer> indices() {
            return why.failures().stream().map(FetchException.Failure::index).toList();
        }
    }

    private static Refused fetch(PeerFetcher fetcher, List<UploadReceipt> receipts, Optional<Claim> claim) {
        long start = System.nanoTime();
        FetchException e = catchThrowableOfType(
                FetchException.class,
                () -> (claim.isPresent() ? fetcher.fetch(receipts, claim.get()) : fetcher.fetch(receipts)).close());
        return new Refused(e, Duration.ofNanos(System.nanoTime() - start));
    }

    private List<UploadReceipt> fourLostAndOneLiving(String base) {
        List<UploadReceipt> receipts = new ArrayList<>(lost(4, base));
        receipts.add(good.keep(fleet.bytes(10)));
        return receipts;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void fetch_silentHost_isRefusedAfter4s_andTheNextAtOnce(boolean unplugged) throws Exception {
        List<UploadReceipt> receipts = fourLostAndOneLiving(unplugged ? unplugged() : hung());
        try (PeerFetcher fetcher = usual().build()) {
            Refused first = fetch(fetcher, receipts, Optional.of(Claim.of("order-1")));
            Refused second = fetch(fetcher, receipts, Optional.of(Claim.of("order-2")));
            Refused unclaimed = fetch(fetcher, receipts, Optional.empty());

            assertThat(first.after()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(15));
            assertThat(second.after()).isLessThan(Duration.ofSeconds(3));
            assertThat(unclaimed.after()).isLessThan(Duration.ofSeconds(3));
            for (Refused one : List.of(first, second, unclaimed)) {
                assertThat(one.indices()).containsExactly(0, 1, 2, 3);
                assertThat(one.why().failures())
                        .extracting(FetchException.Failure::kind)
                        .containsOnly(Kind.UNREACHABLE);
            }
            assertThat(good.claimOf(receipts.get(4).id())).isEmpty();
        }
    }

    @Test
    void fetch_fallsSilentOnAKeptConnection_isRefusedAfterThePatience() throws Exception {
        ScriptedPeer peer = fleet.peer();
        ports.add(peer.port());
        List<UploadReceipt> receipts = fourLostAndOneLiving(peer.base());
        receipts.subList(0, 4).forEach(receipt -> peer.script(receipt, Scripts.silent()));
        try (PeerFetcher fetcher = usual().patience(PATIENCE).build()) {
            fetcher.fetch(List.of(peer.keep(fleet.bytes(10)))).close();
            Refused refused = fetch(fetcher, receipts, Optional.empty());

            assertThat(refused.after()).isBetween(PATIENCE, PATIENCE.multipliedBy(2));
            assertThat(refused.indices()).containsExactly(0, 1, 2, 3);
        }
    }

    /** Every read returns something, so no time-out of the socket ends this. */
    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\nX-Long: ", "HTTP/1.1 100 Continue\r\n\r\n"})
    void fetch_headThatComesByteByByte_isSilence(String again) throws Exception {
        ScriptedPeer peer = fleet.peer();
        ports.add(peer.port());
        List<UploadReceipt> receipts = fourLostAndOneLiving(peer.base());
        receipts.subList(0, 4)
                .forEach(receipt -> peer.script(receipt, (asked, out, socket) -> {
                    for (int i = 0; ; i++) {
                        out.write(again.charAt(i % again.length()));
                        out.flush();
                        Thread.sleep(100);
                    }
                }));
        try (PeerFetcher fetcher = usual().patience(PATIENCE).build()) {
            Refused refused = fetch(fetcher, receipts, Optional.empty());
            assertThat(refused.indices()).containsExactly(0, 1, 2, 3);
            assertThat(refused.after()).isBetween(PATIENCE, PATIENCE.multipliedBy(2));
            assertThat(fetch(fetcher, receipts, Optional.empty()).after()).isLessThan(PATIENCE.dividedBy(2));
        }
    }

    @Test
    void fetch_moreSilentHostsThanParallel_areAskedAtOnce() throws Exception {
        List<UploadReceipt> receipts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            receipts.addAll(lost(5, unplugged()));
            receipts.addAll(lost(5, hung()));
        }
        try (PeerFetcher fetcher = usual().parallel(2).patience(PATIENCE).build()) {
            for (Optional<Claim> claim : List.of(Optional.of(Claim.of("x")), Optional.<Claim>empty())) {
                Refused refused = fetch(fetcher, receipts, claim);
                assertThat(refused.indices()).hasSize(30);
                assertThat(refused.after()).isLessThan(PATIENCE.multipliedBy(2));
            }
        }
    }

    @Test
    void fetch_silentOwner_leavesHalfThePatienceToTheReplica_andNoneTheNextTime() throws Exception {
        byte[] content = fleet.bytes(10);
        UploadId id = UploadId.random();
        UploadReceipt receipt = good.keep(id, content, hung(), good.base());
        try (PeerFetcher fetcher = usual().patience(PATIENCE).build()) {
            for (Duration most : List.of(PATIENCE, PATIENCE.dividedBy(2))) {
                long start = System.nanoTime();
                try (FetchedUploads files = fetcher.fetch(List.of(receipt))) {
                    assertThat(read(files.list().get(0))).isEqualTo(content);
                }
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(most);
            }
        }
    }

    @Test
    void relay_silentHost_isKnownToFetches_andTheReverse() throws Exception {
        String one = unplugged();
        String other = unplugged();
        try (PeerFetcher fetcher =
                usual().connectTimeout(PATIENCE).patience(PATIENCE).build()) {
            assertThat(relay(one)).isGreaterThan(PATIENCE.dividedBy(2));
            assertThat(relay(one)).isLessThan(PATIENCE.dividedBy(2));
            assertThat(fetch(fetcher, lost(2, one), Optional.empty()).after()).isLessThan(PATIENCE.dividedBy(2));

            assertThat(fetch(fetcher, lost(2, other), Optional.empty()).after()).isGreaterThan(PATIENCE.dividedBy(2));
            assertThat(relay(other)).isLessThan(PATIENCE.dividedBy(2));
        }
    }

    /** Returns the time until a relayed request has failed. */
    private Duration relay(String base) throws Exception {
        PeerRelay relay = fleet.engine.peers().relay().orElseThrow();
        long start = System.nanoTime();
        var response = relay.send(
                new PeerRelay.Request(URI.create(base), "HEAD", "/uploads/a", Map.of(), 0, Optional.empty()));
        ExecutionException failure =
                catchThrowableOfType(ExecutionException.class, () -> response.get(120, TimeUnit.SECONDS));
        assertThat(failure).hasCauseInstanceOf(PeerRelay.UnreachableException.class);
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
