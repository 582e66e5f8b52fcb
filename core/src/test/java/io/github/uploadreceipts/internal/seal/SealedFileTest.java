package io.github.uploadreceipts.internal.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SealedFileTest {

    private static final SealKey KEY = SealKey.of(Sealed.plain(SealKey.BYTES));
    private static final int STORED = Segments.STORED;

    /** Opens all the bytes, and returns what came before the failure. */
    private static byte[] openedBeforeFailure(int size, byte[] stored, SealKey key) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        InputStream in = SealedFile.of(key, size, stored.length).open(0, size, new ByteArrayInputStream(stored));
        assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> in.transferTo(out));
        assertThatExceptionOfType(SealBrokenException.class)
                .as("once broken, always broken")
                .isThrownBy(in::read);
        return out.toByteArray();
    }

    /** Asserts that only segments before the one that is broken are opened. */
    private static void assertBroken(byte[] plain, byte[] stored, int segment) throws IOException {
        assertThat(openedBeforeFailure(plain.length, stored, KEY))
                .isEqualTo(Arrays.copyOf(plain, segment * Segments.PLAIN));
    }

    @Test
    void open_everyBitOfASmallFileFlipped_refused() throws IOException {
        byte[] plain = Sealed.plain(37);
        byte[] stored = Sealed.seal(KEY, plain);
        for (int bit = 0; bit < stored.length * 8; bit++) {
            byte[] changed = stored.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertBroken(plain, changed, 0);
        }
    }

    /** A range that begins within the segment: the second read must not take up where nothing was opened. */
    @Test
    void open_rangeOfABrokenSegment_refusedAgain() throws IOException {
        byte[] stored = Sealed.seal(KEY, Sealed.plain(1_000));
        stored[100] ^= 1;
        InputStream in = SealedFile.of(KEY, 1_000, stored.length).open(10, 50, new ByteArrayInputStream(stored));
        for (int i = 0; i < 3; i++) {
            assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> in.read(new byte[20]));
        }
    }

    @Test
    void open_everyBitOfAnEmptyFileFlipped_refused() throws IOException {
        byte[] stored = Sealed.seal(KEY, new byte[0]);
        assertThat(Sealed.open(KEY, 0, stored)).isEmpty();
        for (int bit = 0; bit < stored.length * 8; bit++) {
            byte[] changed = stored.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertBroken(new byte[0], changed, 0);
        }
    }

    @Test
    void open_bitOfALaterSegmentFlipped_onlySegmentsBeforeItAreOpened() throws IOException {
        byte[] plain = Sealed.plain(3 * Segments.PLAIN + 5);
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
    void open_segmentsSwapped_refused() throws IOException {
        byte[] plain = Sealed.plain(4 * Segments.PLAIN);
        byte[] stored = Sealed.seal(KEY, plain);
        for (int a = 0; a < 4; a++) {
            for (int b = a + 1; b < 4; b++) {
                byte[] swapped = stored.clone();
                System.arraycopy(stored, a * STORED, swapped, b * STORED, STORED);
                System.arraycopy(stored, b * STORED, swapped, a * STORED, STORED);
                assertBroken(plain, swapped, a);
            }
        }
    }

    @Test
    void open_segmentRepeatedInPlaceOfAnother_refused() throws IOException {
        byte[] plain = Sealed.plain(4 * Segments.PLAIN);
        byte[] stored = Sealed.seal(KEY, plain);
        for (int a = 0; a < 4; a++) {
            for (int b = 0; b < 4; b++) {
                if (a != b) {
                    byte[] repeated = stored.clone();
                    System.arraycopy(stored, a * STORED, repeated, b * STORED, STORED);
                    assertBroken(plain, repeated, b);
                }
            }
        }
    }

    /** With the size that such a file would have, too: then the last segment is not marked as the last one. */
    @Test
    void open_lastSegmentsDropped_refused() throws IOException {
        byte[] plain = Sealed.plain(4 * Segments.PLAIN);
        byte[] stored = Sealed.seal(KEY, plain);
        for (int left = 1; left < 4; left++) {
            byte[] cut = Arrays.copyOf(stored, left * STORED);
            assertThatExceptionOfType(SealBrokenException.class)
                    .isThrownBy(() -> SealedFile.of(KEY, plain.length, cut.length));
            assertBroken(Arrays.copyOf(plain, left * Segments.PLAIN), cut, left - 1);
        }
    }

    @Test
    void open_middleSegmentDropped_refused() throws IOException {
        byte[] plain = Sealed.plain(3 * Segments.PLAIN);
        byte[] stored = Sealed.seal(KEY, plain);
        byte[] dropped = Arrays.copyOf(stored, 2 * STORED);
        System.arraycopy(stored, 2 * STORED, dropped, STORED, STORED);
        assertBroken(Arrays.copyOf(plain, 2 * Segments.PLAIN), dropped, 1);
    }

    /** A last segment of a shorter file, which is marked as the last one, does not fit into another place. */
    @Test
    void open_segmentsAppended_refused() throws IOException {
        byte[] plain = Sealed.plain(2 * Segments.PLAIN);
        byte[] stored = Sealed.seal(KEY, plain);
        byte[] appended = Arrays.copyOf(stored, 3 * STORED);
        System.arraycopy(stored, STORED, appended, 2 * STORED, STORED);
        assertThatExceptionOfType(SealBrokenException.class)
                .isThrownBy(() -> SealedFile.of(KEY, plain.length, appended.length));
        assertBroken(Arrays.copyOf(plain, 3 * Segments.PLAIN), appended, 1);
    }

    @Test
    void of_everyOtherStoredSize_refused() throws IOException {
        for (int size : new int[] {0, 1, 65_535, 65_536, 65_537, 131_072}) {
            int right = (int) Segments.storedSize(size);
            assertThat(SealedFile.of(KEY, size, right).size()).isEqualTo(size);
            for (int difference = 1; difference < 66_000; difference++) {
                int other = difference;
                assertThatExceptionOfType(SealBrokenException.class)
                        .isThrownBy(() -> SealedFile.of(KEY, size, right - other));
                assertThatExceptionOfType(SealBrokenException.class)
                        .isThrownBy(() -> SealedFile.of(KEY, size, right + other));
            }
        }
    }

    @Test
    void of_sizeOfNoSealedUpload_refused() {
        for (long size : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, Segments.MAX_SIZE + 1}) {
            assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> SealedFile.of(KEY, size, 28));
        }
    }

    @Test
    void open_ofAnotherUpload_refused() throws IOException {
        byte[] plain = Sealed.plain(100);
        byte[] sameContentKey = KEY.bytes();
        sameContentKey[40] ^= 1;
        for (SealKey other : new SealKey[] {SealKey.random(), SealKey.of(sameContentKey)}) {
            assertThat(openedBeforeFailure(100, Sealed.seal(other, plain), KEY)).isEmpty();
        }
    }

    @Test
    void open_streamEndsEarly_refused() throws IOException {
        byte[] plain = Sealed.plain(2 * Segments.PLAIN);
        byte[] stored = Sealed.seal(KEY, plain);
        for (int cut : new int[] {0, 1, 11, 12, 28, STORED - 1, STORED, STORED + 1, 2 * STORED - 1}) {
            InputStream in = SealedFile.of(KEY, plain.length, stored.length)
                    .open(0, plain.length, new ByteArrayInputStream(stored, 0, cut));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertThatExceptionOfType(SealBrokenException.class)
                    .isThrownBy(() -> in.transferTo(out))
                    .withMessageContaining("cut off");
            assertThat(out.size()).isEqualTo(cut / STORED * Segments.PLAIN);
        }
    }

    @Test
    void open_anyRange_givesThoseBytes() throws IOException {
        Random random = new Random(5);
        for (int round = 0; round < 80; round++) {
            int size = Math.max(0, random.nextInt(5) * Segments.PLAIN + random.nextInt(-2, 3));
            byte[] plain = Sealed.plain(size);
            byte[] stored = Sealed.seal(KEY, plain);
            int first = border(random, size);
            int end = first + border(random, size - first);
            assertThat(Sealed.open(KEY, size, stored, first, end - first))
                    .isEqualTo(Arrays.copyOfRange(plain, first, end));
        }
    }

    /** Returns a number from 0 to {@code most}, often near a multiple of the segment's size. */
    private static int border(Random random, int most) {
        int near = random.nextInt(most / Segments.PLAIN + 1) * Segments.PLAIN + random.nextInt(-2, 3);
        return random.nextBoolean() ? random.nextInt(most + 1) : Math.max(0, Math.min(most, near));
    }

    @Test
    void open_range_brokenElsewhere_isOpened() throws IOException {
        byte[] plain = Sealed.plain(3 * Segments.PLAIN);
        byte[] stored = Sealed.seal(KEY, plain);
        stored[5]++;
        stored[2 * STORED]++;
        assertThat(Sealed.open(KEY, plain.length, stored, Segments.PLAIN, Segments.PLAIN))
                .isEqualTo(Arrays.copyOfRange(plain, Segments.PLAIN, 2 * Segments.PLAIN));
        assertThatExceptionOfType(SealBrokenException.class)
                .isThrownBy(() -> Sealed.open(KEY, plain.length, stored, Segments.PLAIN, Segments.PLAIN + 1));
    }

    @Test
    void open_rangeNotWithinUpload_refused() throws IOException {
        SealedFile file = SealedFile.of(KEY, 10, 38);
        assertThatIllegalArgumentException().isThrownBy(() -> file.open(5, 6, InputStream.nullInputStream()));
        assertThatIllegalArgumentException().isThrownBy(() -> file.stored(5, 6));
    }

    @Test
    void open_readInAnyPieces_givesTheSameBytes() throws IOException {
        byte[] plain = Sealed.plain(150_000);
        byte[] stored = Sealed.seal(KEY, plain);
        Random random = new Random(9);
        InputStream in = SealedFile.of(KEY, plain.length, stored.length)
                .open(0, plain.length, new FilterInputStream(new ByteArrayInputStream(stored)) {
                    @Override
                    public int read(byte[] into, int from, int length) throws IOException {
                        return super.read(into, from, Math.min(length, 1000)); // as a socket gives them
                    }
                });
        byte[] read = new byte[plain.length + 10];
        int done = 0;
        while (done < plain.length) {
            if (random.nextInt(10) == 0) {
                read[done++] = (byte) in.read();
            } else {
                int count = in.read(read, done, 1 + random.nextInt(Math.min(70_000, read.length - done)));
                assertThat(count).isPositive();
                done += count;
            }
        }
        assertThat(in.read()).isEqualTo(-1);
        assertThat(in.read(read, 0, 0)).isZero();
        assertThat(Arrays.copyOf(read, plain.length)).isEqualTo(plain);
    }

    /** Buffers are shared, one call at a time. */
    @Test
    void sealAndOpen_manyThreads_doNotMixTheirBytes() {
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (int thread = 0; thread < 16; thread++) {
            byte[] plain = Sealed.plain(150_000 + thread);
            running.add(CompletableFuture.runAsync(() -> {
                SealKey key = SealKey.random();
                for (int i = 0; i < 5; i++) {
                    try {
                        assertThat(Sealed.open(key, plain.length, Sealed.seal(key, plain)))
                                .isEqualTo(plain);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }));
        }
        running.forEach(CompletableFuture::join);
    }

    @Test
    void close_closesTheStoredBytes() throws IOException {
        AtomicInteger closed = new AtomicInteger();
        InputStream stored = new ByteArrayInputStream(new byte[38]) {
            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
        SealedFile.of(KEY, 10, 38).open(0, 10, stored).close();
        assertThat(closed).hasValue(1);
    }
}
