package io.github.uploadreceipts.internal.http;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a file that one response carries (RFC 9110, section 14).
 *
 * @param first the first byte's offset
 * @param length how many bytes; 0 if the range cannot be satisfied or the file is empty
 * @param size the whole file's size
 */
public record ByteRange(long first, long length, long size) {

    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})", Pattern.CASE_INSENSITIVE);
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");

    /** Returns all of a file. */
    public static ByteRange whole(long size) {
        return new ByteRange(0, size, size);
    }

    /**
     * Returns what a {@code Range} field asks of a file of {@code size} bytes. No field, another unit, several ranges,
     * malformed text and an empty file all mean the whole file, as section 14.2 allows.
     */
    public static ByteRange requested(@Nullable String field, long size) {
        return parse(field, size).orElseGet(() -> whole(size));
    }

    /** Returns whether a {@code Range} field asks for one range that a file of {@code size} bytes has, be it all of it. */
    public static boolean isSatisfiable(String field, long size) {
        return parse(field, size).filter(range -> !range.isUnsatisfiable()).isPresent();
    }

    /** Returns the one range that a field asks for; empty if it means the whole file. */
    private static Optional<ByteRange> parse(@Nullable String field, long size) {
        Matcher matcher = field == null ? null : RANGE.matcher(field.strip());
        if (size == 0 || matcher == null || !matcher.matches()) {
            return Optional.empty();
        }
        String first = matcher.group(1);
        String last = matcher.group(2);
        if (first.isEmpty()) {
            return last.isEmpty() ? Optional.empty() : Optional.of(suffix(Long.parseLong(last), size));
        }
        long from = Long.parseLong(first);
        long to = last.isEmpty() ? Long.MAX_VALUE : Long.parseLong(last);
        if (to < from) {
            return Optional.empty();
        }
        return Optional.of(
                from >= size ? unsatisfiable(size) : new ByteRange(from, Math.min(to, size - 1) - from + 1, size));
    }

    /** Returns what a {@code Content-Range} field says, or empty if it is malformed or contradicts itself. */
    public static Optional<ByteRange> contentRange(String field) {
        Matcher matcher = CONTENT_RANGE.matcher(field);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long first = Long.parseLong(matcher.group(1));
        long last = Long.parseLong(matcher.group(2));
        long size = Long.parseLong(matcher.group(3));
        return first <= last && last < size
                ? Optional.of(new ByteRange(first, last - first + 1, size))
                : Optional.empty();
    }

    private static ByteRange suffix(long length, long size) {
        long kept = Math.min(length, size);
        return kept == 0 ? unsatisfiable(size) : new ByteRange(size - kept, kept, size);
    }

    private static ByteRange unsatisfiable(long size) {
        return new ByteRange(-1, 0, size);
    }

    /** Returns whether this is the whole file, so that the response is a 200. */
    public boolean isWhole() {
        return first == 0 && length == size;
    }

    /** Returns whether the range contains no byte of the file, so that the response is a 416. */
    public boolean isUnsatisfiable() {
        return first < 0;
    }

    /** Returns the {@code Content-Range} field of the 206 or 416 response. */
    public String toContentRange() {
        return isUnsatisfiable() ? "bytes */" + size : "bytes " + first + "-" + (first + length - 1) + "/" + size;
    }
}
