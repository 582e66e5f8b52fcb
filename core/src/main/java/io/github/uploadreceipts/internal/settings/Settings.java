package io.github.uploadreceipts.internal.settings;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Settings that are configured as text: by filter init-params, system properties, environment variables, or another
 * source that an adapter reads. This class reads them all.
 *
 * <p>Immutable.
 */
public final class Settings {

    private final Map<String, String> values;

    private Settings(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Returns the settings with these values.
     *
     * @param values by the names of the settings
     * @param known the names that exist; a setting with another name would have no effect, and nobody would notice
     * @throws IllegalStateException if a name is not known; the message says which known name is nearest
     */
    public static Settings of(Map<String, String> values, Set<String> known) {
        for (String name : values.keySet()) {
            if (!known.contains(name)) {
                throw new IllegalStateException(
                        "there is no setting '" + name + "'; did you mean '" + nearest(name, known) + "'?");
            }
        }
        return new Settings(Map.copyOf(values));
    }

    private static String nearest(String name, Set<String> known) {
        return known.stream()
                .min(Comparator.<String>comparingInt(other -> distance(name, other))
                        .thenComparing(Comparator.naturalOrder()))
                .orElse("");
    }

    /** Returns how many characters must be inserted, deleted or replaced (the Levenshtein distance). */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[other.length()];
    }

    /** Returns a setting's text, or empty if it is not set or blank. */
    public Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).map(String::strip).filter(text -> !text.isEmpty());
    }

    /**
     * Returns a setting's value, or empty if it is not set.
     *
     * @param expected what the value should be, for the error
     * @throws IllegalStateException if {@code parser} refuses the text
     */
    public <T> Optional<T> value(String name, Function<String, T> parser, String expected) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(parser.apply(text.get()));
        } catch (IllegalArgumentException | DateTimeParseException e) {
            throw new IllegalStateException(name + " is '" + text.get() + "', but must be " + expected, e);
        }
    }

    /**
     * Returns whether a setting is true; false if it is not set.
     *
     * @throws IllegalStateException if it is neither {@code true} nor {@code false}
     */
    public boolean flag(String name) {
        return value(name, Settings::parseFlag, "true or false").orElse(false);
    }

    private static boolean parseFlag(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException("neither true nor false");
        }
        return text.equals("true");
    }

    /** Returns a number of something. */
    Optional<Integer> count(String name) {
        return value(name, Integer::parseInt, "a number");
    }

    /** Returns a number of bytes. */
    Optional<Long> bytes(String name) {
        return value(name, Long::parseLong, "a number of bytes");
    }

    /** Returns a duration. */
    public Optional<Duration> duration(String name) {
        return value(name, Duration::parse, "a duration in the form of ISO 8601, such as PT24H");
    }

    /** Returns words, separated by spaces or commas. */
    public Optional<String[]> words(String name) {
        return text(name).map(list -> list.split("[\\s,]+"));
    }
}
