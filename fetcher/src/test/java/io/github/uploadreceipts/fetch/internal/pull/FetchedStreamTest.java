package io.github.uploadreceipts.fetch.internal.pull;

import static io.github.uploadreceipts.fetch.Fleet.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.uploadreceipts.fetch.Descriptors;
import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.Fleet;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.ScriptedPeer;
import io.github.uploadreceipts.fetch.Scripts;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.testing.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FetchedStreamTest {

    private static final int LOCK_AND_DIRECTORY = 2;

    @TempDir
    private Path directory;

    private long descriptors;
    private Fleet fleet;
    private ScriptedPeer peer;

    @BeforeEach
    void start() throws IOException {
        descriptors = Descriptors.count(directory);
        fleet = new Fleet(directory);
        peer = fleet.peer();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        fleet.assertTokensWereRight();
        fleet.assertNothingLeft();
        fleet.close();
        Descriptors.assertBackTo(descriptors, directory);
    }

    private List<UploadReceipt> keep(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> peer.keep(fleet.bytes(1000)))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"3, 1000000, 3", "100, 2500, 2", "5, 0, 1"})
    void stream_readAhead_neverPassesItsBound(int uploads, long bytes, int expected) throws Exception {
        List<UploadReceipt> receipts = keep(30);
        try (PeerFetcher fetcher = fleet.fetcher().readAhead(uploads, bytes).build();
                FetchedUploads files = fetcher.stream(receipts)) {
            int taken = 0;
            for (FetchedUpload file : files) {
                taken++;
                Thread.sleep(30);
                assertThat(file.receipt()).isEqualTo(receipts.get(taken - 1));
                assertThat(peer.asked.size()).isLessThanOrEqualTo(taken + expected);
                assertThat(fleet.left()).hasSizeLessThanOrEqualTo(1 + expected + LOCK_AND_DIRECTORY);
                assertThat(read(file)).hasSize(1000);
            }
            assertThat(taken).isEqualTo(30);
        }
    }

    @Test
    void stream_readsAheadWhileTheReaderReads() throws Exception {
        List<UploadReceipt> receipts = keep(10);
        try (PeerFetcher fetcher = fleet.fetcher().readAhead(3, 1 << 20).build();
                FetchedUploads files = fetcher.stream(receipts)) {
            files.iterator().next();
            Await.until("four requests", () -> peer.asked.size() >= 4);
            assertThat(peer.asked).hasSize(4);
        }
    }

    @Test
    void stream_nextTaken_endsTheOneBefore() throws Exception {
        Path moved = directory.resolve("moved");
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.stream(keep(2))) {
            Iterator<FetchedUpload> iterator = files.iterator();
            FetchedUpload first = iterator.next();
            FetchedUpload second = iterator.next();
            second.moveTo(moved);

            assertThatIllegalStateException().isThrownBy(first::open);
            assertThat(iterator.hasNext()).isFalse();
            assertThatThrownBy(iterator::next).isInstanceOf(NoSuchElementException.class);
            assertThatIllegalStateException().isThrownBy(files::iterator);
            assertThatIllegalStateException().isThrownBy(files::list);
        }
        assertThat(moved).hasSize(1000);
    }

    @Test
    void stream_failure_comesInItsTurnAndEndsTheStream() throws Exception {
        List<UploadReceipt> receipts = keep(6);
        peer.script(receipts.get(3), Scripts.flips(999));
        List<UploadReceipt> seen = new ArrayList<>();
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.stream(receipts)) {
            assertThatThrownBy(() -> files.forEach(file -> seen.add(file.receipt())))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasCauseInstanceOf(FetchException.class)
                    .cause()
                    .satisfies(e -> {
                        FetchException.Failure failure =
                                ((FetchException) e).failures().get(0);
                        assertThat(failure.index()).isEqualTo(3);
                        assertThat(failure.kind()).isEqualTo(Kind.WRONG_BYTES);
                    });
            assertThat(seen).isEqualTo(receipts.subList(0, 3));
            fleet.assertNothingLeft();
        }
    }

    @Test
    void stream_slowReader_doesNotUseUpTheDeadline() throws Exception {
        try (PeerFetcher fetcher = fleet.fetcher()
                        .readAhead(1, 1)
                        .deadline(Duration.ofSeconds(2))
                        .build();
                FetchedUploads files = fetcher.stream(keep(4))) {
            for (FetchedUpload file : files) {
                Thread.sleep(600); // four of them are longer than the deadline
                assertThat(read(file)).hasSize(1000);
            }
        }
    }

    @Test
    void stream_trickle_endsAtTheDeadline() throws Exception {
        List<UploadReceipt> receipts = keep(3);
        peer.script(receipts.get(0), Scripts.trickles());
        try (PeerFetcher fetcher =
                        fleet.fetcher().deadline(Duration.ofMillis(500)).build();
                FetchedUploads files = fetcher.stream(receipts)) {
            assertThatThrownBy(files.iterator()::next).hasMessageContaining("TIMEOUT");
        }
    }

    @Test
    void discard_inTheMiddle_deletesWhatWasTaken() throws Exception {
        List<UploadReceipt> receipts = keep(5);
        try (PeerFetcher fetcher = fleet.fetcher().build();
                FetchedUploads files = fetcher.stream(receipts, Claim.of("x"))) {
            Iterator<FetchedUpload> iterator = files.iterator();
            iterator.next();
            iterator.next();
            files.discard();

            assertThat(receipts)
                    .extracting(receipt -> peer.has(receipt.id()))
                    .containsExactly(false, false, true, true, true);
        }
    }

    @Test
    void close_inTheMiddle_endsWhatRuns() throws Exception {
        List<UploadReceipt> receipts = keep(5);
        receipts.subList(1, 5).forEach(receipt -> peer.script(receipt, Scripts.trickles()));
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            FetchedUploads files = fetcher.stream(receipts);
            files.iterator().next();
            long start = System.nanoTime();
            files.close();

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
            fleet.assertNothingLeft();
        }
    }
}
