package io.github.uploadreceipts.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.HostAccess;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploads that an application is not done with, used on their owner (0) and on another host (1). */
class HandOverTest {

    private static final Claim CLAIM = Claim.of("order-7");

    private interface Test {
        void with(TestFleet fleet, UploadReceipt waiting, UploadReceipt done) throws Exception;
    }

    private static void run(Test test) throws Exception {
        try (TestFleet fleet = TestFleet.create(
                2,
                host -> host.handOver(
                        "scanner",
                        upload -> upload.receipt().name().startsWith("w") ? Verdict.waiting() : Verdict.done()))) {
            UploadReceipt waiting = fleet.upload(0, "waits.txt", "waits".getBytes(UTF_8));
            UploadReceipt done = fleet.upload(0, "done.txt", "done".getBytes(UTF_8));
            Verdict verdict = HostAccess.handOvers(fleet.host(0))
                    .await(done.owner(), Duration.ofSeconds(30))
                    .get(120, TimeUnit.SECONDS);
            assertThat(verdict).isEqualTo(Verdict.done());
            test.with(fleet, waiting, done);
        }
    }

    private static void assertRefused(Kind kind, ProblemType type, ThrowingCallable call) {
        FetchException failure = catchThrowableOfType(FetchException.class, call);
        assertThat(failure).isNotNull();
        assertThat(failure.failures()).extracting(FetchException.Failure::kind).containsExactly(kind);
        assertThat(failure.problem().type()).isEqualTo(type);
    }

    private static void assertUnusable(PeerFetcher fetcher, Kind kind, ProblemType type, UploadReceipt... receipts) {
        List<UploadReceipt> all = List.of(receipts);
        assertRefused(kind, type, () -> fetcher.fetch(all));
        assertRefused(kind, type, () -> fetcher.fetch(all, CLAIM));
        assertRefused(kind, type, () -> fetcher.stream(all, CLAIM));
        assertRefused(
                kind, type, () -> fetcher.extend(all, receipts[0].expiresAt().plus(Duration.ofDays(1))));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void beforeTheVerdict_nobodyUsesIt_afterItEverybody(int host) throws Exception {
        run((fleet, waiting, done) -> {
            PeerFetcher fetcher = fleet.fetcher(host);
            assertUnusable(fetcher, Kind.UNFINISHED, ProblemType.UPLOAD_UNFINISHED, waiting, done);
            assertThat(fleet.store(0).claimOf(done.owner().id(), done.owner().hour()))
                    .as("a refused set claims nothing")
                    .isEmpty();
            fleet.host(0).finish(waiting, "scanner", Verdict.done());
            try (FetchedUploads uploads = fetcher.fetch(List.of(waiting, done), CLAIM)) {
                uploads.discard();
            }
            fleet.assertDiscarded(waiting);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void refused_forGood_butNotForWhatChecksIt(int host) throws Exception {
        run((fleet, waiting, done) -> {
            fleet.host(0).finish(waiting, "scanner", Verdict.refused("It has a virus."));
            PeerFetcher fetcher = fleet.fetcher(host);
            assertUnusable(fetcher, Kind.APPLICATION_REFUSED, ProblemType.UPLOAD_REFUSED, waiting, done);
            try (FetchedUploads uploads = fetcher.acceptUnfinished().fetch(List.of(waiting))) {
                uploads.discard();
            }
            fleet.assertDiscarded(waiting);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void acceptUnfinished_fetchesAndClaims(int host) throws Exception {
        run((fleet, waiting, done) -> {
            PeerFetcher fetcher = fleet.fetcher(host).acceptUnfinished();
            try (FetchedUploads uploads = fetcher.stream(List.of(waiting), CLAIM)) {
                assertThat(uploads.iterator().next().open().readAllBytes()).isEqualTo("waits".getBytes(UTF_8));
            }
            fleet.assertClaimed(waiting, CLAIM);
            assertUnusable(fleet.fetcher(host), Kind.UNFINISHED, ProblemType.UPLOAD_UNFINISHED, waiting, done);
        });
    }
}
