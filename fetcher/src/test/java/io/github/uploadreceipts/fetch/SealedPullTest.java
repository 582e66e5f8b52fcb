package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.Fleet.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.internal.engine.PeerDownloads;
import io.github.uploadreceipts.internal.seal.SealBrokenException;
import io.github.uploadreceipts.internal.seal.SealKey;
import io.github.uploadreceipts.internal.seal.Sealer;
import io.github.uploadreceipts.receipt.ContentDigest;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pulls of uploads that their owner keeps sealed. The peer sends the sealed bytes, as they lie on its disk. */
class SealedPullTest {

    private static final int SIZE = 300_000;
    private static final int SEGMENT = 65_564;
    private static final String MARKER = "0 marker 0 ";

    @TempDir
    Path directory;

    private final byte[] plain =
            Arrays.copyOf(MARKER.repeat(SIZE / MARKER.length() + 1).getBytes(StandardCharsets.US_ASCII), SIZE);
    private Fleet fleet;
    private ScriptedPeer peer;
    private UploadReceipt receipt;
    private byte[] sealed;

    @BeforeEach
    void start() throws Exception {
        fleet = new Fleet(directory);
        peer = fleet.peer();
        SealKey key = SealKey.random();
        sealed = seal(key);
        UploadReceipt stored = peer.keep(sealed);
        receipt = new UploadReceipt(
                stored.id(),
                stored.name(),
                stored.type(),
                SIZE,
                ContentDigest.of(sha256(plain)),
                stored.locations(),
                stored.subject(),
                stored.issuedAt(),
                stored.expiresAt(),
                stored.batch(),
                stored.context(),
                Optional.of(key));
    }

    @AfterEach
    void stop() throws Exception {
        fleet.close();
    }

    private static byte[] sha256(byte[] bytes) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    private byte[] seal(SealKey key) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Sealer.Sink<RuntimeException> sink = bytes -> {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            out.writeBytes(copy);
        };
        Sealer sealer = Sealer.begin(key);
        sealer.write(ByteBuffer.wrap(plain), sink);
        sealer.finish(sink);
        return out.toByteArray();
    }

    @Test
    void fetch_openedAndProved_theCopyStaysSealed() throws Exception {
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads uploads = fetcher.fetch(List.of(receipt))) {
            FetchedUpload upload = uploads.list().get(0);
            for (Path file : fleet.left()) {
                if (Files.isRegularFile(file)) {
                    assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                            .doesNotContain(MARKER.strip());
                }
            }
            assertThat(read(upload)).isEqualTo(plain);
            Path moved = directory.resolve("moved");
            upload.moveTo(moved);
            assertThat(moved).hasBinaryContent(plain);
            assertThat(upload.path()).isEmpty();
        }
        fleet.assertNothingLeft();
        fleet.assertTokensWereRight();
    }

    /** The next response begins with the segment that was cut off. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 11, 12, 28, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 3 * SEGMENT + 40_000})
    void fetch_brokenAtAnyByte_resumedByRange(int broken) throws Exception {
        peer.script(receipt, Scripts.truncates(broken), peer::honest);
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads uploads = fetcher.fetch(List.of(receipt))) {
            assertThat(read(uploads.list().get(0))).isEqualTo(plain);
        }
        assertThat(peer.asked).hasSize(2);
        assertThat(peer.asked.get(1).range().first()).isEqualTo((long) broken / SEGMENT * SEGMENT);
        fleet.assertNothingLeft();
    }

    @Test
    void fetch_bytesThatAreNotThoseThatWereSealed_refused() throws Exception {
        byte[] swapped = sealed.clone();
        System.arraycopy(sealed, 0, swapped, SEGMENT, SEGMENT);
        System.arraycopy(sealed, SEGMENT, swapped, 0, SEGMENT);
        byte[] flipped = sealed.clone();
        flipped[200_000] ^= 1;
        byte[] again = seal(SealKey.random());
        for (byte[] wrong : List.of(swapped, flipped, again)) {
            peer.script(receipt, (asked, out, socket) -> {
                ScriptedPeer.head(out, asked, asked.range());
                out.write(wrong);
            });
            try (PeerFetcher fetcher = fleet.fetcher().attempts(1).build()) {
                assertThatExceptionOfType(FetchException.class)
                        .isThrownBy(() -> fetcher.fetch(List.of(receipt)))
                        .satisfies(e -> assertThat(e.has(Kind.WRONG_BYTES)).isTrue());
            }
            fleet.assertNothingLeft();
        }
    }

    private byte[] download(int first, int length) throws Exception {
        try (PeerFetcher fetcher = fleet.fetcher().build();
                Download download = new PeerDownloads(fleet.engine)
                        .start(receipt, first, length)
                        .get(120, TimeUnit.SECONDS)) {
            assertThat(fetcher).isNotNull(); // building it attached it to the host
            return DownloadReader.readAll(download);
        }
    }

    @Test
    void download_anyRange_openedOnTheWay() throws Exception {
        for (int border = 0; border < SIZE; border += 65_536) {
            for (int first = Math.max(border - 1, 0); first <= border + 1; first++) {
                assertThat(download(first, SIZE - first)).isEqualTo(Arrays.copyOfRange(plain, first, SIZE));
                assertThat(download(0, Math.max(first, 1))).isEqualTo(Arrays.copyOf(plain, Math.max(first, 1)));
            }
        }
        assertThat(download(65_535, 2)).isEqualTo(Arrays.copyOfRange(plain, 65_535, 65_537));
        assertThat(peer.requests(receipt)).endsWith("GET bytes=0-" + (2 * SEGMENT - 1));
        fleet.assertTokensWereRight();
    }

    @Test
    void download_bytesThatAreNotThoseThatWereSealed_refused() throws Exception {
        peer.script(receipt, Scripts.flips(3 * SEGMENT));
        assertThat(download(0, 3 * 65_536)).isEqualTo(Arrays.copyOf(plain, 3 * 65_536));
        assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> download(0, 3 * 65_536 + 1));
    }

    @Test
    void download_peerThatIsCut_fails() throws Exception {
        for (int cut : new int[] {0, SEGMENT - 1, SEGMENT, sealed.length - 1}) {
            peer.script(receipt, Scripts.truncates(cut));
            assertThatIOException().isThrownBy(() -> download(0, SIZE)).withMessageContaining("the connection broke");
        }
    }

    /** A peer learns neither the key nor the digest of the plain bytes, by which short ones could be guessed. */
    @Test
    void request_saysThatTheBytesAreSealed_notTheKey() throws Exception {
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads uploads = fetcher.fetch(List.of(receipt))) {
            assertThat(uploads.list()).hasSize(1);
        }
        ScriptedPeer.Asked asked = peer.asked.get(0);
        assertThat(asked.token().digest()).isEmpty();
        assertThat(asked.token().entityTag()).isEqualTo("\"" + receipt.id() + "\"");
        assertThat(asked.token().size()).isEqualTo(sealed.length);
        assertThat(asked.token().type()).isEqualTo("application/vnd.upload-receipts.sealed");
    }
}
