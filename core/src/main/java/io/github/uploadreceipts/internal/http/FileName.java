package io.github.uploadreceipts.internal.http;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/** File names from clients, made safe to use as one path segment and to show to people. */
public final class FileName {

    /** The most bytes, in UTF-8, that a safe name has. */
    public static final int MAX_BYTES = 255;

    private static final String NAMELESS = "upload";
    private static final int MAX_EXTENSION_BYTES = 32;
    private static final int MAX_LENGTH = 4096;

    private FileName() {}

    /**
     * Returns a name that is one path segment of at most {@value #MAX_BYTES} bytes: the part after the last slash or
     * backslash, in NFC, without control and bidirectional formatting characters, colons replaced, neither empty nor
     * dots only nor ending in a dot, a space or a joiner. A name too long keeps its extension. Applying it twice changes nothing.
     */
    public static String safe(String name) {
        String segment = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
        if (segment.length() > MAX_LENGTH) { // still more than will be left, and the extension
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

    private static boolean isAllowed(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            // joiners shape words and emoji; every other format character only hides something
            case Character.FORMAT -> c == 0x200C || c == 0x200D;
            default -> true;
        };
    }

    private static String trim(String name) {
        String text = name.strip();
        int end = text.length();
        while (end > 0 && isInvisible(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    /** At a name's end; what follows a final joiner is joined to nothing. */
    private static boolean isInvisible(char c) {
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

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
