package io.github.uploadreceipts.objectstorage.internal.s3;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Percent-encoding as Signature Version 4 wants it: everything but letters, digits and {@code -._~}, in upper case. */
final class UriText {

    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final String PLAIN = "-._~";

    private UriText() {}

    static String encode(String text) {
        return encode(text, PLAIN);
    }

    /** Encodes everything but slashes. */
    static String encodePath(String text) {
        return encode(text, PLAIN + "/");
    }

    private static String encode(String text, String plain) {
        StringBuilder result = new StringBuilder(text.length() + 16);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || plain.indexOf(c) >= 0) {
                result.append(c);
            } else {
                result.append('%').append(HEX.toHexDigits(b));
            }
        }
        return result.toString();
    }
}
