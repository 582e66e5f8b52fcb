package io.github.uploadreceipts.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.internal.download.Download;
import io.github.uploadreceipts.internal.engine.PeerDownloads;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.servlet.testing.Container;
import io.github.uploadreceipts.store.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Downloads from peers in real containers, by the filter that fetches use, too. */
final class DownloadIT {

    private static final Duration PATIENT = Duration.ofSeconds(50);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @MethodSource(Container.ALL)
    void download_wholeAndRanges_exactUntilGone(Container container) throws Exception {
        try (Fleet fleet = new Fleet(directory);
                PeerHost owner = PeerHost.start(container, fleet.ring, directory.resolve("owner"));
                PeerFetcher fetcher = fleet.fetcher()
                        .policy(PeerHost.policy(List.of(owner.port)))
                        .connectTimeout(PATIENT)
                        .responseTimeout(PATIENT)
                        .patience(PATIENT)
                        .build()) {
            byte[] content = fleet.bytes(3_000_000);
            UploadReceipt receipt = owner.upload(content);
            PeerDownloads peers = new PeerDownloads(fleet.engine);
            for (int[] range : new int[][] {{0, content.length}, {0, 1}, {content.length - 1, 1}, {1_000, 2_000_000}}) {
                try (Download download =
                        peers.start(receipt, range[0], range[1]).get(120, TimeUnit.SECONDS)) {
                    assertThat(DownloadReader.readAll(download))
                            .isEqualTo(Arrays.copyOfRange(content, range[0], range[0] + range[1]));
                }
            }
            assertThat(HostAccess.engine(owner.host).discard(receipt.owner())).isTrue();
            assertThatThrownBy(() -> peers.start(receipt, 0, 1).get(120, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(StoreException.Gone.class);
            assertThat(fetcher).isNotNull(); // building it attached it to the host
        }
    }
}
