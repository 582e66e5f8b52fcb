package io.github.uploadreceipts.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.FetchedUploads;
import io.github.uploadreceipts.fetch.PeerFetcher;
import io.github.uploadreceipts.permit.UploadLimits;
import io.github.uploadreceipts.permit.UploadPermit;
import io.github.uploadreceipts.receipt.Batch;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Keeping uploads longer than their receipts say. */
class ExtendTest {

    private static final Duration WEEK = Duration.ofDays(7);

    @RegisterExtension
    final TestFleetExtension fleets = TestFleetExtension.of(3);

    private static UploadReceipt upload(TestFleet fleet, int host, String content) throws Exception {
        return fleet.upload(host, content + ".txt", content.getBytes(UTF_8));
    }

    private static List<UploadReceipt> verified(TestFleet fleet, List<String> tokens) throws Exception {
        List<UploadReceipt> receipts = new ArrayList<>();
        for (String token : tokens) {
            receipts.add(fleet.host(2).receipts().verify(token));
        }
        return receipts;
    }

    private static List<String> contents(FetchedUploads uploads) throws Exception {
        List<String> contents = new ArrayList<>();
        try (uploads) {
            for (FetchedUpload upload : uploads) {
                contents.add(new String(upload.open().readAllBytes(), UTF_8));
            }
        }
        return contents;
    }

    @Test
    void extend_uploadsOfAllHosts_inOrder_longAfterTheFirstReceiptsExpired(TestFleet fleet) throws Exception {
        List<UploadReceipt> receipts =
                List.of(upload(fleet, 1, "b"), upload(fleet, 0, "a"), upload(fleet, 2, "c"), upload(fleet, 1, "d"));
        Instant until = receipts.get(3).expiresAt().plus(WEEK);

        List<UploadReceipt> kept = verified(fleet, fleet.fetcher(0).extend(receipts, until));
        fleet.rotateKeys();
        fleet.advance(WEEK);

        assertThat(contents(fleet.fetcher(2).fetch(kept))).containsExactly("b", "a", "c", "d");
        assertThat(kept).extracting(UploadReceipt::name).containsExactly("b.txt", "a.txt", "c.txt", "d.txt");
        assertThat(kept).allSatisfy(receipt -> assertThat(receipt.expiresAt()).isEqualTo(until));
        assertThat(kept)
                .extracting(UploadReceipt::id)
                .doesNotContainAnyElementsOf(
                        receipts.stream().map(UploadReceipt::id).toList());
        assertThatExceptionOfType(FetchException.class)
                .isThrownBy(() -> fleet.fetcher(0).fetch(receipts))
                .satisfies(e -> assertThat(e.failures()).hasSize(4).allMatch(failure -> failure.kind() == Kind.GONE));
        fleet.advance(Duration.ofDays(3));
        assertThatExceptionOfType(FetchException.class)
                .isThrownBy(() -> fleet.fetcher(0).fetch(kept))
                .satisfies(e -> assertThat(e.has(Kind.GONE)).isTrue());
    }

    @Test
    void extend_whatElseTheReceiptSays_stays(TestFleet fleet) throws Exception {
        UploadPermit permit = UploadPermit.of("ann", UploadLimits.defaults())
                .context("{\"order\":7}")
                .batch(new Batch("album", 1, 1));
        UploadReceipt receipt = fleet.upload(0, permit, "a.png", "image/png", new byte[] {1});
        String token = fleet.fetcher(1)
                .extend(List.of(receipt), receipt.expiresAt().plus(WEEK))
                .get(0);
        ReceiptVerifier anns = fleet.host(2).receipts().subject("ann");
        UploadReceipt kept = anns.verify(token);
        assertThat(kept.subject()).contains("ann");
        assertThat(kept.context()).contains("{\"order\":7}");
        assertThat(kept.batch()).isEqualTo(receipt.batch());
        assertThat(kept.type()).isEqualTo("image/png");
        assertThat(kept.digest()).isEqualTo(receipt.digest());
        assertThat(kept.issuedAt()).isEqualTo(fleet.clock().instant().truncatedTo(ChronoUnit.SECONDS));
    }

    /** An order must not use an upload that another one has used. */
    @Test
    void extend_claimed_staysForThatClaim(TestFleet fleet) throws Exception {
        UploadReceipt receipt = upload(fleet, 0, "a");
        fleet.fetcher(1).fetch(List.of(receipt), Claim.of("order-7")).close();
        List<UploadReceipt> kept = verified(
                fleet,
                fleet.fetcher(2).extend(List.of(receipt), receipt.expiresAt().plus(WEEK)));
        assertThatExceptionOfType(FetchException.class)
                .isThrownBy(() -> fleet.fetcher(1).fetch(kept, Claim.of("order-8")))
                .satisfies(e -> assertThat(e.has(Kind.CLAIMED)).isTrue());
        assertThat(contents(fleet.fetcher(1).fetch(kept, Claim.of("order-7")))).containsExactly("a");
    }

    @Test
    void extend_again_sameHourSameUpload_laterHourAnother(TestFleet fleet) throws Exception {
        List<UploadReceipt> receipt = List.of(upload(fleet, 0, "a"));
        Instant until = receipt.get(0).expiresAt().plus(WEEK);
        List<UploadReceipt> kept = verified(fleet, fleet.fetcher(1).extend(receipt, until));
        assertThat(verified(fleet, fleet.fetcher(2).extend(receipt, until))
                        .get(0)
                        .id())
                .isEqualTo(kept.get(0).id());
        List<UploadReceipt> later = verified(fleet, fleet.fetcher(1).extend(kept, until.plus(WEEK)));
        assertThat(later.get(0).id()).isNotEqualTo(kept.get(0).id());
        assertThat(contents(fleet.fetcher(1).fetch(later))).containsExactly("a");
    }

    @Test
    void extend_ownerDown_gone_orFails_namesWhich(TestFleet fleet) throws Exception {
        List<UploadReceipt> receipts = List.of(upload(fleet, 0, "a"), upload(fleet, 1, "b"), upload(fleet, 2, "c"));
        Instant until = receipts.get(2).expiresAt().plus(WEEK);
        fleet.stop(1);
        fleet.store(2).fail(InMemoryUploadStore.Step.EXTEND, new StoreException.Full("No space left on device", null));
        fleet.store(0).discard(receipts.get(0).id(), receipts.get(0).owner().hour());
        assertThatExceptionOfType(FetchException.class)
                .isThrownBy(() -> fleet.fetcher(2).extend(receipts, until))
                .satisfies(e -> assertThat(e.failures())
                        .extracting(FetchException.Failure::kind)
                        .containsExactly(Kind.GONE, Kind.UNREACHABLE, Kind.STORAGE));
    }

    /** Otherwise a purge of the hour could overtake it, and take the claim away. */
    @Test
    void extend_afterTheHourHasEnded_gone() throws Exception {
        try (TestFleet fleet = TestFleet.create(2)) {
            UploadReceipt receipt = upload(fleet, 0, "a");
            Instant until = receipt.expiresAt().plus(WEEK);
            fleet.advance(Duration.between(
                    fleet.clock().instant(), receipt.owner().hour().end()));
            for (int host = 0; host < 2; host++) {
                PeerFetcher fetcher = fleet.fetcher(host);
                assertThatExceptionOfType(FetchException.class)
                        .isThrownBy(() -> fetcher.extend(List.of(receipt), until))
                        .satisfies(e -> assertThat(e.has(Kind.GONE)).isTrue());
            }
        }
    }

    /** An operator is about to take the host away. */
    @Test
    void extend_drainedOwner_refuses(TestFleet fleet) throws Exception {
        UploadReceipt receipt = upload(fleet, 0, "a");
        fleet.store(0).draining(true);
        for (int host = 0; host < 2; host++) {
            PeerFetcher fetcher = fleet.fetcher(host);
            assertThatExceptionOfType(FetchException.class)
                    .isThrownBy(() ->
                            fetcher.extend(List.of(receipt), receipt.expiresAt().plus(WEEK)))
                    .satisfies(e -> assertThat(e.has(Kind.UNREACHABLE)).isTrue());
        }
    }

    @Test
    void extend_timeThatCannotBe(TestFleet fleet) throws Exception {
        UploadReceipt receipt = upload(fleet, 0, "a");
        for (Instant until : List.of(
                receipt.expiresAt(),
                receipt.expiresAt().minusSeconds(1),
                fleet.clock().instant().plus(Duration.ofDays(366)))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> fleet.fetcher(0).extend(List.of(receipt), until))
                    .withMessageContaining("at most 365 days from now");
        }
    }
}
