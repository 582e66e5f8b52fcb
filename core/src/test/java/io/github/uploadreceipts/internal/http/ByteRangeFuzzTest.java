package io.github.uploadreceipts.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** Compares the parsed ranges with a naive reading of RFC 9110, sections 14.1.2 and 14.4. */
class ByteRangeFuzzTest {

    private static final int MAX_DIGITS = 18;

    /** The input is a file's size, a line feed, and a field's value. */
    @DictionaryEntries({"bytes=", "bytes ", "-", "/", "\\x0A"})
    @FuzzTest(maxDuration = "10m")
    void requestedAndContentRange_anyField(byte[] data) {
        String text = new String(data, StandardCharsets.ISO_8859_1);
        String first = text.substring(0, Math.max(text.indexOf('\n'), 0));
        String field = text.substring(text.indexOf('\n') + 1);
        long size = isNumber(first) ? Long.parseLong(first) : 10;

        ByteRange range = ByteRange.requested(field, size);
        assertThat(range).isEqualTo(requested(field.strip().toLowerCase(Locale.ROOT), size));
        if (!range.isUnsatisfiable() && range.length() > 0) {
            assertThat(ByteRange.contentRange(range.toContentRange())).contains(range);
        }
        Optional<ByteRange> answered = ByteRange.contentRange(field);
        assertThat(answered).isEqualTo(contentRange(field));
        answered.ifPresent(known ->
                assertThat(ByteRange.contentRange(known.toContentRange())).contains(known));
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= MAX_DIGITS && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** Returns the one range that the field requests, or else the whole file. */
    private static ByteRange requested(String field, long size) {
        int dash = field.indexOf('-');
        if (!field.startsWith("bytes=") || dash < 0 || size == 0) {
            return ByteRange.whole(size);
        }
        String from = field.substring("bytes=".length(), dash);
        String to = field.substring(dash + 1);
        boolean malformed =
                (!from.isEmpty() && !isNumber(from)) || (!to.isEmpty() && !isNumber(to)) || (from + to).isEmpty();
        if (malformed || (isNumber(from) && isNumber(to) && number(to).compareTo(number(from)) < 0)) {
            return ByteRange.whole(size);
        }
        BigInteger end = BigInteger.valueOf(size);
        BigInteger first = from.isEmpty() ? end.subtract(number(to)).max(BigInteger.ZERO) : number(from);
        BigInteger behind = from.isEmpty() || to.isEmpty()
                ? end
                : number(to).add(BigInteger.ONE).min(end);
        return first.compareTo(end) >= 0
                ? new ByteRange(-1, 0, size)
                : new ByteRange(first.longValueExact(), behind.subtract(first).longValueExact(), size);
    }

    private static Optional<ByteRange> contentRange(String field) {
        String[] unit = field.split(" ", -1);
        String[] numbers = unit[unit.length - 1].split("[-/]", -1);
        boolean formed = unit.length == 2
                && unit[0].equals("bytes")
                && numbers.length == 3
                && unit[1].indexOf('-') == numbers[0].length()
                && unit[1].indexOf('/') > numbers[0].length();
        if (!formed || !isNumber(numbers[0]) || !isNumber(numbers[1]) || !isNumber(numbers[2])) {
            return Optional.empty();
        }
        long first = Long.parseLong(numbers[0]);
        long last = Long.parseLong(numbers[1]);
        long size = Long.parseLong(numbers[2]);
        return first <= last && last < size
                ? Optional.of(new ByteRange(first, last - first + 1, size))
                : Optional.empty();
    }

    private static BigInteger number(String digits) {
        return new BigInteger(digits);
    }
}
