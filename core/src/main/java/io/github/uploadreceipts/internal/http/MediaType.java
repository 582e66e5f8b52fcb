package io.github.uploadreceipts.internal.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A media type with its parameters as the sender wrote them (RFC 9110, section 8.3.1).
 *
 * @param essence {@code type/subtype} in lower case
 * @param text the whole value
 */
public record MediaType(String essence, String text) {

    /** The type of bytes about which nothing is known. */
    public static final MediaType OCTET_STREAM = new MediaType("application/octet-stream", "application/octet-stream");

    private static final int MAX_LENGTH = 127;
    private static final String TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
    private static final Pattern PARAMETER =
            Pattern.compile("\\s*(?:;\\s*)+" + TOKEN + "=(?:" + TOKEN + "|\"(?:[^\"\\\\\\p{Cntrl}]|\\\\[ -~])*\")");
    private static final Pattern ESSENCE = Pattern.compile(TOKEN + "/" + TOKEN);
    private static final Pattern ESSENCE_END = Pattern.compile("[;,\\s]");
    private static final Pattern FIRST_SEPARATOR = Pattern.compile("^[^;,\\s]*\\s*[;,]");

    /** Returns the media type in {@code field}, or empty if it is malformed. */
    public static Optional<MediaType> parse(@Nullable String field) {
        if (field == null || field.length() > 1024) {
            return Optional.empty();
        }
        String text = field.strip();
        Matcher essence = ESSENCE.matcher(text);
        if (!essence.lookingAt()) {
            return Optional.empty();
        }
        Matcher parameter = PARAMETER.matcher(text).region(essence.end(), text.length());
        int end = essence.end();
        while (parameter.lookingAt()) {
            end = parameter.end();
            parameter.region(end, text.length());
        }
        return text.substring(end).replace(";", "").isBlank()
                ? Optional.of(new MediaType(essence.group().toLowerCase(Locale.ROOT), text))
                : Optional.empty();
    }

    /**
     * Returns the type that a receipt gives for a file whose {@code Content-Type} is {@code field}. That is
     * {@code field} itself if it is a media type of at most 127 ASCII characters, none of them a control character, and
     * otherwise {@code application/octet-stream}.
     */
    public static String ofFile(@Nullable String field) {
        return parse(field)
                .map(MediaType::text)
                .filter(text -> text.length() <= MAX_LENGTH && text.chars().allMatch(c -> c >= 0x20 && c < 0x7F))
                .orElse(OCTET_STREAM.text);
    }

    /**
     * Returns the type that a request's {@code Content-Type} names, however its parameters are written. People's
     * programs write them in ways that no grammar knows, and the type still says what the body is. The essence is the
     * text before the first parameter, which need not be a well-formed type.
     */
    public static MediaType ofBody(@Nullable String field) {
        if (field == null) {
            return OCTET_STREAM;
        }
        String text = field.strip();
        String essence = ESSENCE_END.split(text, 2)[0];
        return new MediaType(essence.toLowerCase(Locale.ROOT), text);
    }

    /**
     * Returns the value of a parameter without quotes and escapes. The case of {@code name} does not matter. A value
     * without quotes is the text up to the next semicolon, without the white space around it. Returns empty if the
     * parameter is missing, if its quoted string is malformed, or if it comes twice, because others may then read the
     * other one.
     */
    public Optional<String> parameter(String name) {
        List<String> found = new ArrayList<>();
        for (String parameter : parameters()) {
            String[] parts = parameter.split("=", 2);
            if (parts.length == 2 && parts[0].strip().equalsIgnoreCase(name)) {
                found.add(parts[1].strip());
            }
        }
        if (found.size() != 1) {
            return Optional.empty();
        }
        String value = found.get(0);
        return value.startsWith("\"") ? unquote(value) : Optional.of(value);
    }

    /** Returns the texts between the semicolons outside of quotes. Instead of the first, RFC 1867 has a comma. */
    private List<String> parameters() {
        Matcher first = FIRST_SEPARATOR.matcher(text);
        if (!first.find()) {
            return List.of();
        }
        List<String> parameters = new ArrayList<>();
        int start = first.end();
        boolean quoted = false;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == '\\' && quoted) {
                i++;
            } else if (c == ';' && !quoted) {
                parameters.add(text.substring(start, i));
                start = i + 1;
            }
        }
        parameters.add(text.substring(start));
        return parameters;
    }

    private static Optional<String> unquote(String quoted) {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i < quoted.length(); i++) {
            char c = quoted.charAt(i);
            if (c == '"') {
                return i == quoted.length() - 1 ? Optional.of(text.toString()) : Optional.empty();
            }
            if (c == '\\' && i + 1 < quoted.length()) {
                c = quoted.charAt(++i);
            }
            text.append(c);
        }
        return Optional.empty();
    }
}
