package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchProgress;
import io.github.uploadreceipts.fetch.PeerFetcher;
import java.nio.file.Path;
import java.time.Duration;

/** What a {@link PeerFetcher} was told; see its builder. */
record FetchSettings(
        Duration deadline,
        int attempts,
        MinRate minRate,
        Path workDirectory,
        int readAheadUploads,
        long readAheadBytes,
        FetchProgress progress) {}
