package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.Fleet.read;
import static io.github.uploadreceipts.fetch.ScriptedPeer.head;
import static io.github.uploadreceipts.fetch.ScriptedPeer.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.ScriptedPeer.Script;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever a peer does at any byte, a fetch gives the right files, or in time one error that names each receipt. It
 * leaves nothing behind.
 */
final class BrokenPullTest {

    private static final int SIZE = 300_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int BROKEN_AT = 150_001;
    private static final int[] OFFSETS = {
        0, 1, 2, 255, 8_191, 8_192, 8_193, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 200_000, SIZE - 2,
        SIZE - 1
    };

    @TempDir
    private Path directory;

    private long descriptors;
    private Fleet fleet;
    private ScriptedPeer bad;
    private ScriptedPeer good;

    /** What the peer does at an offset of the upload, in every response. */
    enum Fault {
        TRUNCATES(Kind.UNREACHABLE) {
            @Override
            void happen(byte[] content, int at, OutputStream out, Socket socket) throws IOException {
                socket.close();
            }
        },
        RESETS(Kind.UNREACHABLE) {
            @Override
            void happen(byte[] content, int at, OutputStream out, Socket socket)
                    throws IOException, InterruptedException {
                Thread.sleep(50);
                socket.setSoLinger(true, 0);
                socket.close();
            }
        },
        STALLS(Kind.TIMEOUT) {
            @Override
            void happen(byte[] content, int at, OutputStream out, Socket socket) throws InterruptedException {
                Thread.sleep(60_000);
            }
        },
        TRICKLES(Kind.TIMEOUT) {
            @Override
            void happen(byte[] content, int at, OutputStream out, Socket socket)
                    throws IOException, InterruptedException {
                for (int i = at; i < content.length; i++) {
                    Thread.sleep(100);
                    out.write(i == content.length - 1 ? new byte[0] : new byte[] {content[i]});
                    out.flush();
                }
                Thread.sleep(60_000);
            }
        },
        FLIPS_A_BIT(Kind.WRONG_BYTES) {
            @Override
            void happen(byte[] content, int at, OutputStream out, Socket socket) throws IOException {
                out.write(content[at] ^ 1);
                out.write(content, at + 1, content.length - at - 1);
            }
        },
        ADDS_A_BYTE(Kind.WRONG_BYTES) {
            @Override
            void happen(byte[] content, int at, OutputStream out, Socket socket) throws IOException {
                out.write('!');
                out.write(content, at, content.length - at - 1); // as many bytes as Content-Length says
            }
        };

        private final Kind kind;

        Fault(Kind kind) {
            this.kind = kind;
        }

        abstract void happen(byte[] content, int at, OutputStream out, Socket socket)
                throws IOException, InterruptedException;

        Script at(int offset) {
            return (asked, out, socket) -> {
                int first = (int) asked.range().first();
                head(out, asked, asked.range());
                out.write(asked.content(), first, Math.max(0, offset - first));
                out.flush();
                happen(asked.content(), Math.max(first, offset), out, socket);
                out.flush();
            };
        }
    }

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

    private PeerFetcher fetcher(Duration deadline) {
        return builder(deadline).build();
    }

    private PeerFetcher.Builder builder(Duration deadline) {
        return fleet.fetcher().parallel(OFFSETS.length + 1).deadline(deadline);
    }

    private List<UploadReceipt> broken(Fault fault, Script... then) {
        List<UploadReceipt> receipts = new ArrayList<>();
        for (int offset : OFFSETS) {
            UploadReceipt receipt = bad.keep(fleet.bytes(SIZE));
            List<Script> scripts = new ArrayList<>(List.of(fault.at(offset)));
            scripts.addAll(List.of(then));
            bad.script(receipt, scripts.toArray(Script[]::new));
            receipts.add(receipt);
        }
        return receipts;
    }

    private static Map<Integer, Kind> kinds(FetchException e) {
        Map<Integer, Kind> kinds = new TreeMap<>();
        e.failures().forEach(failure -> kinds.put(failure.index(), failure.kind()));
        return kinds;
    }

    @ParameterizedTest
    @EnumSource
    void fetch_faultAtAnyByte_oneErrorNamesEach(Fault fault) throws Exception {
        List<UploadReceipt> receipts = new ArrayList<>(broken(fault));
        receipts.add(good.keep(fleet.bytes(1_000)));
        Map<Integer, Kind> expected = new TreeMap<>();
        IntStream.range(0, OFFSETS.length).forEach(i -> expected.put(i, fault.kind));
        try (PeerFetcher fetcher = fetcher(fault == Fault.TRICKLES ? Duration.ofSeconds(3) : PATIENCE)) {
            long start = System.nanoTime();
            FetchException e = catchThrowableOfType(FetchException.class, () -> fetcher.fetch(receipts));

            assertThat(kinds(e)).isEqualTo(expected);
            assertThat(e.failures())
                    .allMatch(failure ->
                            failure.id().equals(receipts.get(failure.index()).id()));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(PATIENCE);
            fleet.assertNothingLeft();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TRUNCATES", "RESETS", "STALLS"})
    void fetch_faultOnceAtAnyByte_givesRightFiles(Fault fault) throws Exception {
        List<UploadReceipt> receipts = broken(fault, bad::honest);
        Duration silence = fault == Fault.STALLS ? Duration.ofSeconds(3) : PATIENCE; // only STALLS may time out
        try (PeerFetcher fetcher = builder(PATIENCE).responseTimeout(silence).build();
                FetchedUploads files = fetcher.fetch(receipts)) {
            for (FetchedUpload file : files) {
                assertThat(ContentDigest.of(ContentDigest.newHash().digest(read(file))))
                        .isEqualTo(file.receipt().digest());
            }
            for (int i = 0; i < OFFSETS.length; i++) {
                List<String> requests = bad.requests(receipts.get(i));
                String again = OFFSETS[i] == 0 ? "GET" : "GET bytes=" + OFFSETS[i] + "-";
                assertThat(requests).hasSize(2).startsWith("GET");
                if (fault != Fault.RESETS) { // a reset may discard bytes that were still in transit
                    assertThat(requests.get(1)).isEqualTo(again);
                }
            }
        }
    }

    private static Script responds(String fields, int first, int last) {
        return (asked, out, socket) -> {
            write(out, "HTTP/1.1 " + fields + "\r\nContent-Length: " + (last - first + 1) + "\r\n\r\n");
            out.write(asked.content(), first, last - first + 1);
        };
    }

    private static Script partial(String contentRange) {
        return responds("206 Partial Content\r\n" + contentRange, BROKEN_AT, SIZE - 1);
    }

    private static Map<Script, Kind> lies() {
        String right = "Content-Range: bytes " + BROKEN_AT + "-" + (SIZE - 1) + "/" + SIZE;
        Map<Script, Kind> lies = new LinkedHashMap<>();
        lies.put(partial("X: no range at all"), Kind.WRONG_BYTES);
        lies.put(partial("Content-Range: nonsense"), Kind.WRONG_BYTES);
        lies.put(partial("Content-Range: bytes */" + SIZE), Kind.WRONG_BYTES);
        lies.put(partial("Content-Range: bytes " + BROKEN_AT + "-" + (SIZE - 1) + "/*"), Kind.WRONG_BYTES);
        lies.put(partial("Content-Range: bytes 0-" + (SIZE - 1) + "/" + SIZE), Kind.WRONG_BYTES);
        lies.put(partial("Content-Range: bytes " + (BROKEN_AT + 1) + "-" + SIZE + "/" + SIZE), Kind.WRONG_BYTES);
        lies.put(partial("Content-Range: bytes " + BROKEN_AT + "-" + (SIZE - 2) + "/" + SIZE), Kind.WRONG_BYTES);
        lies.put(partial("Content-Range: bytes " + BROKEN_AT + "-" + SIZE + "/" + (SIZE + 1)), Kind.WRONG_BYTES);
        lies.put(partial("Content-Range: bytes 9999999999999999999-9/9"), Kind.WRONG_BYTES);
        lies.put(partial(right + "\r\n" + right), Kind.WRONG_BYTES);
        lies.put(partial("Content-Type: multipart/byteranges; boundary=x"), Kind.WRONG_BYTES);
        lies.put(responds("206 Partial Content\r\n" + right, BROKEN_AT, SIZE - 2), Kind.WRONG_BYTES);
        lies.put(responds("206 Partial Content\r\n" + right, BROKEN_AT - 1, SIZE - 1), Kind.WRONG_BYTES);
        // the retry asks for all bytes and gets 206 again
        lies.put(responds("206 Partial Content\r\n" + right, 0, SIZE - 1 - BROKEN_AT), Kind.REFUSED);
        lies.put(partial(right + "\r\nContent-Encoding: gzip"), Kind.REFUSED);
        lies.put(responds("200 OK", BROKEN_AT, SIZE - 1), Kind.WRONG_BYTES);
        lies.put(responds("416 Range Not Satisfiable", 0, 0), Kind.WRONG_BYTES);
        lies.put(Scripts.redirects("http://127.0.0.1:1/"), Kind.REFUSED);
        lies.put(ScriptedPeer.status(404), Kind.GONE);
        lies.put(ScriptedPeer.status(410), Kind.GONE);
        lies.put(ScriptedPeer.status(500), Kind.UNREACHABLE);
        lies.put(ScriptedPeer.status(503), Kind.UNREACHABLE);
        lies.put(Scripts.endless(), Kind.WRONG_BYTES);
        lies.put(Scripts.silent(), Kind.TIMEOUT);
        return lies;
    }

    @Test
    void fetch_anyLieWhenResumed_isNamed() throws Exception {
        List<UploadReceipt> receipts = new ArrayList<>();
        Map<Integer, Kind> expected = new TreeMap<>();
        lies().forEach((lie, kind) -> {
            UploadReceipt receipt = bad.keep(fleet.bytes(SIZE));
            bad.script(receipt, Fault.TRUNCATES.at(BROKEN_AT), lie);
            expected.put(receipts.size(), kind);
            receipts.add(receipt);
        });
        try (PeerFetcher fetcher = fetcher(PATIENCE)) {
            FetchException e = catchThrowableOfType(FetchException.class, () -> fetcher.fetch(receipts));

            assertThat(kinds(e)).isEqualTo(expected);
            for (UploadReceipt receipt : receipts) {
                assertThat(bad.requests(receipt)).startsWith("GET", "GET bytes=" + BROKEN_AT + "-");
            }
            fleet.assertNothingLeft();
        }
    }
}
