package io.github.uploadreceipts.internal.http;

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
    private static final Pattern PARAMETER = Pattern.compile(
            "\\s*(?:;\\s*)+(" + TOKEN + ")=(?:(" + TOKEN + ")|\"((?:[^\"\\\\\\p{Cntrl}]|\\\\[ -~])*)\")");
    private static final Pattern ESSENCE = Pattern.compile(TOKEN + "/" + TOKEN);

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

    /** Returns the value of a parameter without quotes and escapes. The case of {@code name} does not matter. */
    public Optional<String> parameter(String name) {
        Matcher parameter = PARAMETER.matcher(text).region(essence.length(), text.length());
        while (parameter.lookingAt()) {
            if (parameter.group(1).equalsIgnoreCase(name)) {
                String token = parameter.group(2);
                return Optional.of(token != null ? token : parameter.group(3).replaceAll("\\\\(.)", "$1"));
            }
            parameter.region(parameter.end(), text.length());
        }
        return Optional.empty();
    }
}
