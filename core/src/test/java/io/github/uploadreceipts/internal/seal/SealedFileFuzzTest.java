package io.github.uploadreceipts.internal.seal;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Whatever was done to the stored bytes: what is opened was sealed, at that place. */
class SealedFileFuzzTest {

    private static final SealKey KEY = SealKey.of(Sealed.plain(SealKey.BYTES));
    private static final int SIZE = 2 * Segments.PLAIN + 100;
    private static final byte[] PLAIN = Sealed.plain(SIZE);
    private static final byte[] STORED = Sealed.seal(KEY, PLAIN);

    /** The input is a range and a list of edits: of a byte, of the length, and of a place that gets other bytes. */
    @FuzzTest(maxDuration = "10m")
    void open_changedBytes(FuzzedDataProvider data) throws IOException {
        int first = data.consumeInt(0, SIZE);
        int length = data.consumeInt(0, SIZE - first);
        byte[] stored = STORED.clone();
        while (data.remainingBytes() > 0) {
            stored = edit(stored, data);
        }
        ByteArrayOutputStream opened = new ByteArrayOutputStream();
        try {
            SealedFile file = SealedFile.of(KEY, SIZE, stored.length);
            StoredRange range = file.stored(first, length);
            try (InputStream in = file.open(
                    first, length, new ByteArrayInputStream(stored, (int) range.first(), (int) range.length()))) {
                in.transferTo(opened);
            }
            assertThat(opened.size()).isEqualTo(length);
        } catch (SealBrokenException e) {
            assertThat(stored).isNotEqualTo(STORED);
        }
        assertThat(opened.toByteArray()).isEqualTo(Arrays.copyOfRange(PLAIN, first, first + opened.size()));
    }

    private static byte[] edit(byte[] stored, FuzzedDataProvider data) {
        int last = stored.length - 1;
        switch (data.consumeInt(0, 3)) {
            case 0 -> {
                return Arrays.copyOf(stored, data.consumeInt(1, 2 * STORED.length));
            }
            case 1 -> stored[data.consumeInt(0, last)] = data.consumeByte();
            case 2 -> {
                int to = data.consumeInt(0, last);
                int from = data.consumeInt(0, last);
                System.arraycopy(stored, from, stored, to, stored.length - Math.max(from, to));
            }
            default -> {
                int to = data.consumeInt(0, 2) * Segments.STORED;
                int from = data.consumeInt(0, 2) * Segments.STORED;
                int count = Math.min(Segments.STORED, STORED.length - from);
                System.arraycopy(STORED, from, stored, Math.min(to, last), Math.min(count, Math.max(0, last - to)));
            }
        }
        return stored;
    }
}
