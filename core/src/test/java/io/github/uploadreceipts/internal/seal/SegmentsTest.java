package io.github.uploadreceipts.internal.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentsTest {

    @ParameterizedTest
    @CsvSource({
        "0, 28, 1",
        "1, 29, 1",
        "65535, 65563, 1",
        "65536, 65564, 1",
        "65537, 65593, 2",
        "131072, 131128, 2",
        "131073, 131157, 3",
        "281474976710656, 281595235794944, 4294967296"
    })
    void storedSize_andBack(long size, long storedSize, long segments) {
        assertThat(Segments.storedSize(size)).isEqualTo(storedSize);
        assertThat(Segments.count(size)).isEqualTo(segments);
        assertThat(Segments.plainSize(storedSize)).hasValue(size);
    }

    /** Which stored sizes are possible is counted from the plain sizes, over a bit more than three segments. */
    @Test
    void plainSize_everyStoredSize_possibleOrNot() {
        Map<Long, Long> possible = new HashMap<>();
        for (long size = 0; size <= 3 * Segments.PLAIN + 100; size++) {
            possible.put(Segments.storedSize(size), size);
        }
        for (long stored = 0; stored <= Segments.storedSize(3 * Segments.PLAIN + 100); stored++) {
            Long size = possible.get(stored);
            assertThat(Segments.plainSize(stored))
                    .isEqualTo(size == null ? OptionalLong.empty() : OptionalLong.of(size));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 27, 65_565, 65_592, 281595235794945L, Long.MAX_VALUE})
    void plainSize_impossible(long storedSize) {
        assertThat(Segments.plainSize(storedSize)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, Segments.MAX_SIZE + 1, Long.MAX_VALUE})
    void storedSize_ofNoSealedUpload_refused(long size) {
        assertThatIllegalArgumentException().isThrownBy(() -> Segments.storedSize(size));
        assertThatIllegalArgumentException().isThrownBy(() -> Segments.stored(0, 0, size));
        assertThatIllegalArgumentException().isThrownBy(() -> Segments.unfinished(size));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0, 28", // the tag of an empty upload is to be verified
        "0, 0, 10, 0, 0",
        "10, 0, 10, 0, 0",
        "65536, 0, 65536, 0, 0",
        "0, 1, 1, 0, 29",
        "0, 65536, 65536, 0, 65564",
        "65535, 1, 65537, 0, 65564",
        "65535, 2, 65537, 0, 65593",
        "65536, 1, 65537, 65564, 29",
        "65536, 65536, 200000, 65564, 65564",
        "65536, 65537, 200000, 65564, 131128",
        "199999, 1, 200000, 196692, 3420",
        "281474976710655, 1, 281474976710656, 281595235729380, 65564"
    })
    void stored_range(long first, long length, long size, long storedFirst, long storedLength) {
        assertThat(Segments.stored(first, length, size)).isEqualTo(new StoredRange(storedFirst, storedLength));
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 1, 10",
        "0, -1, 10",
        "0, 11, 10",
        "10, 1, 10",
        "11, 0, 10",
        "9223372036854775807, 9223372036854775807, 10",
        "9223372036854775807, 1, 10",
        "1, 9223372036854775807, 10",
        "-9223372036854775808, -9223372036854775808, 10"
    })
    void stored_rangeNotWithinUpload_refused(long first, long length, long size) {
        assertThatIllegalArgumentException().isThrownBy(() -> Segments.stored(first, length, size));
    }

    /** Compares ranges with a walk over the segments. */
    @ParameterizedTest
    @CsvSource({"0,0", "28,0", "29,1", "65564,65536", "65593,65537", "131128,131072"})
    void plainSoFar_pausedOrComplete(long storedSize, long size) {
        assertThat(Segments.plainSoFar(storedSize)).hasValue(size);
        assertThat(Segments.plainSoFar(storedSize == 0 ? 1 : 65_564 + 28)).isEmpty();
    }

    /** Wherever they begin within a segment. */
    @Test
    void storedSizeAtMost_isEnough() {
        for (long first : new long[] {0, 1, 65_535, 65_536}) {
            for (long bytes : new long[] {1, 2, 65_535, 65_536, 65_537, 200_000}) {
                long more = Segments.storedSize(first + bytes) - Segments.pausedSize(first);
                assertThat(Segments.storedSizeAtMost(bytes)).isBetween(more, more + 56);
            }
        }
        assertThat(Segments.storedSizeAtMost(0))
                .as("what completes without more bytes needs no space")
                .isZero();
        assertThat(Segments.storedSizeAtMost(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void stored_anyRange_isOfTheSegmentsThatOverlap() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            long size = 1 + random.nextLong(5 * Segments.PLAIN);
            long first = random.nextLong(size);
            long length = 1 + random.nextLong(size - first);
            long from = -1;
            long to = 0;
            long offset = 0;
            for (long begin = 0; begin < size; begin += Segments.PLAIN) {
                long end = Math.min(begin + Segments.PLAIN, size);
                long stored = end - begin + 28;
                if (first < end && first + length > begin) {
                    from = from < 0 ? offset : from;
                    to = offset + stored;
                }
                offset += stored;
            }
            assertThat(Segments.stored(first, length, size)).isEqualTo(new StoredRange(from, to - from));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0",
        "1, 0, 29, 29",
        "65536, 0, 65564, 65564",
        "65537, 65564, 29, 65593",
        "131072, 65564, 65564, 131128"
    })
    void unfinished_segment_hasAtLeastOneByte(long size, long first, long length, long paused) {
        assertThat(Segments.unfinished(size)).isEqualTo(new StoredRange(first, length));
        assertThat(Segments.pausedSize(size)).isEqualTo(paused);
    }
}
