package io.github.uploadreceipts.internal.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.internal.seal.Sealed.Store;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SealerTest {

    private static final SealKey KEY = SealKey.of(Sealed.plain(SealKey.BYTES));
    private static final Random SHAPE = new Random(7);

    private final Store store = new Store();

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private void write(Sealer sealer, byte[] plain, int from, int to) {
        sealer.write(ByteBuffer.wrap(plain, from, to - from), store::append);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 196_608, 200_000})
    void seal_thenOpen_givesTheSameBytes(int size) throws IOException {
        byte[] plain = Sealed.plain(size);
        byte[] stored = Sealed.seal(KEY, plain);
        assertThat(stored).hasSize((int) Segments.storedSize(size));
        assertThat(Sealed.open(KEY, size, stored)).isEqualTo(plain);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 131_072})
    void seal_lengthKnown_opensToTheSameBytes(int size) throws IOException {
        byte[] plain = Sealed.plain(size);
        for (int announced : new int[] {size, Math.max(0, size - 1), size / 2}) {
            store.reset();
            Sealer sealer = Sealer.begin(KEY);
            sealer.expect(announced);
            write(sealer, plain, 0, size);
            sealer.finish(store::append);
            assertThat(Sealed.open(KEY, size, store.toByteArray())).isEqualTo(plain);
        }
    }

    /** Sizes around the borders, pieces of any size, heap and direct and read-only buffers, length known or not. */
    @Test
    void seal_anyPieces_opensToTheSameBytes() throws IOException {
        for (int round = 0; round < 60; round++) {
            int size = Math.max(0, SHAPE.nextInt(4) * Segments.PLAIN + SHAPE.nextInt(-3, 4));
            byte[] plain = Sealed.plain(size);
            store.reset();
            Sealer sealer = Sealer.begin(KEY);
            if (SHAPE.nextBoolean()) {
                sealer.expect(SHAPE.nextBoolean() ? size : SHAPE.nextInt(size + 1));
            }
            int most = 1 + SHAPE.nextInt(SHAPE.nextBoolean() ? 3000 : 150_000);
            for (int done = 0; done < size; ) {
                int count = Math.min(SHAPE.nextInt(most + 1), size - done);
                byte[] piece = Arrays.copyOfRange(plain, done, done + count);
                ByteBuffer buffer = SHAPE.nextBoolean() ? direct(piece) : ByteBuffer.wrap(piece);
                sealer.write(SHAPE.nextBoolean() ? buffer.asReadOnlyBuffer() : buffer, store::append);
                done += count;
            }
            sealer.finish(store::append);
            assertThat(Sealed.open(KEY, size, store.toByteArray())).isEqualTo(plain);
        }
    }

    @Test
    void write_takesAllRemainingBytes_andNoOthers() throws IOException {
        byte[] plain = Sealed.plain(100_000);
        ByteBuffer buffer = ByteBuffer.wrap(plain).position(1000).limit(90_000);
        Sealer sealer = Sealer.begin(KEY);
        sealer.write(buffer, store::append);
        sealer.finish(store::append);
        assertThat(buffer.hasRemaining()).isFalse();
        assertThat(Sealed.open(KEY, 89_000, store.toByteArray())).isEqualTo(Arrays.copyOfRange(plain, 1000, 90_000));
    }

    /** The bytes of a slow upload lie on the disk, not in memory. */
    @Test
    void write_fewBytes_goOnToTheStoreAtOnce() {
        byte[] plain = Sealed.plain(65_536);
        Sealer sealer = Sealer.begin(KEY);
        for (int i = 0; i < plain.length; i += 64) {
            write(sealer, plain, i, i + 64);
            assertThat(store.size()).isEqualTo(12 + i + 64);
        }
    }

    @Test
    void write_fullSegment_waitsForTheNextByte() {
        byte[] plain = Sealed.plain(65_537);
        Sealer sealer = Sealer.begin(KEY);
        write(sealer, plain, 0, 65_536);
        assertThat(store.size()).isEqualTo(12 + 65_536);
        write(sealer, plain, 65_536, 65_537);
        assertThat(store.size()).isBetween(65_564 + 12, 65_564 + 12 + 1);
        sealer.finish(store::append);
        assertThat(store.size()).isEqualTo(65_564 + 29);
    }

    @Test
    void nonces_areFresh() {
        Set<String> nonces = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            byte[] stored = Sealed.seal(KEY, new byte[4 * 65_536]);
            for (int at = 0; at < stored.length; at += 65_564) {
                nonces.add(HexFormat.of().formatHex(stored, at, at + 12));
            }
        }
        assertThat(nonces).hasSize(40);
    }

    @Test
    void stored_showsNothingOfThePlainBytes() {
        String stored = HexFormat.of().formatHex(Sealed.seal(KEY, new byte[100_000]));
        assertThat(stored).doesNotContain("00".repeat(12));
    }

    @Test
    void finish_fewerBytesThanAnnounced_refused() {
        for (int size : new int[] {0, 10, 65_536, 99_999}) {
            Sealer sealer = Sealer.begin(KEY);
            sealer.expect(100_000);
            sealer.expect(5);
            write(sealer, new byte[size], 0, size);
            assertThatIllegalStateException().isThrownBy(() -> sealer.finish(store::append));
        }
    }

    @Test
    void write_afterTheEnd_refused() {
        Sealer finished = Sealer.begin(KEY);
        finished.finish(store::append);
        Sealer paused = Sealer.begin(KEY);
        paused.pause(store::append);
        for (Sealer sealer : new Sealer[] {finished, paused}) {
            assertThatIllegalStateException().isThrownBy(() -> write(sealer, new byte[1], 0, 1));
            assertThatIllegalStateException().isThrownBy(() -> sealer.pause(store::append));
            assertThatIllegalStateException().isThrownBy(() -> sealer.finish(store::append));
        }
    }

    @Test
    void write_storeFails_failureReachesTheCaller() {
        IOException full = new IOException("full");
        Sealer sealer = Sealer.begin(KEY);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> sealer.write(ByteBuffer.allocate(1), stored -> {
                    throw full;
                }))
                .isSameAs(full);
    }

    // resumable uploads

    /** Pauses, and resumes as a store does it: what is stored from the unfinished segment on is overwritten. */
    private Sealer pauseAndResume(Sealer sealer, int size) throws SealBrokenException {
        sealer.pause(store::append);
        byte[] stored = store.toByteArray();
        assertThat(stored).hasSize((int) Segments.pausedSize(size));
        StoredRange unfinished = Segments.unfinished(size);
        assertThat(unfinished.first() + unfinished.length()).isEqualTo(stored.length);
        byte[] segment = Arrays.copyOfRange(stored, (int) unfinished.first(), stored.length);
        store.reset();
        store.write(stored, 0, (int) unfinished.first());
        Sealer resumed = Sealer.resume(KEY, size, segment, store::append);
        byte[] anew = store.toByteArray();
        if (size > 0) {
            assertThat(Arrays.copyOfRange(anew, (int) unfinished.first(), (int) unfinished.first() + 12))
                    .as("a fresh nonce")
                    .isNotEqualTo(Arrays.copyOf(segment, 12));
        }
        return resumed;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073})
    void resume_thenFinishWithoutMoreBytes_opens(int size) throws IOException {
        byte[] plain = Sealed.plain(size);
        Sealer sealer = Sealer.begin(KEY);
        write(sealer, plain, 0, size);
        pauseAndResume(sealer, size).finish(store::append);
        assertThat(Sealed.open(KEY, size, store.toByteArray())).isEqualTo(plain);
    }

    @Test
    void resume_oftenAndAnywhere_opensToTheSameBytes() throws IOException {
        for (int round = 0; round < 30; round++) {
            int size = Math.max(0, SHAPE.nextInt(4) * Segments.PLAIN + SHAPE.nextInt(-3, 4));
            byte[] plain = Sealed.plain(size);
            store.reset();
            Sealer sealer = Sealer.begin(KEY);
            for (int done = 0; done < size; ) {
                int count = Math.min(
                        SHAPE.nextBoolean() ? SHAPE.nextInt(100_000) : Segments.PLAIN - done % Segments.PLAIN,
                        size - done);
                write(sealer, plain, done, done + count);
                done += count;
                sealer = pauseAndResume(sealer, done);
            }
            sealer.finish(store::append);
            assertThat(Sealed.open(KEY, size, store.toByteArray())).isEqualTo(plain);
        }
    }

    /** A long request is acknowledged on the way. After a crash the upload is resumed from there. */
    @Test
    void acknowledgeable_bytes_canBeResumedAndCompletedAfterACrash() throws IOException {
        byte[] plain = Sealed.plain(200_000);
        for (int size : new int[] {0, 1, 65_536, 65_537, 131_072, 131_073, 200_000}) {
            store.reset();
            Sealer sealer = Sealer.begin(KEY);
            write(sealer, plain, 0, size);
            int acknowledged = (int) sealer.acknowledgeable();
            assertThat(acknowledged).isEqualTo(size == 0 ? 0 : (size - 1) / 65_536 * 65_536);

            StoredRange unfinished = Segments.unfinished(acknowledged);
            byte[] stored = Arrays.copyOf(store.toByteArray(), (int) Segments.pausedSize(acknowledged));
            assertThat(openPaused(acknowledged, stored)).isEqualTo(Arrays.copyOf(plain, acknowledged));
            store.reset();
            store.write(stored, 0, (int) unfinished.first());
            Sealer.resume(
                            KEY,
                            acknowledged,
                            Arrays.copyOfRange(stored, (int) unfinished.first(), stored.length),
                            store::append)
                    .finish(store::append);
            assertThat(Sealed.open(KEY, acknowledged, store.toByteArray()))
                    .isEqualTo(Arrays.copyOf(plain, acknowledged));
        }
    }

    private static byte[] openPaused(int size, byte[] stored) throws IOException {
        SealedFile file = SealedFile.paused(KEY, size, stored.length);
        assertThat(file.stored(0, size)).isEqualTo(new StoredRange(0, stored.length));
        return file.open(0, size, new ByteArrayInputStream(stored)).readAllBytes();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_536, 65_537, 131_072})
    void pause_thenOpenAsPaused_givesTheSameBytes(int size) throws IOException {
        byte[] plain = Sealed.plain(size);
        Sealer sealer = Sealer.begin(KEY);
        write(sealer, plain, 0, size);
        sealer.pause(store::append);
        assertThat(openPaused(size, store.toByteArray())).isEqualTo(plain);
        for (int other : new int[] {-1, size - 1, size + 1, size + 65_536, Integer.MIN_VALUE}) {
            assertThatExceptionOfType(SealBrokenException.class)
                    .isThrownBy(() -> SealedFile.paused(KEY, other, store.size()));
        }
    }

    @Test
    void openPaused_completeUpload_refused() {
        for (int size : new int[] {1, 65_536, 65_537}) {
            byte[] stored = Sealed.seal(KEY, Sealed.plain(size));
            assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> openPaused(size, stored));
        }
        byte[] empty = Sealed.seal(KEY, new byte[0]);
        assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> openPaused(0, empty));
    }

    @Test
    void resume_otherSegment_refused() {
        byte[] plain = Sealed.plain(70_000);
        Sealer sealer = Sealer.begin(KEY);
        write(sealer, plain, 0, 70_000);
        sealer.pause(store::append);
        byte[] segment = Arrays.copyOfRange(store.toByteArray(), 65_564, store.size());
        byte[] changed = segment.clone();
        changed[20] ^= 1;

        assertRefused(KEY, 70_000, changed);
        assertRefused(KEY, 69_999, segment); // older and shorter, or newer and longer, than what is acknowledged
        assertRefused(KEY, 70_001, segment);
        assertRefused(KEY, 70_000 - 65_536, segment); // of another place
        assertRefused(KEY, 70_000 + 65_536, segment);
        assertRefused(SealKey.random(), 70_000, segment);
        assertRefused(KEY, 70_000, new byte[0]);
        assertRefused(KEY, 0, segment);
        assertRefused(KEY, 70_000, Arrays.copyOfRange(Sealed.seal(KEY, plain), 65_564, 65_564 + segment.length));
    }

    private void assertRefused(SealKey key, long size, byte[] unfinished) {
        store.reset();
        assertThatExceptionOfType(SealBrokenException.class)
                .isThrownBy(() -> Sealer.resume(key, size, unfinished, store::append));
        assertThat(store.size()).isZero();
    }

    /** What was acknowledged and not completed is not a whole upload. */
    @ParameterizedTest
    @ValueSource(ints = {1, 65_536, 65_537, 131_072})
    void open_pausedUpload_refused(int size) {
        Sealer sealer = Sealer.begin(KEY);
        write(sealer, Sealed.plain(size), 0, size);
        sealer.pause(store::append);
        assertThatExceptionOfType(SealBrokenException.class)
                .isThrownBy(() -> Sealed.open(KEY, size, store.toByteArray()));
    }
}
