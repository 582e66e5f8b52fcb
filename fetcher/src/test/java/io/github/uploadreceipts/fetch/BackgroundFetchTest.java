package io.github.uploadreceipts.fetch;

import static io.github.uploadreceipts.fetch.Fleet.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.uploadreceipts.fetch.BackgroundFetch.Progress;
import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.testing.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BackgroundFetchTest {

    private static final int SIZE = 400_000;

    @TempDir
    private Path directory;

    private final CountDownLatch gate = new CountDownLatch(1);
    private long descriptors;
    private Fleet fleet;
    private ScriptedPeer a;
    private ScriptedPeer b;

    @BeforeEach
    void start() throws IOException {
        descriptors = Descriptors.count(directory);
        fleet = new Fleet(directory);
        a = fleet.peer();
        b = fleet.peer();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        gate.countDown();
        fleet.assertTokensWereRight();
        fleet.assertNothingLeft();
        fleet.close();
        Descriptors.assertBackTo(descriptors, directory);
    }

    /** Keeps an upload of which the peer sends the first half, and the rest once the gate opens. */
    private UploadReceipt keepGated(ScriptedPeer peer) {
        UploadReceipt receipt = peer.keep(fleet.bytes(SIZE));
        peer.script(receipt, (asked, out, socket) -> {
            if (!asked.method().equals("GET")) {
                peer.honest(asked, out, socket);
                return;
            }
            ScriptedPeer.head(out, asked, asked.range());
            out.write(asked.content(), 0, SIZE / 2);
            out.flush();
            gate.await();
            out.write(asked.content(), SIZE / 2, SIZE / 2);
        });
        return receipt;
    }

    private PeerFetcher.Builder patient() {
        return fleet.fetcher().responseTimeout(Duration.ofSeconds(15));
    }

    private static FetchedUploads get(BackgroundFetch fetch) throws Exception {
        return future(fetch).get(120, TimeUnit.SECONDS);
    }

    private static CompletableFuture<FetchedUploads> future(BackgroundFetch fetch) {
        return fetch.result().toCompletableFuture();
    }

    /** Returns the exception that comes as itself, as {@link PeerFetcher#fetch} throws it. */
    private static Throwable failure(BackgroundFetch fetch) throws Exception {
        CompletableFuture<Throwable> told = new CompletableFuture<>();
        fetch.result().whenComplete((files, failure) -> told.complete(failure));
        return told.get(120, TimeUnit.SECONDS);
    }

    private static void await(BackgroundFetch fetch, long bytes) throws Exception {
        Await.until(bytes + " bytes", () -> fetch.progress().bytes() >= bytes);
        assertThat(fetch.progress().bytes()).isEqualTo(bytes);
    }

    @Test
    void progress_whileAndAfter_countsWhatHasArrived() throws Exception {
        UploadReceipt own = fleet.keep(fleet.bytes(1_000));
        List<UploadReceipt> receipts = List.of(keepGated(a), own, keepGated(b));
        try (PeerFetcher fetcher = patient().build();
                BackgroundFetch fetch = fetcher.fetchInBackground(receipts, Claim.of("order-1"))) {
            await(fetch, SIZE + 1_000);
            assertThat(fetch.progress()).isEqualTo(new Progress(SIZE + 1_000, 2 * SIZE + 1_000, 1, 3));
            assertThat(future(fetch)).isNotDone();

            gate.countDown();
            assertThat(get(fetch).list()).extracting(FetchedUpload::receipt).isEqualTo(receipts);
            assertThat(fetch.progress()).isEqualTo(new Progress(2 * SIZE + 1_000, 2 * SIZE + 1_000, 3, 3));
            assertThat(a.claimOf(receipts.get(0).id())).contains("order-1");
        }
    }

    @Test
    void progress_brokenPull_neverDecreases() throws Exception {
        byte[] content = fleet.bytes(SIZE);
        UploadReceipt receipt = a.keep(content);
        a.script(receipt, Scripts.flips(SIZE / 2), a::honest);
        b.keep(receipt.id(), content, b.base());
        UploadReceipt copied = ScriptedPeer.receipt(receipt.id(), content, a.base(), b.base());
        try (PeerFetcher fetcher = fleet.fetcher().build();
                BackgroundFetch fetch = fetcher.fetchInBackground(List.of(copied))) {
            assertThat(read(get(fetch).list().get(0))).isEqualTo(content);
            assertThat(fetch.progress()).isEqualTo(new Progress(SIZE, SIZE, 1, 1));
        }
    }

    @Test
    void result_noReceipts_isEmpty() throws Exception {
        try (PeerFetcher fetcher = fleet.fetcher().build();
                BackgroundFetch fetch = fetcher.fetchInBackground(List.of(), Claim.of("order-1"))) {
            assertThat(get(fetch)).isEmpty();
            assertThat(fetch.progress()).isEqualTo(new Progress(0, 0, 0, 0));
        }
    }

    /** With one worker, which must not be the thread that waits for the discard. */
    @Test
    void result_usedWhereItCompletes_mayDiscard() throws Exception {
        List<UploadReceipt> receipts = List.of(a.keep(fleet.bytes(10)), a.keep(fleet.bytes(20)));
        try (PeerFetcher fetcher = fleet.fetcher().parallel(1).build()) {
            BackgroundFetch fetch = fetcher.fetchInBackground(receipts, Claim.of("order-1"));
            CompletionStage<Boolean> used = fetch.result().handle((files, failure) -> {
                try (fetch) {
                    files.discard();
                    return true;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThat(used.toCompletableFuture().get(120, TimeUnit.SECONDS)).isTrue();
            fleet.assertNothingLeft();
            assertThat(a.has(receipts.get(0).id())).isFalse();
        }
    }

    @Test
    void result_failed_isTheExceptionOfFetch() throws Exception {
        UploadReceipt gone = ScriptedPeer.receipt(UploadId.random(), new byte[1], b.base());
        UploadReceipt used = a.keep(fleet.bytes(10));
        List<UploadReceipt> receipts = List.of(a.keep(fleet.bytes(10)), gone, used);
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            fetcher.fetch(List.of(used), Claim.of("order-1")).close();
            try (BackgroundFetch fetch = fetcher.fetchInBackground(receipts, Claim.of("order-2"))) {
                assertThat(failure(fetch)).isInstanceOfSatisfying(FetchException.class, e -> {
                    assertThat(e.failures()).extracting(Failure::index).containsExactly(1, 2);
                    assertThat(e.failures()).extracting(Failure::kind).containsExactly(Kind.GONE, Kind.CLAIMED);
                });
                assertThat(a.claimOf(receipts.get(0).id())).isEmpty();
                fleet.assertNothingLeft();
            }
        }
    }

    @Test
    void result_deadlinePassed_fails() throws Exception {
        try (PeerFetcher fetcher = patient().deadline(Duration.ofMillis(500)).build();
                BackgroundFetch fetch = fetcher.fetchInBackground(List.of(keepGated(a)))) {
            assertThat(failure(fetch))
                    .isInstanceOfSatisfying(
                            FetchException.class,
                            e -> assertThat(e.has(Kind.TIMEOUT)).isTrue());
            fleet.assertNothingLeft();
        }
    }

    @Test
    void close_whileItRuns_leavesNothing() throws Exception {
        try (PeerFetcher fetcher = patient().build()) {
            BackgroundFetch fetch = fetcher.fetchInBackground(List.of(keepGated(a), keepGated(b)));
            await(fetch, SIZE);
            assertThat(fleet.left()).isNotEmpty();
            fetch.close();
            fleet.assertNothingLeft();
            assertThat(failure(fetch))
                    .isInstanceOfSatisfying(
                            FetchException.class,
                            e -> assertThat(e.failures())
                                    .extracting(Failure::kind)
                                    .containsExactly(Kind.TIMEOUT, Kind.TIMEOUT));
            fetch.close();
        }
    }

    @Test
    void close_afterResult_deletesCopies() throws Exception {
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            BackgroundFetch fetch = fetcher.fetchInBackground(List.of(a.keep(fleet.bytes(10))));
            FetchedUpload file = get(fetch).list().get(0);
            assertThat(fleet.left()).isNotEmpty();
            fetch.close();
            fleet.assertNothingLeft();
            assertThatIllegalStateException().isThrownBy(file::open);
        }
    }

    /** A future that its owner has cancelled takes no result. */
    @Test
    void close_futureCancelledMeanwhile_deletesCopies() throws Exception {
        UploadReceipt receipt = keepGated(a);
        try (PeerFetcher fetcher = patient().build();
                BackgroundFetch fetch = fetcher.fetchInBackground(List.of(receipt))) {
            await(fetch, SIZE / 2);
            future(fetch).cancel(true);
            gate.countDown();
            Await.until("nothing left", () -> fleet.left().isEmpty());
            fleet.assertNothingLeft();
        }
    }

    @Test
    void closeOfFetcher_endsIt() throws Exception {
        PeerFetcher fetcher = patient().build();
        BackgroundFetch fetch = fetcher.fetchInBackground(List.of(keepGated(a)));
        await(fetch, SIZE / 2);
        fetcher.close();
        assertThat(failure(fetch)).isNotNull();
        assertThatIllegalStateException().isThrownBy(() -> fetcher.fetchInBackground(List.of()));
    }

    /** Those beyond the fetcher's threads take turns, and none waits on a thread of its own. */
    @Test
    void many_waitWithoutThreads_andAllComplete() throws Exception {
        List<BackgroundFetch> fetches = new ArrayList<>();
        try (PeerFetcher fetcher = patient().parallel(1).build()) {
            for (int i = 0; i < 200; i++) {
                fetches.add(fetcher.fetchInBackground(List.of(keepGated(a)), Claim.of("order-" + i)));
            }
            await(fetches.get(0), SIZE / 2);
            assertThat(Thread.getAllStackTraces().keySet())
                    .filteredOn(thread -> thread.getName().startsWith("upload-receipts-fetch"))
                    .hasSizeLessThanOrEqualTo(16 + 16 + 1);
            gate.countDown();
            for (BackgroundFetch fetch : fetches) {
                assertThat(get(fetch).list()).hasSize(1);
                fetch.close();
            }
        }
    }
}
