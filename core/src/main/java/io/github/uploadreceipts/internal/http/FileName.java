package io.github.uploadreceipts.internal.http;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/** File names from clients, made safe to use as one path segment and to show to people. */
public final class FileName {

    /** How many bytes, in UTF-8, a safe name has at most. */
    public static final int MAX_BYTES = 255;

    private static final String NAMELESS = "upload";
    private static final int MAX_EXTENSION_BYTES = 32;
    private static final int MAX_LENGTH = 4096;

    private FileName() {}

    /**
     * Returns a safe name: one path segment of at most {@value #MAX_BYTES} bytes.
     *
     * <p>It is the part of {@code name} after the last slash or backslash, in NFC. Control and bidirectional formatting
     * characters are removed, and colons are replaced. A safe name is not empty, does not consist of dots only, and
     * does not end in a dot, a space or a joiner. A name that is too long is shortened, but keeps its extension. The
     * safe name of a safe name is the same name.
     */
    public static String safe(String name) {
        String segment = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
        if (segment.length() > MAX_LENGTH) { // bounds the work; what is left exceeds a safe name and has the extension
            segment = segment.substring(0, MAX_LENGTH - MAX_EXTENSION_BYTES)
                    + segment.substring(segment.length() - MAX_EXTENSION_BYTES);
        }
        StringBuilder kept = new StringBuilder(segment.length());
        segment.codePoints().filter(FileName::isAllowed).forEach(c -> kept.appendCodePoint(c == ':' ? '_' : c));
        String trimmed = trim(Normalizer.normalize(kept, Normalizer.Form.NFC));
        return trimmed.isEmpty() ? NAMELESS : shorten(trimmed);
    }

    /** Returns whether {@code name} is already exactly what {@link #safe} would make of it. */
    public static boolean isSafe(String name) {
        return safe(name).equals(name);
    }

    /** Returns a name in NFC, without colons and without what a safe name does not end in. It need not be safe yet. */
    static String composed(String name) {
        return trim(Normalizer.normalize(name, Normalizer.Form.NFC).replace(':', '_'));
    }

    /** Returns whether a name may contain a character: it is visible, or joins others. */
    static boolean isAllowed(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            // joiners shape words and emoji; all other format characters only hide something
            case Character.FORMAT -> c == 0x200C || c == 0x200D;
            default -> true;
        };
    }

    private static String trim(String name) {
        String text = name.strip();
        int end = text.length();
        while (end > 0 && isRemovedAtEnd(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    /** Returns whether a name must not end in a character. A joiner at the end joins nothing. */
    private static boolean isRemovedAtEnd(char c) {
        return c == '.' || c == 0x200C || c == 0x200D || Character.isWhitespace(c);
    }

    private static String shorten(String name) {
        if (utf8Length(name) <= MAX_BYTES) {
            return name;
        }
        int dot = name.lastIndexOf('.');
        String extension = dot > 0 ? name.substring(dot) : "";
        if (utf8Length(extension) > MAX_EXTENSION_BYTES) {
            extension = "";
        }
        String stem = name.substring(0, name.length() - extension.length());
        int room = MAX_BYTES - utf8Length(extension);
        int end = 0;
        for (int used = 0; end < stem.length(); ) {
            int c = stem.codePointAt(end);
            used += utf8Length(Character.toString(c));
            if (used > room) {
                break;
            }
            end += Character.charCount(c);
        }
        return trim(trim(stem.substring(0, end)) + extension);
    }

    static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
