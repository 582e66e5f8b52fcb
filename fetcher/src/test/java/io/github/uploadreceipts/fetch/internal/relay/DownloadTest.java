package io.github.uploadreceipts.fetch.internal.relay;

import static io.github.uploadreceipts.fetch.DownloadReader.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.fetch.Descriptors;
import io.github.uploadreceipts.fetch.DownloadReader;
import io.github.uploadreceipts.fetch.Fleet;
import io.github.uploadreceipts.fetch.ScriptedPeer;
import io.github.uploadreceipts.fetch.ScriptedPeer.Script;
import io.github.uploadreceipts.fetch.Scripts;
import io.github.uploadreceipts.fetch.internal.connect.AllowedPeers;
import io.github.uploadreceipts.fetch.internal.connect.CheckedResolver;
import io.github.uploadreceipts.fetch.internal.connect.ConnectionPool;
import io.github.uploadreceipts.fetch.internal.connect.Timeouts;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.internal.engine.UnfinishedException;
import io.github.uploadreceipts.internal.peer.AddressRanges;
import io.github.uploadreceipts.internal.peer.OwnUrls;
import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.internal.peer.PeerRequest;
import io.github.uploadreceipts.internal.peer.PeerTokens;
import io.github.uploadreceipts.internal.peer.SilentPeers;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.Await;
import io.github.uploadreceipts.testing.Ports;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads from peers on real sockets. */
final class DownloadTest {

    private static final Duration PATIENT = Duration.ofSeconds(50);
    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir
    private Path directory;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final SilentPeers silentPeers = new SilentPeers();
    private final List<RelayClient> clients = new ArrayList<>();
    private long descriptors;
    private Fleet fleet;

    @BeforeEach
    void start() throws IOException {
        descriptors = Descriptors.count(directory);
        fleet = new Fleet(directory);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        for (RelayClient client : clients) {
            client.close();
            Await.until("buffer given back", () -> client.buffers().inUse() == 0);
        }
        timer.shutdownNow();
        fleet.assertTokensWereRight();
        fleet.close();
        Descriptors.assertBackTo(descriptors, directory);
    }

    private RelayClient client(Duration response, Duration patience, int... ports) {
        AllowedPeers allowed = new AllowedPeers(
                AddressRanges.privateNetworks(),
                Set.copyOf(IntStream.of(ports).boxed().toList()),
                List.of(),
                OwnUrls.of(URI.create(fleet.self.base())),
                true);
        RelayClient client = new RelayClient(
                allowed,
                new CheckedResolver(allowed, SystemDefaultDnsResolver.INSTANCE),
                ConnectionPool.defaultTls(),
                new Timeouts(Duration.ofSeconds(1), response),
                timer,
                silentPeers,
                new PeerTokens(fleet.ring, Clock.systemUTC()),
                patience);
        clients.add(client);
        return client;
    }

    private RelayClient patient(ScriptedPeer... peers) {
        return client(
                PATIENT, PATIENT, Stream.of(peers).mapToInt(ScriptedPeer::port).toArray());
    }

    private static List<PeerRequest> places(UploadReceipt receipt) {
        return receipt.locations().stream()
                .map(location -> PeerRequest.of("GET", location, receipt, Optional.empty()))
                .toList();
    }

    private static CompletableFuture<Download> whole(RelayClient client, UploadReceipt receipt) {
        return client.download(places(receipt), 0, receipt.size());
    }

    private static Download get(CompletableFuture<Download> download) throws Exception {
        return download.get(120, TimeUnit.SECONDS);
    }

    private static Throwable failure(CompletableFuture<Download> download) {
        return catchThrowableOfType(ExecutionException.class, () -> get(download))
                .getCause();
    }

    static Stream<Arguments> ranges() {
        int size = 3 * PeerDownload.WINDOW + 7;
        return Stream.of(
                Arguments.of(0, 0, 0),
                Arguments.of(1, 0, 1),
                Arguments.of(size, 0, size),
                Arguments.of(size, 0, 1),
                Arguments.of(size, 0, size - 1),
                Arguments.of(size, 1, size - 1),
                Arguments.of(size, size - 1, 1),
                Arguments.of(size, PeerDownload.WINDOW - 1, PeerDownload.WINDOW + 2),
                Arguments.of(8 << 20, 0, 8 << 20),
                Arguments.of(8 << 20, 1, (8 << 20) - 2));
    }

    @ParameterizedTest
    @MethodSource("ranges")
    void download_range_isExact(int size, int from, int length) throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(size);
        UploadReceipt receipt = peer.keep(content);
        RelayClient client = patient(peer);
        for (ByteBuffer buffer :
                List.of(ByteBuffer.allocate(70_000), ByteBuffer.allocateDirect(8_000), ByteBuffer.allocate(300_000))) {
            try (Download download = get(client.download(places(receipt), from, length))) {
                assertThat(readAll(download, buffer)).isEqualTo(Arrays.copyOfRange(content, from, from + length));
                assertThat(download.read(buffer.clear())).as("again").isEqualTo(-1);
            }
        }
        assertThat(peer.connections).as("connections, which are kept").hasValue(1);
        Map<String, String> fields = peer.asked.get(0).fields();
        assertThat(fields).containsEntry("user-agent", "upload-receipts").doesNotContainKey("if-range");
        assertThat(fields.get("range"))
                .isEqualTo(from == 0 && length == size ? null : "bytes=" + from + "-" + (from + length - 1));
    }

    @Test
    void download_peerBelowAContextPath_isAsked() throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(100);
        UploadReceipt receipt = peer.keep(UploadId.random(), content, peer.base() + "/photos");

        assertThat(readAll(get(whole(patient(peer), receipt)))).isEqualTo(content);
    }

    @Test
    void download_noRangeOfTheUpload_illegal() throws Exception {
        UploadReceipt receipt = fleet.peer().keep(new byte[10]);
        RelayClient client = patient();
        for (long[] wrong : new long[][] {{-1, 2}, {0, 11}, {10, 1}, {1, -1}, {0, 0}, {Long.MAX_VALUE, 2}}) {
            assertThatIllegalArgumentException()
                    .as(Arrays.toString(wrong))
                    .isThrownBy(() -> client.download(places(receipt), wrong[0], wrong[1]));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> client.download(List.of(), 0, 10));
    }

    /** Its own silence is not the peer's. Meanwhile little is received. */
    @Test
    void read_clientThatPauses_isWaitedFor() throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(16 << 20);
        AtomicInteger sent = new AtomicInteger();
        UploadReceipt receipt = peer.keep(content);
        peer.script(receipt, (asked, out, socket) -> {
            ScriptedPeer.head(out, asked, asked.range());
            for (int at = 0; at < content.length; at += 1 << 16) {
                out.write(content, at, 1 << 16);
                sent.addAndGet(1 << 16);
            }
        });
        RelayClient client = client(SHORT, PATIENT, peer.port());
        try (Download download = get(whole(client, receipt))) {
            DownloadReader reader = new DownloadReader(download, ByteBuffer.allocate(1000));
            Thread.sleep(1500);
            for (int i = 0; i < 100; i++) {
                assertThat(reader.readSome()).isTrue();
            }
            Thread.sleep(1500);
            assertThat(client.buffers().inUse()).isLessThanOrEqualTo(3);
            assertThat(sent).hasValueLessThan(content.length);
            while (reader.readSome()) {
                // until the end
            }
            assertThat(reader.read()).isEqualTo(content);
        }
    }

    @Test
    void read_peerThatTrickles_isWaitedFor() throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(40);
        UploadReceipt receipt = peer.keep(content);
        peer.script(receipt, Scripts.trickles());
        RelayClient client = client(Duration.ofSeconds(1), PATIENT, peer.port());
        try (Download download = get(whole(client, receipt))) {
            assertThat(readAll(download)).isEqualTo(content);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 30_000, 1_000_000})
    void read_peerThatFallsSilent_failsAfterThoseBytes(int sent) throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(2_000_000);
        UploadReceipt receipt = peer.keep(content);
        peer.script(receipt, Scripts.stalls(sent));
        try (Download download = get(whole(client(SHORT, PATIENT, peer.port()), receipt))) {
            DownloadReader reader = new DownloadReader(download, ByteBuffer.allocate(5000));
            assertThatIOException()
                    .isThrownBy(() -> drain(reader))
                    .withMessage("127.0.0.1:" + peer.port() + ": the peer fell silent");
            assertThat(reader.read()).isEqualTo(Arrays.copyOf(content, sent));
            assertThatIOException().as("again").isThrownBy(() -> download.read(ByteBuffer.allocate(1)));
        }
    }

    private static void drain(DownloadReader reader) throws IOException, InterruptedException {
        while (reader.readSome()) {
            // until the end
        }
    }

    @Test
    void read_peerThatIsCut_neverEndsShort() throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(300_000);
        UploadReceipt receipt = peer.keep(content);
        RelayClient client = patient(peer);
        Random random = new Random(5);
        for (int i = 0; i < 60; i++) {
            int cut = i < 3 ? new int[] {0, 1, content.length - 1}[i] : random.nextInt(content.length);
            peer.script(receipt, i % 2 == 0 ? Scripts.truncates(cut) : Scripts.resets(cut));
            try (Download download = get(whole(client, receipt))) {
                DownloadReader reader = new DownloadReader(download, ByteBuffer.allocate(1 + random.nextInt(50_000)));
                assertThatIOException().as("cut at " + cut).isThrownBy(() -> drain(reader));
                assertThat(reader.read()).isEqualTo(Arrays.copyOf(content, reader.read().length));
                assertThat(reader.read()).hasSizeLessThanOrEqualTo(cut);
            }
        }
    }

    private static Script responds(String head) {
        return (asked, out, socket) -> {
            ScriptedPeer.write(
                    out,
                    head.replace("TAG", asked.token().entityTag()) + "Content-Length: "
                            + asked.range().length() + "\r\n\r\n");
            out.write(asked.content(), (int) asked.range().first(), (int)
                    asked.range().length());
        };
    }

    private static Script partial(String fields) {
        return responds("HTTP/1.1 206 Partial Content\r\n" + fields);
    }

    /** Responses to a request for the bytes from 100 to 899 of 1,000. */
    static Stream<Arguments> wrong() {
        String right = "Content-Range: bytes 100-899/1000\r\n";
        String tag = "ETag: TAG\r\n";
        return Stream.of(
                Arguments.of("another range", partial("Content-Range: bytes 101-900/1000\r\n" + tag)),
                Arguments.of("another size", partial("Content-Range: bytes 100-899/1001\r\n" + tag)),
                Arguments.of("no size", partial("Content-Range: bytes 100-899/*\r\n" + tag)),
                Arguments.of("no range", partial(tag)),
                Arguments.of("two ranges", partial(right + right + tag)),
                Arguments.of("another tag", partial(right + "ETag: \"a\"\r\n")),
                Arguments.of("a weak tag", partial(right + "ETag: W/TAG\r\n")),
                Arguments.of("no tag", partial(right)),
                Arguments.of("two tags", partial(right + tag + tag)),
                Arguments.of("a coding", partial(right + tag + "Content-Encoding: gzip\r\n")),
                Arguments.of("chunks", partial(right + tag + "Transfer-Encoding: chunked\r\n")),
                Arguments.of("200 for a range", responds("HTTP/1.1 200 OK\r\n" + right + tag)),
                Arguments.of("the whole upload", Scripts.ignoresRange()),
                Arguments.of("a shifted range", Scripts.shiftsRange(1)),
                Arguments.of("one byte more", lengthOf(801)),
                Arguments.of("one byte less", lengthOf(799)),
                Arguments.of("no length", lengthOf(-1)),
                Arguments.of("a redirection", Scripts.redirects("http://127.0.0.1:1/")),
                Arguments.of("401", ScriptedPeer.status(401)),
                Arguments.of("416", ScriptedPeer.status(416)),
                Arguments.of("404 of a front server", ScriptedPeer.unmarked(404)),
                Arguments.of("404", ScriptedPeer.status(404)),
                Arguments.of("503", ScriptedPeer.status(503)),
                Arguments.of("304", responds("HTTP/1.1 304 Not Modified\r\n" + tag)),
                Arguments.of("no HTTP", Scripts.noHttp()),
                Arguments.of("an endless field", Scripts.endlessField()),
                Arguments.of("endless interim responses", Scripts.endlessInterimResponses()),
                Arguments.of("nothing", Scripts.silent()),
                Arguments.of("the end", Scripts.closesAtOnce()));
    }

    private static Script lengthOf(int length) {
        return (asked, out, socket) -> {
            ScriptedPeer.write(
                    out,
                    "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 100-899/1000\r\nETag: "
                            + asked.token().entityTag() + "\r\n"
                            + (length < 0 ? "" : "Content-Length: " + length + "\r\n") + "\r\n");
            out.write(asked.content(), 0, length < 0 ? 800 : length);
            out.flush();
            socket.close();
        };
    }

    /** No byte of it is read, and the next location is asked. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("wrong")
    void download_wrongResponse_refusedAndTheNextLocationAsked(String what, Script script) throws Exception {
        ScriptedPeer bad = fleet.peer();
        ScriptedPeer good = fleet.peer();
        byte[] content = fleet.bytes(1000);
        UploadId id = UploadId.random();
        UploadReceipt both = bad.keep(id, content, bad.base(), good.base());
        good.keep(id, content, good.base());
        bad.script(both, script);
        RelayClient client = client(SHORT, Duration.ofSeconds(2), bad.port(), good.port());

        assertThat(readAll(get(client.download(places(both), 100, 800))))
                .isEqualTo(Arrays.copyOfRange(content, 100, 900));
        assertThat(good.asked).hasSize(1);
        Throwable alone = failure(client.download(places(both).subList(0, 1), 100, 800));
        assertThat(alone).isInstanceOf(IOException.class).hasMessageNotContaining("Bearer");
        assertThat(alone instanceof StoreException.Gone).isEqualTo(what.equals("404"));
        assertThat(alone instanceof UnreachableException)
                .isEqualTo(List.of(
                                "404 of a front server",
                                "503",
                                "no HTTP",
                                "an endless field",
                                "endless interim responses",
                                "nothing",
                                "the end")
                        .contains(what));
    }

    @Test
    void download_interimResponses_areSkipped() throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(1000);
        UploadReceipt receipt = peer.keep(content);
        peer.script(receipt, (asked, out, socket) -> {
            ScriptedPeer.write(out, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nETag: \"a\"\r\n\r\n");
            peer.honest(asked, out, socket);
        });
        assertThat(readAll(get(whole(patient(peer), receipt)))).isEqualTo(content);
    }

    /** What a peer sends beyond the length is never read. */
    @Test
    void download_moreThanTheLength_isNotTheNextResponse() throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(100_000);
        UploadReceipt receipt = peer.keep(content);
        peer.script(receipt, Scripts.sendsOneMore(), Scripts.sendsOneMore(), peer::honest);
        RelayClient client = patient(peer);
        for (int i = 0; i < 3; i++) {
            assertThat(readAll(get(whole(client, receipt)))).isEqualTo(content);
        }
    }

    @Test
    void download_everyLocationSaysGone_gone() throws Exception {
        ScriptedPeer one = fleet.peer();
        ScriptedPeer other = fleet.peer();
        UploadReceipt receipt = ScriptedPeer.receipt(UploadId.random(), new byte[1], one.base(), other.base());
        one.script(receipt, ScriptedPeer.status(404));
        other.script(receipt, ScriptedPeer.status(410));

        assertThat(failure(whole(patient(one, other), receipt)))
                .isInstanceOf(StoreException.Gone.class)
                .hasMessage(receipt.id().toString());
        assertThat(one.asked).hasSize(1);
        assertThat(other.asked).hasSize(1);
    }

    /** A copy elsewhere does not know the verdict. */
    @ParameterizedTest
    @CsvSource({"425, WAITING", "422, REFUSED"})
    void download_unfinishedAtItsOwner_nobodyElseAsked(int status, Verdict.Status said) throws Exception {
        ScriptedPeer owner = fleet.peer();
        ScriptedPeer other = fleet.peer();
        UploadReceipt receipt = ScriptedPeer.receipt(UploadId.random(), new byte[1], owner.base(), other.base());
        owner.script(receipt, ScriptedPeer.status(status));

        assertThat(failure(whole(patient(owner, other), receipt)))
                .isInstanceOfSatisfying(
                        UnfinishedException.class,
                        e -> assertThat(e.verdict().status()).isEqualTo(said));
        assertThat(other.asked).isEmpty();
    }

    @Test
    void download_oneLocationGoneAndOneDown_unreachable() throws Exception {
        ScriptedPeer one = fleet.peer();
        int down = Ports.free();
        UploadReceipt receipt =
                ScriptedPeer.receipt(UploadId.random(), new byte[1], one.base(), "http://127.0.0.1:" + down);
        one.script(receipt, ScriptedPeer.status(404));

        assertThat(failure(whole(client(PATIENT, PATIENT, one.port(), down), receipt)))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("127.0.0.1:" + down + ": no connection");
    }

    @Test
    void download_firstLocationDown_secondAsked() throws Exception {
        ScriptedPeer peer = fleet.peer();
        int down = Ports.free();
        byte[] content = fleet.bytes(1000);
        UploadReceipt receipt = peer.keep(UploadId.random(), content, "http://127.0.0.1:" + down, peer.base());

        assertThat(readAll(get(whole(client(PATIENT, PATIENT, peer.port(), down), receipt))))
                .isEqualTo(content);
    }

    /** Its share of the patience is not the time-out within a response. Others learn that it kept silent. */
    @Test
    void download_silentPeer_givenUpAfterItsShareOfThePatience() throws Exception {
        ScriptedPeer silent = fleet.peer();
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(1000);
        UploadReceipt receipt = peer.keep(UploadId.random(), content, silent.base(), peer.base());
        silent.script(receipt, Scripts.silent());
        RelayClient client = client(PATIENT, SHORT.multipliedBy(2), silent.port(), peer.port());

        assertThat(readAll(get(whole(client, receipt)))).isEqualTo(content);
        assertThat(readAll(get(whole(client, receipt)))).isEqualTo(content);
        assertThat(silent.asked).as("requests to the silent peer").hasSize(1);
        assertThat(catchThrowable(() -> silentPeers.requireHope(URI.create(silent.base()))))
                .hasMessageContaining("no response within 300 ms");
    }

    @Test
    void download_addressThatIsNotAllowed_notAsked() throws Exception {
        ScriptedPeer peer = fleet.peer();
        UploadReceipt receipt = peer.keep(new byte[10]);

        assertThat(failure(whole(client(PATIENT, PATIENT, 1), receipt)))
                .isExactlyInstanceOf(IOException.class)
                .hasMessageContaining("not on the list");
        assertThat(peer.connections).hasValue(0);
    }

    @Test
    void download_keptConnectionThatThePeerClosed_goesThroughAnother() throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(1000);
        UploadReceipt receipt = peer.keep(content);
        CountDownLatch closed = new CountDownLatch(20);
        peer.script(receipt, (asked, out, socket) -> {
            peer.honest(asked, out, socket);
            out.flush();
            socket.close();
            closed.countDown();
        });
        RelayClient client = patient(peer);
        for (int i = 1; i <= 20; i++) {
            assertThat(readAll(get(whole(client, receipt)))).isEqualTo(content);
            int left = 20 - i;
            Await.until("the peer closed", () -> closed.getCount() == left);
        }
    }

    @Test
    void close_inTheMiddle_closesTheConnectionAndEndsReading() throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(16 << 20);
        UploadReceipt receipt = peer.keep(content);
        RelayClient client = patient(peer);
        Download download = get(whole(client, receipt));
        DownloadReader reader = new DownloadReader(download, ByteBuffer.allocate(1000));
        assertThat(reader.readSome()).isTrue();

        download.close();
        download.close();

        assertThat(client.buffers().inUse()).isZero();
        assertThatIOException().isThrownBy(reader::readSome).withMessage("the download is closed");
        Await.until("the peer's end", () -> peer.inFlight.get() == 0);
        assertThat(readAll(get(whole(client, receipt)))).isEqualTo(content);
    }

    /** The connection is another request's by then. */
    @Test
    void close_afterTheEnd_leavesTheConnection() throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(1000);
        UploadReceipt receipt = peer.keep(content);
        RelayClient client = patient(peer);
        Download first = get(whole(client, receipt));
        readAll(first);
        CountDownLatch go = new CountDownLatch(1);
        peer.script(receipt, (asked, out, socket) -> {
            ScriptedPeer.head(out, asked, asked.range());
            out.flush();
            go.await();
            out.write(content);
        });
        Download second = get(whole(client, receipt));

        first.close();
        go.countDown();

        assertThat(readAll(second)).isEqualTo(content);
        assertThat(peer.connections).hasValue(1);
    }

    @Test
    void cancel_whileAPeerIsAsked_asksNoOther() throws Exception {
        ScriptedPeer silent = fleet.peer();
        ScriptedPeer peer = fleet.peer();
        UploadReceipt receipt = peer.keep(UploadId.random(), new byte[10], silent.base(), peer.base());
        silent.script(receipt, Scripts.silent());
        RelayClient client = patient(silent, peer);
        CompletableFuture<Download> download = whole(client, receipt);
        Await.until("request", () -> silent.inFlight.get() == 1);

        download.cancel(false);

        Thread.sleep(500);
        assertThat(peer.asked).isEmpty();
        assertThatNoSocketIsOpenTo(silent);
    }

    /** The caller may also give up in another way, such as by a time-out. */
    @Test
    void begun_afterTheCallerGaveUp_isClosed() throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(16 << 20);
        UploadReceipt receipt = peer.keep(content);
        CountDownLatch go = new CountDownLatch(1);
        peer.script(receipt, (asked, out, socket) -> {
            go.await();
            peer.honest(asked, out, socket);
        });
        CompletableFuture<Download> download = whole(patient(peer), receipt);
        Await.until("request", () -> peer.inFlight.get() == 1);

        download.completeExceptionally(new IOException("too late"));
        go.countDown();

        Await.until("the peer's end", () -> peer.inFlight.get() == 0);
    }

    private void assertThatNoSocketIsOpenTo(ScriptedPeer peer) throws Exception {
        String port = String.format(":%04X 01 ", peer.port());
        Await.until(
                "connection closed",
                () -> Files.readAllLines(Path.of("/proc/net/tcp")).stream().noneMatch(line -> line.contains(port))
                        && Files.readAllLines(Path.of("/proc/net/tcp6")).stream()
                                .noneMatch(line -> line.contains(port)));
    }

    @Test
    void client_closed_failsDownloads() throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(1 << 20);
        UploadReceipt stalled = peer.keep(content);
        UploadReceipt silent = peer.keep(content);
        peer.script(stalled, Scripts.stalls(10)).script(silent, Scripts.silent());
        RelayClient client = patient(peer);
        try (Download begun = get(whole(client, stalled))) {
            CompletableFuture<Download> waits = whole(client, silent);
            DownloadReader reader = new DownloadReader(begun, ByteBuffer.allocate(10));
            assertThat(reader.readSome()).isTrue();

            client.close();

            assertThatIOException().isThrownBy(reader::readSome).withMessageContaining("the fetcher is closed");
            assertThat(failure(waits)).isInstanceOf(UnreachableException.class);
            assertThat(failure(whole(client, stalled))).isInstanceOf(UnreachableException.class);
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().equals("test-peer"))
                .count();
    }

    /** A client that reads nothing, or little now and then, costs two buffers, and no thread. */
    @Test
    void downloads_thatNobodyReads_costTwoBuffersEach() throws Exception {
        int many = 500;
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(4 << 20);
        UploadReceipt receipt = peer.keep(content);
        RelayClient client = client(PATIENT, PATIENT, peer.port());
        readAll(get(whole(client, receipt)));
        long threads = threads();

        List<Download> downloads = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            downloads.add(get(whole(client, receipt)));
        }
        for (int round = 0; round < 20; round++) {
            for (Download download : downloads) {
                download.read(ByteBuffer.allocate(7000));
            }
        }
        Thread.sleep(500);

        assertThat(client.buffers().inUse()).isLessThanOrEqualTo(2 * many).isGreaterThanOrEqualTo(many);
        assertThat(threads()).isLessThanOrEqualTo(threads + 4);
        for (Download download : downloads) {
            download.close();
        }
        assertThat(client.buffers().inUse()).isZero();
    }

    /** Many at once, each at its own pace, some closed or cancelled on the way. */
    @Test
    void downloads_manyAtOnce_areExact() throws Exception {
        ScriptedPeer peer = fleet.peer();
        byte[] content = fleet.bytes(1 << 20);
        UploadReceipt receipt = peer.keep(content);
        RelayClient client = patient(peer);
        try (var readers = new Readers()) {
            for (int i = 0; i < 200; i++) {
                Random random = new Random(i);
                int from = random.nextInt(content.length);
                int length = 1 + random.nextInt(content.length - from);
                int stop = random.nextInt(4) == 0 ? random.nextInt(length) : length;
                readers.run(() -> {
                    try (Download download = get(client.download(places(receipt), from, length))) {
                        DownloadReader reader =
                                new DownloadReader(download, ByteBuffer.allocate(1 + random.nextInt(40_000)));
                        boolean more = true;
                        while (more && (stop == length || reader.read().length < stop)) {
                            more = reader.readSome();
                            if (random.nextInt(20) == 0) {
                                Thread.sleep(1);
                            }
                        }
                        byte[] expected = Arrays.copyOfRange(content, from, from + length);
                        assertThat(more || Arrays.equals(reader.read(), expected))
                                .isTrue();
                        assertThat(reader.read()).isEqualTo(Arrays.copyOf(expected, reader.read().length));
                    }
                });
            }
            readers.await();
        }
    }

    private static final class Readers implements AutoCloseable {

        private final ExecutorService executor = Executors.newFixedThreadPool(30);
        private final List<Future<?>> running = new ArrayList<>();

        interface Reading {
            void run() throws Exception;
        }

        void run(Reading reading) {
            running.add(executor.submit(() -> {
                reading.run();
                return true;
            }));
        }

        void await() throws Exception {
            for (Future<?> one : running) {
                one.get(120, TimeUnit.SECONDS);
            }
        }

        @Override
        public void close() {
            executor.shutdownNow();
        }
    }
}
