package io.github.uploadreceipts.store;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;

/**
 * The UTC hour in which uploads expire, written {@code 2026-11-21T09}. The hour names the directory in which they are
 * stored, so that purging needs no index.
 *
 * @param start the hour's beginning
 */
public record ExpiryHour(Instant start) implements Comparable<ExpiryHour> {

    private static final DateTimeFormatter FORM = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH");
    private static final Duration LENGTH = Duration.ofHours(1);
    private static final Duration KEPT_FOR = Duration.ofHours(2);

    /** Rounds down to the hour. */
    public ExpiryHour {
        start = start.truncatedTo(ChronoUnit.HOURS);
    }

    /** Returns the hour in which {@code expiry} lies. */
    public static ExpiryHour of(Instant expiry) {
        return new ExpiryHour(expiry);
    }

    /**
     * Returns the hour written as {@code text}.
     *
     * @throws IllegalArgumentException if it is not exactly such an hour; the message does not quote it
     */
    public static ExpiryHour parse(String text) {
        try {
            ExpiryHour hour = new ExpiryHour(LocalDateTime.parse(text + ":00").toInstant(ZoneOffset.UTC));
            if (hour.toString().equals(text)) {
                return hour;
            }
        } catch (DateTimeParseException e) {
            // the exception below says what is expected, and does not quote the text
        }
        throw new IllegalArgumentException("an expiry hour must be written uuuu-MM-ddTHH, but this text of "
                + text.length() + " characters is not");
    }

    /** Returns when the last of its uploads expires. */
    public Instant end() {
        return start.plus(LENGTH);
    }

    /**
     * Returns whether the hour ended at least an hour ago, which leaves time for clocks that differ and slow fetches.
     */
    public boolean isOver(Instant now) {
        return !now.isBefore(start.plus(KEPT_FOR));
    }

    @Override
    public int compareTo(ExpiryHour other) {
        return start.compareTo(other.start);
    }

    /** Returns the form that names the directory: digits, {@code -} and {@code T} only. */
    @Override
    public String toString() {
        return FORM.format(start.atOffset(ZoneOffset.UTC));
    }
}
