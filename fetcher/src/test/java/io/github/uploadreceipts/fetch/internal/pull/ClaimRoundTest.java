package io.github.uploadreceipts.fetch.internal.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.Fleet;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.fetch.ScriptedPeer;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.UploadId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClaimRoundTest {

    @TempDir
    private Path directory;

    private Fleet fleet;
    private ScriptedPeer a;
    private ScriptedPeer b;

    @BeforeEach
    void start() throws IOException {
        fleet = new Fleet(directory);
        a = fleet.peer();
        b = fleet.peer();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        fleet.assertTokensWereRight();
        fleet.assertNothingLeft();
        fleet.close();
    }

    private List<UploadReceipt> set() throws Exception {
        List<UploadReceipt> receipts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            receipts.add(a.keep(fleet.bytes(10)));
            receipts.add(b.keep(fleet.bytes(10)));
            receipts.add(fleet.keep(fleet.bytes(10)));
        }
        return receipts;
    }

    @Test
    void fetch_twoClaimsRace_exactlyOneWinsEverything() throws Exception {
        try (PeerFetcher one = fleet.fetcher().build();
                PeerFetcher two = fleet.fetcher().build()) {
            for (int round = 0; round < 40; round++) {
                List<UploadReceipt> receipts = set();
                List<UploadReceipt> shuffled = new ArrayList<>(receipts);
                Collections.shuffle(shuffled);
                var first = CompletableFuture.supplyAsync(() -> fetch(one, receipts, "first"));
                var second = CompletableFuture.supplyAsync(() -> fetch(two, shuffled, "second"));

                assertThat(first.get().isPresent() ^ second.get().isPresent()).isTrue();
                FetchException lost = first.get().or(second::join).orElseThrow();
                assertThat(lost.has(Kind.CLAIMED)).isTrue();
                String winner = first.get().isPresent() ? "second" : "first";
                for (UploadReceipt receipt : receipts) {
                    assertThat(isClaimedBy(receipt, winner)).isTrue();
                }
            }
        }
    }

    private static Optional<FetchException> fetch(PeerFetcher fetcher, List<UploadReceipt> receipts, String claim) {
        try (FetchedUploads files = fetcher.fetch(receipts, Claim.of(claim))) {
            assertThat(files).hasSameSizeAs(receipts);
            return Optional.empty();
        } catch (FetchException e) {
            return Optional.of(e);
        }
    }

    private boolean isClaimedBy(UploadReceipt receipt, String claim) throws IOException {
        return fleet.engine.reaches(receipt.owner())
                ? fleet.engine.store().claim(receipt.id(), receipt.owner().hour(), Claim.of(claim))
                : (a.has(receipt.id()) ? a : b).claimOf(receipt.id()).equals(Optional.of(claim));
    }

    @Test
    void fetch_sameClaimAgain_isTheSameUse() throws Exception {
        List<UploadReceipt> receipts = set();
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            assertThat(fetch(fetcher, receipts, "order-1")).isEmpty();
            assertThat(fetch(fetcher, receipts, "order-1")).isEmpty();
            assertThat(fetch(fetcher, receipts, "order-2")).isPresent();
        }
    }

    @Test
    void fetch_everythingIsClaimedBeforeAnyByteIsAskedFor() throws Exception {
        List<UploadReceipt> receipts = set().stream()
                .filter(receipt -> !fleet.engine.reaches(receipt.owner()))
                .toList();
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        for (UploadReceipt receipt : receipts) {
            ScriptedPeer peer = a.has(receipt.id()) ? a : b;
            peer.script(receipt, (asked, out, socket) -> {
                order.add(asked.method() + " " + asked.location().id());
                peer.honest(asked, out, socket);
                order.add("done");
            });
        }
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            assertThat(fetch(fetcher, receipts, "x")).isEmpty();
        }
        UploadId smallest = receipts.stream()
                .map(UploadReceipt::id)
                .min(Comparator.comparing(UploadId::toString))
                .orElseThrow();
        assertThat(first(order, "POST")).isEqualTo("POST " + smallest);
        assertThat(order.lastIndexOf(last(order, "HEAD"))).isLessThan(order.indexOf(first(order, "POST")));
        assertThat(order.lastIndexOf(last(order, "POST"))).isLessThan(order.indexOf(first(order, "GET")));
    }

    private static String last(List<String> order, String start) {
        return order.stream()
                .filter(one -> one.startsWith(start))
                .reduce((x, y) -> y)
                .orElseThrow();
    }

    private static String first(List<String> order, String start) {
        return order.stream().filter(one -> one.startsWith(start)).findFirst().orElseThrow();
    }

    @Test
    void fetch_smallestIsTaken_nothingElseIsClaimed() throws Exception {
        List<UploadReceipt> receipts = set();
        UploadReceipt smallest = receipts.get(ClaimRound.order(receipts).get(0));
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            assertThat(fetch(fetcher, List.of(smallest), "early")).isEmpty();
            assertThat(fetch(fetcher, receipts, "late"))
                    .get()
                    .satisfies(e -> assertThat(e.failures())
                            .extracting(FetchException.Failure::index)
                            .containsExactly(receipts.indexOf(smallest)));
            assertThat(receipts)
                    .filteredOn(receipt -> !receipt.equals(smallest))
                    .allMatch(receipt -> a.claimOf(receipt.id()).isEmpty()
                            && b.claimOf(receipt.id()).isEmpty());
        }
    }

    @Test
    void fetch_obstaclesOfEveryKind_allAreNamedAndNothingIsClaimed() throws Exception {
        ScriptedPeer dead = fleet.peer();
        List<UploadReceipt> receipts = new ArrayList<>(set());
        UploadReceipt taken = receipts.get(0);
        UploadReceipt ownTaken = receipts.get(2);
        List<UploadReceipt> lost = List.of(dead.keep(new byte[1]), dead.keep(new byte[1]), dead.keep(new byte[1]));
        receipts.addAll(lost);
        receipts.add(ScriptedPeer.receipt(UploadId.random(), new byte[1], b.base()));
        receipts.add(ScriptedPeer.receipt(UploadId.random(), new byte[1], fleet.self.base()));
        PeerFetcher.Builder builder = fleet.fetcher();
        dead.close();
        Collections.shuffle(receipts);
        try (PeerFetcher fetcher = builder.build()) {
            assertThat(fetch(fetcher, List.of(taken, ownTaken), "early")).isEmpty();
            FetchException e = fetch(fetcher, receipts, "late").orElseThrow();

            assertThat(e.failures()).hasSize(7);
            assertThat(kinds(e, Kind.CLAIMED)).isEqualTo(indices(receipts, List.of(taken, ownTaken)));
            assertThat(kinds(e, Kind.UNREACHABLE)).isEqualTo(indices(receipts, lost));
            assertThat(kinds(e, Kind.GONE)).hasSize(2);
            for (UploadReceipt receipt : receipts) {
                boolean free = !receipt.equals(taken) && !receipt.equals(ownTaken);
                assertThat(free && isClaimed(receipt)).isFalse();
            }
        }
    }

    private static List<Integer> kinds(FetchException e, Kind kind) {
        return e.failures().stream()
                .filter(failure -> failure.kind() == kind)
                .map(FetchException.Failure::index)
                .toList();
    }

    private static List<Integer> indices(List<UploadReceipt> all, List<UploadReceipt> some) {
        return some.stream().map(all::indexOf).sorted().toList();
    }

    private boolean isClaimed(UploadReceipt receipt) throws IOException {
        return a.claimOf(receipt.id()).isPresent()
                || b.claimOf(receipt.id()).isPresent()
                || fleet.engine
                        .store()
                        .claimOf(receipt.id(), receipt.owner().hour())
                        .isPresent();
    }

    @Test
    void fetch_ownerIsDownAndReplicaIsUp_claimsNothing() throws Exception {
        byte[] content = fleet.bytes(10);
        UploadReceipt receipt = b.keep(a.keep(content).id(), content, a.base(), b.base());
        a.script(receipt, ScriptedPeer.status(503));
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            FetchException e =
                    catchThrowableOfType(FetchException.class, () -> fetcher.fetch(List.of(receipt), Claim.of("x")));

            assertThat(e.has(Kind.UNREACHABLE)).isTrue();
            assertThat(b.asked).isEmpty();
        }
    }

    @Test
    void fetch_ownUploadIsGone_cannotBeClaimed() throws Exception {
        UploadReceipt receipt = ScriptedPeer.receipt(UploadId.random(), new byte[1], fleet.self.base());
        try (PeerFetcher fetcher = fleet.fetcher().build()) {
            assertThat(fetch(fetcher, List.of(receipt), "x"))
                    .get()
                    .satisfies(e -> assertThat(e.has(Kind.GONE)).isTrue());
        }
    }
}
