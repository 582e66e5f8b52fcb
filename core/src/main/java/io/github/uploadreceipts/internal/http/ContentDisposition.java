package io.github.uploadreceipts.internal.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A {@code Content-Disposition} field: of a multipart part (RFC 7578), of a raw upload, or of a response (RFC 6266).
 *
 * @param type the disposition type in lower case, such as {@code form-data} or {@code attachment}
 * @param name the form field's name, if there is one
 * @param fileName the file name exactly as the client meant it, if there is one; see {@link FileName#safe}
 */
public record ContentDisposition(String type, Optional<String> name, Optional<String> fileName) {

    private static final String TOKEN_PUNCTUATION = "!#$%&'*+-.^_`|~";
    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final String UNESCAPED_PUNCTUATION = "!#$&+-.^_`|~"; // attr-char, RFC 8187 section 3.2.1

    /**
     * Parses a field. Returns empty if it is malformed or names a parameter twice.
     *
     * <p>{@code filename*} (RFC 8187, UTF-8 or ISO-8859-1) takes precedence over {@code filename}; if it cannot be
     * decoded and is alone, the file name is empty. In a quoted string a backslash escapes only a quote or another
     * backslash, because some browsers send whole Windows paths. {@code %22} means a quote, as browsers write it in
     * forms. Programs that put names between quotes as they are get what they meant: a string that is not quoted
     * properly ends at the first quote before a semicolon or the end. A value without quotes may have spaces.
     *
     * @param field the field's value; if its characters, taken as bytes, are valid UTF-8, it is decoded as UTF-8
     */
    public static Optional<ContentDisposition> parse(String field) {
        Parser parser = new Parser(bytesAsUtf8(field));
        return parser.parse();
    }

    /**
     * Returns the value that makes a client save the response as {@code name}. An ASCII form of the name comes first,
     * then the exact one (RFC 6266, appendix D).
     */
    public static String attachment(String name) {
        return write("attachment", name);
    }

    /** Returns the value that lets a client show the response, and save it as {@code name}. */
    public static String inline(String name) {
        return write("inline", name);
    }

    private static String write(String type, String name) {
        StringBuilder ascii = new StringBuilder();
        name.codePoints()
                .forEach(c -> ascii.append(c < 0x20 || c > 0x7E || c == '"' || c == '\\' || c == '%' ? '_' : (char) c));
        return type + "; filename=\"" + ascii + "\"; filename*=UTF-8''" + percentEncode(name);
    }

    private static String percentEncode(String text) {
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (isAlphanumeric((char) (b & 0xFF)) || UNESCAPED_PUNCTUATION.indexOf(b) >= 0) {
                out.append((char) b);
            } else {
                out.append('%').append(HEX.toHexDigits(b));
            }
        }
        return out.toString();
    }

    /** Containers give each byte of a field as one character. Bytes that are valid UTF-8 were meant as UTF-8. */
    private static String bytesAsUtf8(String field) {
        if (field.chars().anyMatch(c -> c > 0xFF) || field.chars().allMatch(c -> c < 0x80)) {
            return field;
        }
        return decode(field.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
                .orElse(field);
    }

    private static Optional<String> decode(byte[] bytes, Charset charset) {
        try {
            return Optional.of(
                    charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean isAlphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    /** Parses {@code disposition-type *( ";" disposition-parm )} (RFC 6266, section 4.1). */
    private static final class Parser {

        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        Optional<ContentDisposition> parse() {
            skipSpace();
            String type = token().toLowerCase(Locale.ROOT);
            if (type.isEmpty()) {
                return Optional.empty();
            }
            List<String> seen = new ArrayList<>();
            Optional<String> name = Optional.empty();
            Optional<String> plain = Optional.empty();
            Optional<String> extended = Optional.empty();
            boolean undecoded = false;
            while (nextParameter()) {
                String key = token().toLowerCase(Locale.ROOT);
                if (key.isEmpty() || seen.contains(key) || seen.size() == 16 || !skip('=')) {
                    return Optional.empty();
                }
                seen.add(key);
                Optional<String> value = value();
                if (value.isEmpty()) {
                    return Optional.empty();
                }
                switch (key) {
                    case "name" -> name = value.map(v -> v.replace("%22", "\""));
                    case "filename" -> plain = value.map(v -> v.replace("%22", "\""));
                    case "filename*" -> {
                        extended = value.flatMap(Parser::extendedValue);
                        undecoded = extended.isEmpty();
                    }
                    default -> {
                        /* other parameters, such as the size and dates, are ignored */
                    }
                }
            }
            if (at < text.length()) {
                return Optional.empty();
            }
            Optional<String> fallback = undecoded ? plain.or(() -> Optional.of("")) : plain; // it is a file, after all
            return Optional.of(new ContentDisposition(type, name, extended.or(() -> fallback)));
        }

        private boolean nextParameter() {
            boolean more = false;
            skipSpace();
            while (skip(';')) {
                more = true;
                skipSpace();
            }
            return more && at < text.length();
        }

        private Optional<String> value() {
            skipSpace();
            if (at < text.length() && text.charAt(at) == '"') {
                int end = properEnd(at + 1);
                return quoted(end >= 0 ? end : lenientEnd(at + 1));
            }
            int start = at;
            while (at < text.length() && text.charAt(at) != ';') {
                at++;
            }
            String bare = text.substring(start, at).strip();
            return bare.isEmpty() || bare.indexOf('"') >= 0 ? Optional.empty() : Optional.of(bare);
        }

        /** Returns the index of the quote that ends a quoted string (RFC 9110, section 5.6.4); -1 if there is none. */
        private int properEnd(int start) {
            for (int i = start; i < text.length(); i++) {
                if (text.charAt(i) == '"') {
                    return endsValue(i) ? i : -1;
                }
                if (isEscape(i)) {
                    i++;
                }
            }
            return -1;
        }

        private int lenientEnd(int start) {
            int quote = text.indexOf('"', start);
            while (quote >= 0 && !endsValue(quote)) {
                quote = text.indexOf('"', quote + 1);
            }
            return quote;
        }

        private boolean endsValue(int quote) {
            int next = quote + 1;
            while (next < text.length() && isSpace(text.charAt(next))) {
                next++;
            }
            return next == text.length() || text.charAt(next) == ';';
        }

        /** Whole Windows paths have backslashes that escape nothing. */
        private boolean isEscape(int i) {
            return text.charAt(i) == '\\'
                    && i + 1 < text.length()
                    && (text.charAt(i + 1) == '"' || text.charAt(i + 1) == '\\');
        }

        private Optional<String> quoted(int end) {
            if (end < 0) {
                return Optional.empty();
            }
            StringBuilder value = new StringBuilder();
            for (int i = at + 1; i < end; i++) {
                if (isEscape(i) && i + 1 < end) {
                    i++;
                }
                value.append(text.charAt(i));
            }
            at = end + 1;
            return Optional.of(value.toString());
        }

        /** Reads {@code charset'[language]'value-chars}. A malformed value is ignored, and {@code filename} is used. */
        private static Optional<String> extendedValue(String value) {
            int first = value.indexOf('\'');
            int second = value.indexOf('\'', first + 1);
            if (first < 0 || second < 0) {
                return Optional.empty();
            }
            String charset = value.substring(0, first);
            if (charset.equalsIgnoreCase("UTF-8")) {
                return percentDecode(value.substring(second + 1)).flatMap(b -> decode(b, StandardCharsets.UTF_8));
            }
            if (charset.equalsIgnoreCase("ISO-8859-1")) {
                return percentDecode(value.substring(second + 1)).flatMap(b -> decode(b, StandardCharsets.ISO_8859_1));
            }
            return Optional.empty();
        }

        private static Optional<byte[]> percentDecode(String text) {
            byte[] out = new byte[text.length()];
            int length = 0;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '%') {
                    if (i + 2 >= text.length()
                            || !HexFormat.isHexDigit(text.charAt(i + 1))
                            || !HexFormat.isHexDigit(text.charAt(i + 2))) {
                        return Optional.empty();
                    }
                    out[length++] = (byte) HexFormat.fromHexDigits(text, i + 1, i + 3);
                    i += 2;
                } else if (c > 0x20 && c < 0x7F) {
                    out[length++] = (byte) c;
                } else {
                    return Optional.empty();
                }
            }
            return Optional.of(Arrays.copyOf(out, length));
        }

        private String token() {
            int start = at;
            while (at < text.length()
                    && (isAlphanumeric(text.charAt(at)) || TOKEN_PUNCTUATION.indexOf(text.charAt(at)) >= 0)) {
                at++;
            }
            String token = text.substring(start, at);
            skipSpace();
            return token;
        }

        private boolean skip(char c) {
            if (at < text.length() && text.charAt(at) == c) {
                at++;
                return true;
            }
            return false;
        }

        private void skipSpace() {
            while (at < text.length() && isSpace(text.charAt(at))) {
                at++;
            }
        }
    }
}
