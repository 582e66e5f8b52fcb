package io.github.uploadreceipts.internal.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.internal.download.Download;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpeningDownloadTest {

    private static final SealKey KEY = SealKey.of(Sealed.plain(SealKey.BYTES));
    private static final int STORED = Segments.STORED;
    private static final int PLAIN = Segments.PLAIN;

    /** Stored bytes that come in pieces of any size, and now and then not at all. */
    private static final class Pieces implements Download {

        private final ByteBuffer bytes;
        private final Random random;
        private final int most;
        private boolean breaks;
        private boolean closed;
        private Runnable wake = () -> {};

        Pieces(byte[] bytes, int most) {
            this.bytes = ByteBuffer.wrap(bytes);
            this.random = new Random(most);
            this.most = most;
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            if (!bytes.hasRemaining()) {
                if (breaks) {
                    throw new EOFException("cut");
                }
                return -1;
            }
            if (random.nextInt(3) == 0) {
                return 0;
            }
            int count = Math.min(Math.min(bytes.remaining(), into.remaining()), 1 + random.nextInt(most));
            into.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            return count;
        }

        @Override
        public void onReadable(Runnable value) {
            wake = value;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private static SealedFile file(int size) throws SealBrokenException {
        return SealedFile.of(KEY, size, Segments.storedSize(size));
    }

    private static byte[] part(byte[] stored, StoredRange range) {
        return Arrays.copyOfRange(stored, (int) range.first(), (int) (range.first() + range.length()));
    }

    /** Reads what comes before the end or a failure. */
    private static void drain(Download download, ByteArrayOutputStream out) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(7_777);
        for (int count = download.read(buffer); count >= 0; count = download.read(buffer.clear())) {
            assertThat(count).isEqualTo(buffer.position());
            out.write(buffer.array(), 0, count);
        }
        assertThat(download.read(buffer.clear())).as("again").isEqualTo(-1);
    }

    private static byte[] opened(int size, byte[] stored, int first, int length, int most) throws IOException {
        StoredRange range = file(size).stored(first, length);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        drain(file(size).download(first, length, new Pieces(part(stored, range), most)), out);
        return out.toByteArray();
    }

    private static List<Integer> borders(int size) {
        List<Integer> borders = new ArrayList<>();
        for (int at = 0; at <= size + 1; at += PLAIN) {
            for (int near = at - 1; near <= at + 1; near++) {
                if (near >= 0 && near <= size) {
                    borders.add(near);
                }
            }
        }
        borders.add(size);
        return borders;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, PLAIN - 1, PLAIN, PLAIN + 1, 2 * PLAIN, 2 * PLAIN + 1})
    void read_everyRangeBetweenBorders_isExact(int size) throws IOException {
        byte[] plain = Sealed.plain(size);
        byte[] stored = Sealed.seal(KEY, plain);
        for (int first : borders(size)) {
            for (int end : borders(size)) {
                if (first <= end) {
                    assertThat(opened(size, stored, first, end - first, 50_000))
                            .as(first + " to " + end)
                            .isEqualTo(Arrays.copyOfRange(plain, first, end));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100, PLAIN, 2 * STORED})
    void read_storedBytesInAnyPieces_isExact(int most) throws IOException {
        byte[] plain = Sealed.plain(2 * PLAIN + 1000);
        assertThat(opened(plain.length, Sealed.seal(KEY, plain), 0, plain.length, most))
                .isEqualTo(plain);
    }

    private static void assertBroken(byte[] plain, byte[] stored, int segment) throws IOException {
        Download download =
                SealedFile.of(KEY, plain.length, stored.length).download(0, plain.length, new Pieces(stored, 30_000));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> drain(download, out));
        assertThatExceptionOfType(SealBrokenException.class)
                .as("once broken, always broken")
                .isThrownBy(() -> download.read(ByteBuffer.allocate(10)));
        assertThat(out.toByteArray()).isEqualTo(Arrays.copyOf(plain, segment * PLAIN));
    }

    @Test
    void read_bitFlipped_noByteOfTheSegmentIsGiven() throws IOException {
        byte[] plain = Sealed.plain(3 * PLAIN + 5);
        byte[] stored = Sealed.seal(KEY, plain);
        Random random = new Random(3);
        for (int i = 0; i < 20; i++) {
            int at = random.nextInt(stored.length);
            byte[] changed = stored.clone();
            changed[at] ^= (byte) (1 << random.nextInt(8));
            assertBroken(plain, changed, at / STORED);
        }
    }

    @Test
    void read_emptyUploadChanged_refused() throws IOException {
        byte[] stored = Sealed.seal(KEY, new byte[0]);
        stored[20] ^= 1;
        assertBroken(new byte[0], stored, 0);
    }

    @Test
    void read_segmentsSwapped_refused() throws IOException {
        byte[] plain = Sealed.plain(3 * PLAIN);
        byte[] stored = Sealed.seal(KEY, plain);
        byte[] swapped = stored.clone();
        System.arraycopy(stored, STORED, swapped, 2 * STORED, STORED);
        System.arraycopy(stored, 2 * STORED, swapped, STORED, STORED);
        assertBroken(plain, swapped, 1);
    }

    @Test
    void read_storedBytesEndEarly_refused() throws IOException {
        byte[] plain = Sealed.plain(2 * PLAIN);
        byte[] stored = Sealed.seal(KEY, plain);
        for (int cut : new int[] {0, 1, 11, 12, 28, STORED - 1, STORED, STORED + 1, 2 * STORED - 1}) {
            Download download =
                    file(plain.length).download(0, plain.length, new Pieces(Arrays.copyOf(stored, cut), 30_000));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertThatExceptionOfType(SealBrokenException.class)
                    .isThrownBy(() -> drain(download, out))
                    .withMessageContaining("cut off");
            assertThat(out.size()).isEqualTo(cut / STORED * PLAIN);
        }
    }

    @Test
    void read_peerThatBreaks_failsAsItDoes() throws IOException {
        byte[] plain = Sealed.plain(2 * PLAIN);
        byte[] stored = Sealed.seal(KEY, plain);
        Pieces pieces = new Pieces(Arrays.copyOf(stored, STORED + 10), 30_000);
        pieces.breaks = true;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Download download = file(plain.length).download(0, plain.length, pieces);
        assertThatIOException().isThrownBy(() -> drain(download, out)).withMessage("cut");
        assertThatIOException().isThrownBy(() -> drain(download, out));
        assertThat(out.toByteArray()).isEqualTo(Arrays.copyOf(plain, PLAIN));
    }

    @Test
    void wakeAndClose_areThoseOfTheStoredBytes() throws IOException {
        Pieces pieces = new Pieces(new byte[38], 10);
        Download download = file(10).download(0, 10, pieces);
        Runnable wake = () -> {};
        download.onReadable(wake);
        assertThat(pieces.wake).isSameAs(wake);
        download.close();
        assertThat(pieces.closed).isTrue();
    }

    @Test
    void download_rangeNotWithinUpload_illegal() throws IOException {
        SealedFile file = file(10);
        assertThatIllegalArgumentException().isThrownBy(() -> file.download(5, 6, new Pieces(new byte[0], 1)));
    }

    /** Downloads whose bytes come slowly do not mix them in shared buffers. */
    @Test
    void read_manyInTurns_doNotMixTheirBytes() throws IOException {
        int size = PLAIN + 100;
        List<byte[]> plains = new ArrayList<>();
        List<Download> downloads = new ArrayList<>();
        List<ByteArrayOutputStream> outs = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            byte[] plain = new byte[size];
            new Random(i).nextBytes(plain);
            plains.add(plain);
            downloads.add(file(size).download(0, size, new Pieces(Sealed.seal(KEY, plain), 1 + 500 * i)));
            outs.add(new ByteArrayOutputStream());
        }
        for (int done = 0; done < downloads.size(); ) {
            done = 0;
            for (int i = 0; i < downloads.size(); i++) {
                ByteBuffer buffer = ByteBuffer.allocate(10_000);
                int count = downloads.get(i).read(buffer);
                outs.get(i).write(buffer.array(), 0, Math.max(count, 0));
                done += count < 0 ? 1 : 0;
            }
        }
        for (int i = 0; i < downloads.size(); i++) {
            assertThat(outs.get(i).toByteArray()).isEqualTo(plains.get(i));
        }
    }
}
