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
        FetchProgress progress) {}
