package io.github.uploadreceipts.fetch.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.uploadreceipts.fetch.AttachedRelay;
import io.github.uploadreceipts.fetch.ClientLog;
import io.github.uploadreceipts.fetch.Descriptors;
import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.Fleet;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.PeerPolicy;
import io.github.uploadreceipts.fetch.ProxyProperties;
import io.github.uploadreceipts.fetch.RawPeer;
import io.github.uploadreceipts.fetch.RawPeer.Script;
import io.github.uploadreceipts.fetch.ScriptedBody;
import io.github.uploadreceipts.fetch.ScriptedPeer;
import io.github.uploadreceipts.fetch.Scripts;
import io.github.uploadreceipts.internal.peer.PeerRelay;
import io.github.uploadreceipts.internal.peer.PeerRelay.Request;
import io.github.uploadreceipts.internal.peer.PeerRelay.Response;
import io.github.uploadreceipts.internal.peer.PeerRelay.UnreachableException;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.testing.Await;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FetcherRelayTest {

    private static final Duration PATIENT = Duration.ofSeconds(50);

    @TempDir
    private Path directory;

    private long descriptors;
    private Fleet fleet;

    @BeforeEach
    void start() throws IOException {
        descriptors = Descriptors.count(directory);
        fleet = new Fleet(directory);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        fleet.close();
        Descriptors.assertBackTo(descriptors, directory);
    }

    private static Response get(CompletableFuture<Response> response) throws Exception {
        return response.get(120, TimeUnit.SECONDS);
    }

    private static Throwable failure(CompletableFuture<Response> response) {
        Throwable thrown = catchThrowable(() -> get(response));
        assertThat(thrown).isInstanceOf(ExecutionException.class);
        return thrown.getCause();
    }

    private static String text(ByteBuffer content) {
        return StandardCharsets.UTF_8.decode(content.duplicate()).toString();
    }

    /** Starts a peer that keeps each body and responds. */
    private static RawPeer storing() throws IOException {
        return RawPeer.start(asked -> {
            asked.keepBody();
            asked.respond("200 OK\r\nUpload-Offset: 7", "kept");
        });
    }

    private static boolean isRelayThread(Thread thread) {
        return thread.getName().startsWith("upload-receipts-relay-");
    }

    static Stream<Arguments> sizes() {
        return Stream.of(1, 65_535, 65_536, 65_537, 8 << 20)
                .flatMap(size -> Stream.of(Arguments.of(size, false), Arguments.of(size, true)));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void send_bodyInChunks_arrivesExactly(int size, boolean chunked) throws Exception {
        byte[] content = fleet.bytes(size);
        try (RawPeer peer = storing();
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            Response response = get(relay.send(peer.patch(chunked ? -1 : size, ScriptedBody.inChunks(content, size))));

            assertThat(response.status()).isEqualTo(200);
            assertThat((byte[]) peer.bodies.get(0)).isEqualTo(content);
            assertThat(peer.asked.get(0).fields())
                    .containsEntry(chunked ? "transfer-encoding" : "content-length", chunked ? "chunked" : "" + size)
                    .doesNotContainKey(chunked ? "content-length" : "transfer-encoding");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    void send_emptyBody_arrives(long length) throws Exception {
        try (RawPeer peer = storing();
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            get(relay.send(peer.patch(length, ScriptedBody.of(new byte[0]))));

            assertThat((byte[]) peer.bodies.get(0)).isEmpty();
            assertThat(peer.asked.get(0).fields())
                    .containsEntry(length == 0 ? "content-length" : "transfer-encoding", length == 0 ? "0" : "chunked");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HEAD", "DELETE", "POST"})
    void send_noBody_passesFieldsOnAndNoOthers(String method) throws Exception {
        try (RawPeer peer = RawPeer.start(asked -> asked.respond("204 Done", ""));
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            URI base = URI.create(peer.base() + "/photos");
            Map<String, String> fields = Map.of("Tus-Resumable", "1.0.0", "Authorization", "Bearer a.b.c");

            Response response =
                    get(relay.send(new Request(base, method, "/uploads/a%20b?c=d", fields, -1, Optional.empty())));

            assertThat(response.status()).isEqualTo(204);
            assertThat(response.body().remaining()).isZero();
            assertThat(peer.asked.get(0).line()).isEqualTo(method + " /photos/uploads/a%20b?c=d HTTP/1.1");
            Map<String, String> expected = new HashMap<>(
                    Map.of("host", base.getAuthority(), "tus-resumable", "1.0.0", "authorization", "Bearer a.b.c"));
            if (method.equals("POST")) {
                expected.put("content-length", "0");
            }
            assertThat(peer.asked.get(0).fields()).isEqualTo(expected);
        }
    }

    /** Containers decode each byte of a field to one character. The peer's container must get the same bytes. */
    @Test
    void send_fieldOfAnyBytes_arrivesExactly() throws Exception {
        StringBuilder bytes = new StringBuilder("x");
        for (char c = 0x20; c <= 0xFF; c++) {
            bytes.append(c == 0x7F ? "" : c);
        }
        String value = bytes.append('x').toString();
        try (RawPeer peer = storing();
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            get(relay.send(
                    new Request(peer.base(), "POST", "/a", Map.of("Content-Disposition", value), 0, Optional.empty())));

            assertThat(peer.asked.get(0).fields()).containsEntry("content-disposition", value);
        }
    }

    @Test
    void send_fieldOfCharactersThatAreNoBytes_endsWhereItEnds() throws Exception {
        try (RawPeer peer = storing();
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            Map<String, String> fields = Map.of("Content-Disposition", "\u6f22\r\nX-More: 1\ud800");
            get(relay.send(new Request(peer.base(), "POST", "/a", fields, 0, Optional.empty())));

            assertThat(peer.asked.get(0).fields())
                    .containsEntry("content-disposition", "?  X-More: 1?")
                    .doesNotContainKey("x-more");
        }
    }

    /** While a client pauses, only the system's keep-alive can notice that the peer's machine is gone. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void send_clientThatPauses_connectionHasKeepAlive() throws Exception {
        try (RawPeer peer = RawPeer.start(asked -> asked.peer().awaitClose());
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            var unused = relay.send(peer.patch(-1, ScriptedBody.stops(new byte[1000], 10)));

            Await.until("what the peer was sent", () -> hasKeepAliveTimer(peer.port()));
        }
    }

    /** Returns whether the system has a connection to this port with a keep-alive timer. */
    private static boolean hasKeepAliveTimer(int port) {
        Pattern line = Pattern.compile(String.format(" *\\d+: \\S+ \\S+:%04X 01 \\S+ 02:.*", port));
        try (Stream<String> v4 = Files.lines(Path.of("/proc/net/tcp"));
                Stream<String> v6 = Files.lines(Path.of("/proc/net/tcp6"))) {
            return Stream.concat(v4, v6).anyMatch(line.asMatchPredicate());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void send_response_hasStatusFirstFieldsAndBody() throws Exception {
        try (RawPeer peer =
                        RawPeer.start(asked -> asked.respond("409 Conflict\r\nX-One: first\r\nx-one: second", "{}"));
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            Response response = get(relay.send(peer.ask("DELETE")));

            assertThat(response.status()).isEqualTo(409);
            assertThat(response.fields()).containsOnly(Map.entry("x-one", "first"), Map.entry("content-length", "2"));
            assertThat(text(response.body())).isEqualTo("{}");
            assertThat(response.body().isReadOnly()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/",
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip"
            })
    void send_redirectionOrCoding_isTheResponse(String head) throws Exception {
        try (RawPeer peer = RawPeer.start(
                        asked -> ScriptedPeer.write(asked.out(), head + "\r\nContent-Length: 3\r\n\r\nabc"));
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            assertThat(text(get(relay.send(peer.ask("POST"))).body())).isEqualTo("abc");
        }
    }

    @Test
    void send_responseOf1MiB_isComplete() throws Exception {
        String content = "a".repeat(1 << 20);
        try (RawPeer peer = RawPeer.start(asked -> asked.respond("200 OK", content));
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            assertThat(text(get(relay.send(peer.ask("POST"))).body())).isEqualTo(content);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 2097152", "Transfer-Encoding: chunked", "Connection: close"})
    void send_longerResponse_fails(String framing) throws Exception {
        try (RawPeer peer = RawPeer.start(asked -> {
                    ScriptedPeer.write(asked.out(), "HTTP/1.1 200 OK\r\n" + framing + "\r\n\r\n200000\r\n");
                    asked.out().write(new byte[2 << 20]);
                    asked.in().read();
                });
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            assertThat(failure(relay.send(peer.ask("POST"))))
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage(peer.base().getAuthority() + ": the response is longer than 1048576 bytes");
        }
    }

    @Test
    void send_twoRequests_shareAConnection() throws Exception {
        try (RawPeer peer = storing();
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            get(relay.send(peer.patch(3, ScriptedBody.of(new byte[3]))));
            get(relay.send(peer.patch(-1, ScriptedBody.of(new byte[3]))));
            get(relay.send(peer.ask("POST")));

            assertThat(peer.connections).hasValue(1);
        }
    }

    @Test
    void send_keptConnectionThatThePeerClosed_goesThroughAnother() throws Exception {
        CountDownLatch closed = new CountDownLatch(20);
        try (RawPeer peer = RawPeer.start(asked -> {
                    asked.keepBody();
                    asked.respond("200 OK", "kept");
                    asked.socket().close();
                    closed.countDown();
                });
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            for (int i = 1; i <= 20; i++) {
                byte[] content = fleet.bytes(1000 * i);
                get(relay.send(peer.patch(content.length, ScriptedBody.of(content))));
                int left = 20 - i;
                Await.until("what the peer was sent", () -> closed.getCount() == left);
                // the peer's FIN needs a moment to arrive
                Thread.sleep(20);
            }
            assertThat(peer.connections).hasValue(20);
        }
    }

    @Test
    void send_clientThatPauses_isWaitedFor() throws Exception {
        byte[] content = fleet.bytes(100_000);
        CompletableFuture<Void> resume =
                CompletableFuture.runAsync(() -> {}, CompletableFuture.delayedExecutor(1500, TimeUnit.MILLISECONDS));
        try (RawPeer peer = storing();
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(Duration.ofMillis(200)))) {
            Response response = get(relay.send(peer.patch(-1, ScriptedBody.pauses(content, 70_000, resume))));

            assertThat(response.status()).isEqualTo(200);
            assertThat((byte[]) peer.bodies.get(0)).isEqualTo(content);
        }
    }

    static Stream<Arguments> refusals() {
        return Stream.of(true, false)
                .flatMap(resets -> Stream.of(true, false)
                        .flatMap(chunked -> Stream.of(true, false).map(idle -> Arguments.of(resets, chunked, idle))));
    }

    @ParameterizedTest(name = "resets: {0}, chunked: {1}, idle: {2}")
    @MethodSource("refusals")
    void send_responseBeforeTheBodyHasEnded_isTakenAndNothingMoreIsRead(boolean resets, boolean chunked, boolean idle)
            throws Exception {
        byte[] content = new byte[64 << 20];
        try (RawPeer peer = RawPeer.start(asked -> {
                    boolean last = "3".equals(asked.fields().get("content-length"));
                    asked.respond(last ? "200 OK\r\nConnection: close" : "409 Conflict", "wrong offset");
                    asked.socket().setSoLinger(resets, 0);
                    asked.socket().close();
                });
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            for (int i = 0; i < 20; i++) {
                ScriptedBody body = ScriptedBody.stops(content, idle ? 1000 : content.length);
                Response response = get(relay.send(peer.patch(chunked ? -1 : content.length, body)));

                long read = body.read.get();
                assertThat(response.status()).isEqualTo(409);
                assertThat(text(response.body())).isEqualTo("wrong offset");
                body.wake();
                get(relay.send(peer.patch(3, ScriptedBody.of(new byte[3]))));
                assertThat(body.read).hasValue(read);
            }
            assertThat(peer.connections).hasValue(40);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"200 OK", "413 Too Much"})
    void send_responseOnAConnectionThatStays_isTakenAndTheConnectionDropped(String status) throws Exception {
        try (RawPeer peer = RawPeer.start(asked -> {
                    asked.respond(status, "");
                    asked.keepBody();
                });
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            for (long length : List.of(1000L, -1L)) {
                ScriptedBody body = ScriptedBody.stops(new byte[1000], 999);

                Response response = get(relay.send(peer.patch(length, body)));

                assertThat(response.status()).isEqualTo(Integer.parseInt(status.substring(0, 3)));
            }
            Await.until("what the peer was sent", () -> peer.bodies.size() == 2);
            assertThat(peer.bodies).allMatch(IOException.class::isInstance);
            assertThat(peer.connections).hasValue(2);
        }
    }

    @Test
    void send_peerThatStopsReading_timesOutWithoutReadingTheBody() throws Exception {
        ScriptedBody body = ScriptedBody.of(new byte[64 << 20]);
        try (RawPeer peer = RawPeer.start(asked -> asked.peer().awaitClose());
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet))) {
            assertThat(failure(relay.send(peer.patch(-1, body))))
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage(peer.base().getAuthority() + ": the peer fell silent");

            // the kernel's buffers at both ends hold some bytes
            assertThat(body.read).hasValueLessThan(32 << 20);
        }
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                Arguments.of("silent", (Script) asked -> {
                    asked.keepBody();
                    asked.in().read();
                }),
                Arguments.of("closes after the body", (Script) asked -> {
                    asked.keepBody();
                    asked.socket().close();
                }),
                Arguments.of("closes within the body", (Script) asked -> {
                    asked.in().readNBytes(1000);
                    asked.socket().close();
                }),
                Arguments.of("resets", (Script) asked -> {
                    asked.in().readNBytes(1000);
                    asked.socket().setSoLinger(true, 0);
                    asked.socket().close();
                }),
                Arguments.of("responds by half", (Script) asked -> {
                    asked.keepBody();
                    ScriptedPeer.write(asked.out(), "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
                    asked.socket().close();
                }),
                Arguments.of("stalls in its response", (Script) asked -> {
                    asked.keepBody();
                    ScriptedPeer.write(asked.out(), "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
                    asked.in().read();
                }),
                Arguments.of("trickles its response", (Script) asked -> {
                    asked.keepBody();
                    ScriptedPeer.write(asked.out(), "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n");
                    while (true) {
                        ScriptedPeer.write(asked.out(), "a");
                        Thread.sleep(50);
                    }
                }),
                Arguments.of("never ends a field", (Script) asked -> {
                    ScriptedPeer.write(asked.out(), "HTTP/1.1 200 OK\r\nX-Long: ");
                    while (true) {
                        ScriptedPeer.write(asked.out(), "a".repeat(1000));
                    }
                }),
                Arguments.of("never ends its fields", (Script) asked -> {
                    ScriptedPeer.write(asked.out(), "HTTP/1.1 200 OK\r\n");
                    while (true) {
                        ScriptedPeer.write(asked.out(), "X-Field: a\r\n");
                    }
                }),
                Arguments.of("never comes to the response", (Script) asked -> {
                    while (true) {
                        ScriptedPeer.write(asked.out(), "HTTP/1.1 103 Early Hints\r\n\r\n");
                    }
                }),
                Arguments.of("speaks no HTTP", (Script) asked -> {
                    ScriptedPeer.write(asked.out(), "SSH-2.0-OpenSSH_9.2\r\n");
                    asked.socket().close();
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void send_brokenPeer_failsAndSaysNeitherTokenNorPath(String name, Script script) throws Exception {
        byte[] content = new byte[300_000];
        try (RawPeer peer = RawPeer.start(script);
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet))) {
            for (long length : List.of(-1L, 300_000L)) {
                assertThat(failure(relay.send(peer.patch(length, ScriptedBody.of(content)))))
                        .isExactlyInstanceOf(IOException.class)
                        .hasMessageStartingWith(peer.base().getAuthority() + ": ")
                        .hasMessageNotContainingAny("eyJ", "uploads", "SSH");
            }
        }
    }

    @Test
    void send_interimResponsesWithoutEndWhileTheClientPauses_fails() throws Exception {
        try (RawPeer peer = RawPeer.start(asked -> {
                    while (true) {
                        ScriptedPeer.write(asked.out(), "HTTP/1.1 103 Early Hints\r\n\r\n");
                    }
                });
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            assertThat(failure(relay.send(peer.patch(10, ScriptedBody.stops(new byte[10], 5)))))
                    .isExactlyInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 200_000})
    void send_bodyThatBreaks_isBrokenForThePeerToo(long length) throws Exception {
        IOException gone = new IOException("the client is gone");
        try (RawPeer peer = storing();
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            ScriptedBody body = ScriptedBody.breaks(new byte[200_000], 100_000, gone);

            assertThat(failure(relay.send(peer.patch(length, body)))).isSameAs(gone);
            Await.until("what the peer was sent", () -> !peer.bodies.isEmpty());
            assertThat(peer.bodies).singleElement().isInstanceOf(IOException.class);
        }
    }

    @Test
    void send_bodyShorterThanItsLength_isBroken() throws Exception {
        try (RawPeer peer = storing();
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            assertThat(failure(relay.send(peer.patch(1001, ScriptedBody.of(new byte[1000])))))
                    .isInstanceOf(EOFException.class);
            Await.until("what the peer was sent", () -> !peer.bodies.isEmpty());
            assertThat(peer.bodies).singleElement().isInstanceOf(IOException.class);
        }
    }

    @Test
    void send_bodyThatThrowsAnything_fails() throws Exception {
        PeerRelay.Body body = new PeerRelay.Body() {
            @Override
            public int read(ByteBuffer into) {
                throw new IllegalStateException("recycled");
            }

            @Override
            public void onReadable(Runnable wake) {}
        };
        try (RawPeer peer = storing();
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            assertThat(failure(relay.send(peer.patch(-1, body))))
                    .isInstanceOf(IOException.class)
                    .hasRootCauseMessage("recycled");
            get(relay.send(peer.ask("POST")));
        }
    }

    private static PeerFetcher.Builder names(PeerFetcher.Builder builder, String... addresses) {
        return Fleet.names(builder, new SystemDefaultDnsResolver() {
            @Override
            public InetAddress[] resolve(String host) throws UnknownHostException {
                List<InetAddress> all = new ArrayList<>();
                for (String address : addresses) {
                    all.add(InetAddress.getByName(address));
                }
                return all.toArray(InetAddress[]::new);
            }
        });
    }

    /** Checks that relaying a body to this peer fails and reads nothing of the body. */
    private void assertUnreachable(PeerFetcher.Builder builder, URI base, String why) throws IOException {
        ScriptedBody body = ScriptedBody.of(new byte[10]);
        try (AttachedRelay relay = fleet.relay(builder)) {
            Request request = new Request(base, "PATCH", "/uploads/a", Map.of(), 10, Optional.of(body));
            assertThat(failure(relay.send(request)))
                    .isInstanceOf(UnreachableException.class)
                    .hasMessageStartingWith(base.getAuthority() + ": " + why);
        }
        assertThat(body.read).hasValue(0);
    }

    @Test
    void send_peerThatIsNotThere_isUnreachable() throws Exception {
        RawPeer peer = storing();
        peer.close();

        assertUnreachable(peer.fetcher(fleet), peer.base(), "no connection (ConnectException)");
    }

    @Test
    void send_addressWithoutAHost_isUnreachable() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> waiting = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Socket socket = new Socket();
                waiting.add(socket);
                assertThat(catchThrowable(() -> socket.connect(full.getLocalSocketAddress(), 100)))
                        .satisfiesAnyOf(
                                none -> assertThat(none).isNull(),
                                late -> assertThat(late).isInstanceOf(SocketTimeoutException.class));
            }
            try {
                assertUnreachable(
                        fleet.fetcher()
                                .connectTimeout(Duration.ofMillis(300))
                                .policy(PeerPolicy.privateNetwork().ports(full.getLocalPort())),
                        URI.create("http://127.0.0.1:" + full.getLocalPort()),
                        "no connection (ConnectTimeoutException)");
            } finally {
                for (Socket socket : waiting) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void send_nameThatDoesNotResolve_isUnreachable() throws Exception {
        try (RawPeer peer = storing()) {
            assertUnreachable(names(peer.fetcher(fleet)), peer.base("app2.lan"), "the name does not resolve");
            assertThat(peer.connections).hasValue(0);
        }
    }

    @Test
    void send_nameServiceThatHangs_isUnreachableAndHoldsUpNobody() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        try (RawPeer peer = storing();
                AttachedRelay relay = fleet.relay(Fleet.names(
                        peer.fetcher(fleet).responseTimeout(PATIENT), new SystemDefaultDnsResolver() {
                            @Override
                            public InetAddress[] resolve(String host) throws UnknownHostException {
                                if (host.equals("stuck.lan")) {
                                    asked.countDown();
                                    awaitForever(done);
                                    throw new UnknownHostException(host); // a real look-up would open a socket
                                }
                                return super.resolve(host);
                            }
                        }))) {
            Request stuck = new Request(peer.base("stuck.lan"), "HEAD", "/uploads/a", Map.of(), 0, Optional.empty());
            CompletableFuture<Response> response = relay.send(stuck);
            asked.await();

            get(relay.send(peer.ask("POST")));
            assertThat(failure(response)).isInstanceOf(UnreachableException.class);
            done.countDown();
        }
    }

    private static void awaitForever(CountDownLatch latch) throws UnknownHostException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new UnknownHostException("interrupted");
        }
    }

    @Test
    void send_addressThatIsNotAllowed_isUnreachableWithoutAConnection() throws Exception {
        try (RawPeer peer = storing()) {
            assertUnreachable(
                    names(peer.fetcher(fleet), "8.8.8.8"), peer.base("app2.lan"), "8.8.8.8 is not an allowed address");
            assertUnreachable(fleet.fetcher(), peer.base(), "port " + peer.port() + " is not on the list");
            assertThat(peer.connections).hasValue(0);
        }
    }

    @Test
    void send_firstAddressDead_goesToTheSecond() throws Exception {
        try (RawPeer peer = storing();
                AttachedRelay relay = fleet.relay(
                        names(peer.fetcher(fleet), "127.0.0.77", "127.0.0.1").responseTimeout(PATIENT))) {
            Request request = new Request(peer.base("app2.lan"), "POST", "/uploads", Map.of(), 0, Optional.empty());

            assertThat(get(relay.send(request)).status()).isEqualTo(200);
        }
    }

    @Test
    void send_malformedRequest_isTheCallersMistake() throws Exception {
        try (RawPeer peer = storing();
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet))) {
            for (Request request : List.of(
                    new Request(peer.base(), "PUT", "/a", Map.of(), 0, Optional.empty()),
                    new Request(peer.base(), "HEAD", "a", Map.of(), 0, Optional.empty()),
                    new Request(peer.base(), "HEAD", "/a b", Map.of(), 0, Optional.empty()),
                    new Request(peer.base(), "HEAD", "/a\r\nX: y", Map.of(), 0, Optional.empty()),
                    new Request(peer.base(), "HEAD", "/a", Map.of("Content-Length", "1"), 0, Optional.empty()),
                    new Request(URI.create("ftp://a"), "HEAD", "/a", Map.of(), 0, Optional.empty()))) {
                assertThatIllegalArgumentException().isThrownBy(() -> relay.send(request));
            }
        }
    }

    @Test
    void send_manyAtOnce_costNoThreads() throws Exception {
        List<CompletableFuture<Response>> responses = new ArrayList<>();
        List<ScriptedBody> bodies = new ArrayList<>();
        CompletableFuture<Void> resume = new CompletableFuture<>();
        byte[] content = fleet.bytes(10_000);
        try (RawPeer peer = storing();
                AttachedRelay relay =
                        fleet.relay(peer.fetcher(fleet).connectTimeout(PATIENT).responseTimeout(PATIENT))) {
            assertThat(Thread.getAllStackTraces().keySet()).noneMatch(FetcherRelayTest::isRelayThread);
            for (int i = 0; i < 200; i++) {
                ScriptedBody body = ScriptedBody.pauses(content, 5000, resume);
                bodies.add(body);
                responses.add(relay.send(peer.patch(content.length, body)));
            }
            Await.until("what the peer was sent", () -> bodies.stream().allMatch(body -> body.read.get() == 5000));

            assertThat(Thread.getAllStackTraces().keySet())
                    .filteredOn(FetcherRelayTest::isRelayThread)
                    .hasSizeBetween(1, 4)
                    .allMatch(Thread::isDaemon);
            resume.complete(null);
            for (CompletableFuture<Response> response : responses) {
                assertThat(get(response).status()).isEqualTo(200);
            }
            assertThat(peer.bodies)
                    .hasSize(200)
                    .allSatisfy(body -> assertThat((byte[]) body).isEqualTo(content));
        }
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(FetcherRelayTest::isRelayThread);
    }

    @Test
    void close_failsWhatIsOpen() throws Exception {
        try (RawPeer peer = RawPeer.start(asked -> asked.peer().awaitClose())) {
            AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT));
            ScriptedBody idle = ScriptedBody.stops(new byte[1000], 10);
            List<CompletableFuture<Response>> responses = List.of(
                    relay.send(peer.patch(1000, idle)),
                    relay.send(peer.patch(-1, ScriptedBody.of(new byte[64 << 20]))),
                    relay.send(peer.ask("POST")));
            Await.until("what the peer was sent", () -> peer.asked.size() == 3 && idle.read.get() == 10);

            relay.close();

            for (CompletableFuture<Response> response : responses) {
                assertThat(failure(response))
                        .isInstanceOf(IOException.class)
                        .hasMessageEndingWith("the fetcher is closed");
            }
            assertThat(failure(relay.send(peer.ask("POST")))).isInstanceOf(UnreachableException.class);
        }
    }

    @Test
    void send_proxyProperties_haveNoEffect() throws Exception {
        try (ServerSocket proxy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RawPeer peer = storing()) {
            proxy.setSoTimeout(1);
            ProxyProperties.during(proxy.getLocalPort(), () -> {
                try (AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
                    get(relay.send(peer.ask("POST")));
                }
            });
            assertThat(catchThrowable(proxy::accept)).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void send_loggingAll_logsNoToken() throws Exception {
        try (RawPeer peer = storing();
                AttachedRelay relay = fleet.relay(peer.fetcher(fleet).responseTimeout(PATIENT))) {
            List<String> logged = ClientLog.during(() -> get(relay.send(peer.patch(3, ScriptedBody.of(new byte[3])))));

            assertThat(peer.asked.get(0).fields()).containsEntry("authorization", "Bearer eyJsecret");
            assertThat(logged).noneMatch(line -> line.contains("eyJ"));
        }
    }

    private static byte[] pulled(PeerRelay relay, List<UploadReceipt> receipts) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        relay.pull(receipts, bytes -> {
            assertThat(bytes.remaining()).isBetween(1, 128 * 1024);
            byte[] some = new byte[bytes.remaining()];
            bytes.get(some);
            all.writeBytes(some);
        });
        return all.toByteArray();
    }

    @Test
    void pull_ownAndPeersUploads_areAppendedInOrder() throws Exception {
        List<byte[]> contents = List.of(fleet.bytes(300_000), fleet.bytes(0), fleet.bytes(1), fleet.bytes(200_000));
        ScriptedPeer a = fleet.peer();
        ScriptedPeer b = fleet.peer();
        List<UploadReceipt> receipts = List.of(
                a.keep(contents.get(0)), b.keep(contents.get(1)), b.keep(contents.get(2)), fleet.keep(contents.get(3)));
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        contents.forEach(expected::writeBytes);
        try (AttachedRelay relay = fleet.relay(fleet.fetcher())) {
            assertThat(pulled(relay, receipts)).isEqualTo(expected.toByteArray());
            assertThat(pulled(relay, List.of())).isEmpty();
            fleet.assertNothingLeft();
        }
    }

    @Test
    void pull_uploadThatCannotBeHad_failsAndLeavesNothing() throws Exception {
        ScriptedPeer a = fleet.peer();
        UploadReceipt wrong = a.keep(fleet.bytes(100));
        a.script(wrong, Scripts.flips(7));
        List<UploadReceipt> receipts = List.of(a.keep(fleet.bytes(100)), wrong);
        try (AttachedRelay relay = fleet.relay(fleet.fetcher())) {
            assertThat(catchThrowable(() -> pulled(relay, receipts)))
                    .isInstanceOfSatisfying(
                            FetchException.class,
                            e -> assertThat(e.has(FetchException.Kind.WRONG_BYTES))
                                    .isTrue());
            fleet.assertNothingLeft();
        }
    }

    @Test
    void pull_sinkThatFails_endsIt() throws Exception {
        IOException full = new IOException("full");
        UploadReceipt receipt = fleet.peer().keep(fleet.bytes(100));
        try (AttachedRelay relay = fleet.relay(fleet.fetcher())) {
            assertThat(catchThrowable(() -> relay.pull(List.of(receipt, receipt), bytes -> {
                        throw full;
                    })))
                    .isSameAs(full);
            fleet.assertNothingLeft();
        }
    }
}
