package io.github.uploadreceipts.internal.http;

import java.text.Normalizer;
import java.util.Optional;

/** Names that strangers give themselves, made safe to show. */
public final class PersonName {

    /** How many bytes, in UTF-8, a name has at most. */
    public static final int MAX_BYTES = 200;

    private static final int MAX_LENGTH = 1024;

    private PersonName() {}

    /**
     * Returns what of a text is a name: one line of at most {@value #MAX_BYTES} bytes, in NFC, without control and
     * bidirectional formatting characters. It may still contain what means something in HTML.
     *
     * @return empty if nothing is left
     */
    public static Optional<String> clean(String text) {
        String bounded = text.substring(0, Math.min(text.length(), MAX_LENGTH));
        StringBuilder kept = new StringBuilder(bounded.length());
        bounded.replaceAll("[\\s\\p{Z}]+", " ")
                .codePoints()
                .filter(FileName::isAllowed)
                .forEach(kept::appendCodePoint);
        String name = trim(shorten(Normalizer.normalize(trim(kept.toString()), Normalizer.Form.NFC)));
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    /** Nothing may be left of a name that only joins, or is only space. */
    private static String trim(String name) {
        return name.replaceAll("^[ \u200C\u200D]+|[ \u200C\u200D]+$", "");
    }

    private static String shorten(String name) {
        int end = 0;
        for (int used = 0; end < name.length(); ) {
            int c = name.codePointAt(end);
            used += FileName.utf8Length(Character.toString(c));
            if (used > MAX_BYTES) {
                break;
            }
            end += Character.charCount(c);
        }
        return name.substring(0, end);
    }
}
