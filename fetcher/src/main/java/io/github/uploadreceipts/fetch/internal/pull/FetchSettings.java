package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchProgress;
import java.nio.file.Path;
import java.time.Duration;

/** The settings of fetches. The builder of {@link io.github.uploadreceipts.fetch.PeerFetcher} explains them. */
public record FetchSettings(
        Duration deadline,
        Duration patience,
        int parallel,
        int attempts,
        MinRate minRate,
        Path workDirectory,
        int readAheadUploads,
        long readAheadBytes,
        FetchProgress progress) {

    private static final Duration LONGEST = Duration.ofDays(365);

    /** Returns {@code value} if it is positive, and at most a year. */
    public static Duration positive(Duration value) {
        if (value.isZero() || value.isNegative() || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("a duration must be positive, and at most a year");
        }
        return value;
    }

    /** Returns {@code value} if it is positive. */
    public static int positive(int value) {
        if (value <= 0) {
            throw new IllegalArgumentException("a number must be positive");
        }
        return value;
    }
}
