package io.github.uploadreceipts.servlet.internal.receive;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Generates forms. Half of them are regular, and the others are odd in one way. */
final class FormGenerator {

    /** The ways in which a form can be odd. */
    enum Oddity {
        LONG_PREAMBLE,
        PREAMBLE_WITHOUT_LINE_BREAK,
        NO_PARTS,
        PADDING_BEHIND_BOUNDARY,
        LONG_PADDING,
        LINE_FEED_BEHIND_BOUNDARY,
        CARRIAGE_RETURN_BEHIND_BOUNDARY,
        TEXT_BEHIND_BOUNDARY,
        BOUNDARY_IN_CONTENT,
        BOUNDARY_BEHIND_LINE_FEED,
        BOUNDARY_INSTEAD_OF_CONTENT,
        NESTED_FORM,
        TRUNCATED,
        TEXT_BEHIND_FINAL_BOUNDARY,
        NO_HEADER,
        NO_DISPOSITION,
        OTHER_DISPOSITION,
        FIELD_TWICE,
        NO_COLON,
        SPACE_BEFORE_COLON,
        CONTROL_IN_HEADER,
        LINE_FEED_IN_HEADER,
        FOLDED_HEADER,
        LONG_HEADER,
        TRANSFER_ENCODING,
        NO_NAME,
        EMPTY_NAME,
        PARAMETER_TWICE,
        SPACE_AROUND_EQUALS,
        SPACE_IN_QUOTES,
        PERCENT_QUOTE,
        ESCAPED_QUOTE,
        BACKSLASH,
        BACKSLASH_AT_END,
        QUOTE_IN_QUOTES,
        SPACE_WITHOUT_QUOTES,
        CONTROL_IN_NAME,
        ENCODED_WORD,
        EXTENDED_FILE_NAME,
        NOT_UTF8
    }

    /** A form. Each character of the body is one byte. */
    record Sample(String boundary, String contentType, String body, Optional<Oddity> oddity) {

        byte[] bytes() {
            return body.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    private static final int MAX_BOUNDARY_LENGTH = 70;
    private static final String LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final String BOUNDARY_CHARACTERS = LETTERS + "'()+_,-./:=?!#$%&*^`|~";
    private static final List<String> LINE_ENDS =
            List.of("\r", "\n", "\r\n", "\n\r", "\r\r\n", "-", "--", "\r\n-", "\r\n--");

    private final Random random;
    private final StringBuilder body = new StringBuilder();
    private int made;
    private String boundary = "";
    private Optional<Oddity> wanted = Optional.empty();
    private Optional<Oddity> present = Optional.empty();

    FormGenerator(long seed) {
        this.random = new Random(seed);
    }

    Sample next() {
        body.setLength(0);
        present = Optional.empty();
        wanted = oneIn(2) ? Optional.empty() : Optional.of(oneOf(Oddity.values()));
        boundary = boundary(made++ % MAX_BOUNDARY_LENGTH + 1);
        addPreamble();
        int parts = odd(Oddity.NO_PARTS) ? 0 : 1 + random.nextInt(4);
        for (int i = 0; i < parts; i++) {
            addPart();
        }
        body.append("--").append(boundary).append("--").append(epilogue());
        if (odd(Oddity.TRUNCATED)) {
            body.setLength(random.nextInt(body.lastIndexOf(boundary + "--") + boundary.length() + 2));
        }
        boolean quoted = oneIn(2) || !boundary.matches("[0-9A-Za-z!#$&*+.^_`|~-]+");
        String type = "multipart/form-data; boundary=" + (quoted ? '"' + boundary + '"' : boundary);
        return new Sample(boundary, type, body.toString(), present);
    }

    private boolean oneIn(int count) {
        return random.nextInt(count) == 0;
    }

    /** Returns whether this place of the form is to be odd in this way. */
    private boolean odd(Oddity oddity) {
        boolean now = wanted.equals(Optional.of(oddity)) && oneIn(2);
        if (now) {
            present = wanted;
        }
        return now;
    }

    @SafeVarargs
    private <T> T oneOf(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private String letters(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.toString();
    }

    private String boundary(int length) {
        if (oneIn(4)) {
            return oneOf("-", "a", "--a", "aab").repeat(MAX_BOUNDARY_LENGTH).substring(0, length);
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            boolean space = i > 0 && i < length - 1 && oneIn(20);
            text.append(space ? ' ' : BOUNDARY_CHARACTERS.charAt(random.nextInt(BOUNDARY_CHARACTERS.length())));
        }
        return text.toString();
    }

    private void addPreamble() {
        if (odd(Oddity.LONG_PREAMBLE)) {
            body.append("p".repeat(9_000)).append("\r\n");
        } else if (odd(Oddity.PREAMBLE_WITHOUT_LINE_BREAK)) {
            body.append("preamble").append(oneOf("", "\n", "\r"));
        } else if (oneIn(8)) {
            body.append(oneOf("", "\r", "\n", "preamble", "pre\r\namble")).append("\r\n");
        }
    }

    private String epilogue() {
        return odd(Oddity.TEXT_BEHIND_FINAL_BOUNDARY)
                ? oneOf("x", "-", "\r", "\n", " \r\n", "\r\n--" + boundary + "\r\n", "epilogue\r\n")
                : oneOf("", "\r\n", "\r\n", "\r\nepilogue");
    }

    private void addPart() {
        body.append("--").append(boundary).append(behindBoundary());
        boolean nested = odd(Oddity.NESTED_FORM);
        String innerBoundary = oneOf("n", "n".repeat(boundary.length()));
        body.append(odd(Oddity.NO_HEADER) ? "" : header(nested ? innerBoundary : ""))
                .append("\r\n");
        if (odd(Oddity.BOUNDARY_INSTEAD_OF_CONTENT)) {
            return;
        }
        body.append(nested ? nestedForm(innerBoundary) : content()).append("\r\n");
    }

    private String behindBoundary() {
        if (odd(Oddity.PADDING_BEHIND_BOUNDARY)) {
            return oneOf(" ", "\t", " \t ") + "\r\n";
        }
        if (odd(Oddity.LONG_PADDING)) {
            return " ".repeat(65) + "\r\n";
        }
        if (odd(Oddity.LINE_FEED_BEHIND_BOUNDARY)) {
            return "\n";
        }
        if (odd(Oddity.CARRIAGE_RETURN_BEHIND_BOUNDARY)) {
            return "\r";
        }
        return (odd(Oddity.TEXT_BEHIND_BOUNDARY) ? oneOf("x", "-", "-x", ":") : "") + "\r\n";
    }

    private String content() {
        StringBuilder content = new StringBuilder();
        do {
            content.setLength(0);
            for (int i = random.nextInt(8); i > 0; i--) {
                content.append(fragment());
            }
        } while (hasBoundary(content));
        if (odd(Oddity.BOUNDARY_IN_CONTENT)) {
            content.append("\r\n--")
                    .append(boundary)
                    .append(oneOf("", "x", "--", "\r\n", "\r\n" + disposition() + "\r\n"));
            content.append(letters(3));
        }
        if (odd(Oddity.BOUNDARY_BEHIND_LINE_FEED)) {
            content.append("l\n--")
                    .append(boundary)
                    .append(oneOf("", "--", "\r\n", "\r\n" + disposition() + "\r\n\r\n"));
            content.append(letters(3));
        }
        return content.toString();
    }

    /** Returns whether the content happens to contain the boundary at the beginning of a line. */
    private boolean hasBoundary(CharSequence content) {
        String line = "\n--" + boundary;
        return ("\n" + content + "\r" + line).indexOf(line) <= content.length() + 1;
    }

    private String fragment() {
        String delimiter = "\r\n--" + boundary;
        return switch (random.nextInt(8)) {
            case 0 -> bytes(1 + random.nextInt(40));
            case 1 -> oneIn(10) ? bytes(2_000 + random.nextInt(8_000)) : bytes(100);
            case 2 -> delimiter.substring(0, 1 + random.nextInt(delimiter.length() - 1));
            case 3 -> delimiter.substring(0, delimiter.length() - 1) + "!";
            case 4 -> delimiter.substring(1 + random.nextInt(delimiter.length()));
            case 5 -> letters(3);
            default -> LINE_ENDS.get(random.nextInt(LINE_ENDS.size()));
        };
    }

    private String bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static String nestedForm(String boundary) {
        return "--" + boundary + "\r\nContent-Disposition: attachment; filename=\"inner\"\r\n\r\ninner\r\n--" + boundary
                + "--";
    }

    private String header(String innerBoundary) {
        List<String> lines = new ArrayList<>();
        if (!odd(Oddity.NO_DISPOSITION)) {
            lines.add(disposition());
        }
        if (!innerBoundary.isEmpty()) {
            lines.add("Content-Type: multipart/mixed; boundary=" + innerBoundary + "\r\n");
        } else if (oneIn(2)) {
            lines.add(oneOf("Content-Type: ", "content-type:", "CONTENT-TYPE: \t")
                    + oneOf("text/plain", "image/jpeg", "text/plain; charset=\"utf-8\"", "nonsense", "a/b ") + "\r\n");
        }
        if (oneIn(4)) {
            lines.add(
                    oneOf("X-Any: thing\r\n", "x!#$%&'*+.^_`|~-9: :;,=\r\n", "Content-Transfer-Encoding: binary\r\n"));
        }
        addOddLines(lines);
        Collections.shuffle(lines, random);
        return String.join("", lines);
    }

    private void addOddLines(List<String> lines) {
        if (odd(Oddity.FIELD_TWICE)) {
            lines.add("Content-Disposition: form-data; name=\"second\"\r\n");
        }
        if (odd(Oddity.NO_COLON)) {
            lines.add("no colon\r\n");
        }
        if (odd(Oddity.SPACE_BEFORE_COLON)) {
            lines.add("X-Space : 1\r\n");
        }
        if (odd(Oddity.CONTROL_IN_HEADER)) {
            lines.add("X-Control: a" + oneOf("\0", "\1", "\177", "\r") + "b\r\n");
        }
        if (odd(Oddity.LINE_FEED_IN_HEADER)) {
            lines.add("X-Line: feed\n");
        }
        if (odd(Oddity.LONG_HEADER)) {
            lines.add("X-Long: " + "l".repeat(9_000) + "\r\n");
        }
        if (odd(Oddity.TRANSFER_ENCODING)) {
            lines.add("Content-Transfer-Encoding: " + oneOf("base64", "quoted-printable") + "\r\n");
        }
    }

    private String disposition() {
        List<String> parameters = new ArrayList<>();
        if (!odd(Oddity.NO_NAME)) {
            parameters.add(oneOf("name", "name", "NAME") + equals() + (odd(Oddity.EMPTY_NAME) ? "\"\"" : value(true)));
        }
        if (oneIn(2)) {
            parameters.add(oneOf("filename", "filename", "FileName") + equals() + (oneIn(8) ? "\"\"" : value(false)));
        }
        if (odd(Oddity.EXTENDED_FILE_NAME)) {
            parameters.add("filename*=UTF-8''%e2%82%ac%20rates");
        }
        if (odd(Oddity.PARAMETER_TWICE)) {
            parameters.add("name=\"again\"");
        }
        if (oneIn(4)) {
            Collections.shuffle(parameters, random);
        }
        String type = odd(Oddity.OTHER_DISPOSITION)
                ? oneOf("attachment", "file", "form-dat")
                : oneOf("form-data", "Form-Data");
        parameters.add(0, oneOf("Content-Disposition: ", "content-disposition:", "CONTENT-DISPOSITION: \t") + type);
        String separator = odd(Oddity.FOLDED_HEADER) ? ";\r\n " : oneOf("; ", "; ", ";", " ;  ");
        return String.join(separator, parameters) + "\r\n";
    }

    private String equals() {
        return odd(Oddity.SPACE_AROUND_EQUALS) ? " = " : "=";
    }

    private String value(boolean token) {
        if (token && oneIn(8)) {
            return letters(4);
        }
        StringBuilder text = new StringBuilder(letters(1));
        for (int i = random.nextInt(4); i > 0; i--) {
            text.append(oneOf(
                    letters(5),
                    utf8("ä"),
                    utf8("\u20ac"),
                    utf8("\ud83d\ude00"),
                    utf8("Ã¤"),
                    ";",
                    "=",
                    ",",
                    "'",
                    " ",
                    "%20"));
        }
        addOddText(text);
        text.append(letters(1));
        if (odd(Oddity.SPACE_WITHOUT_QUOTES)) {
            return letters(3) + " " + letters(3);
        }
        if (odd(Oddity.BACKSLASH_AT_END)) {
            text.append('\\');
        }
        return odd(Oddity.SPACE_IN_QUOTES) ? "\" " + text + " \"" : '"' + text.toString() + '"';
    }

    private void addOddText(StringBuilder text) {
        if (odd(Oddity.PERCENT_QUOTE)) {
            text.append("%22");
        }
        if (odd(Oddity.ESCAPED_QUOTE)) {
            text.append("\\\"");
        }
        if (odd(Oddity.BACKSLASH)) {
            text.append(oneOf("\\", "\\\\"));
        }
        if (odd(Oddity.QUOTE_IN_QUOTES)) {
            text.append('"').append(letters(2));
        }
        if (odd(Oddity.CONTROL_IN_NAME)) {
            text.append(oneOf("\1", "\33", "\177"));
        }
        if (odd(Oddity.ENCODED_WORD)) {
            text.setLength(0);
            text.append("=?UTF-8?Q?=41?= ");
        }
        if (odd(Oddity.NOT_UTF8)) {
            text.append("\344");
        }
    }

    private static String utf8(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
