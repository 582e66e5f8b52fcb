package io.github.uploadreceipts.receipt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.key.TestRings;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.ReceiptsRefusedException;
import io.github.uploadreceipts.problem.ReceiptsRefusedException.Failure;
import io.github.uploadreceipts.problem.Refusals;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.store.UploadId;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Verifies many receipts together: their order, their completeness, and the index of every failure. */
class ReceiptSetTest {

    private static final KeyRing RING = TestRings.photos();
    private static final ReceiptTokens ISSUER = new ReceiptTokens(RING, false);
    private static final ReceiptVerifier VERIFIER =
            ReceiptVerifier.create(RING, Clock.fixed(Receipts.ISSUED, ZoneOffset.UTC), false);

    private static List<UploadReceipt> receipts(int count) {
        return Stream.generate(() -> Receipts.plain(UploadId.random()))
                .limit(count)
                .toList();
    }

    private static List<UploadReceipt> batch(String id, int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(sequence -> Receipts.inBatch(new Batch(id, count, sequence)))
                .toList();
    }

    private static List<String> tokens(List<UploadReceipt> receipts) {
        return receipts.stream().map(ISSUER::issue).toList();
    }

    private static <T> List<T> shuffled(List<T> list) {
        List<T> copy = new ArrayList<>(list);
        Collections.shuffle(copy, new Random(7));
        assertThat(copy).isNotEqualTo(list);
        return copy;
    }

    private static ReceiptsRefusedException refusal(ReceiptVerifier verifier, List<String> tokens) {
        ReceiptsRefusedException refusal =
                catchThrowableOfType(ReceiptsRefusedException.class, () -> verifier.verifyAll(tokens));
        assertThat(refusal).isNotNull();
        assertThat(refusal.problem().errors())
                .as("the client learns index and type")
                .isEqualTo(refusal.failures().stream()
                        .map(f -> new Problem.AtIndex(f.index(), f.type()))
                        .toList());
        tokens.forEach(token -> assertThat(refusal.getMessage()).doesNotContain(token));
        return refusal;
    }

    private static void assertFailures(ReceiptVerifier verifier, List<String> tokens, ProblemType type, int... at) {
        assertThat(refusal(verifier, tokens).failures())
                .allMatch(failure -> failure.type() == type)
                .extracting(Failure::index)
                .containsExactly(IntStream.of(at).boxed().toArray(Integer[]::new));
    }

    @Test
    void verifyAll_keepsTheClientsOrder() throws ReceiptsRefusedException {
        List<UploadReceipt> sent = receipts(50);
        assertThat(VERIFIER.verifyAll(tokens(sent))).isEqualTo(sent);
        List<UploadReceipt> otherwise = shuffled(sent);
        assertThat(VERIFIER.verifyAll(tokens(otherwise))).isEqualTo(otherwise);
        List<UploadReceipt> batch = shuffled(batch("b", 20));
        assertThat(VERIFIER.verifyAll(tokens(batch)))
                .as("a batch too, without inSequence()")
                .isEqualTo(batch);
        assertThat(VERIFIER.verifyAll(List.of())).isEmpty();
    }

    @Test
    void verifyAll_namesEveryIndexAtFault() {
        List<UploadReceipt> good = receipts(6);
        List<String> tokens = new ArrayList<>(tokens(good));
        tokens.set(1, "rubbish");
        tokens.set(3, tokens.get(0));
        tokens.set(4, ISSUER.issue(Receipts.full()));
        tokens.add(tokens.get(2));
        ReceiptsRefusedException refusal = refusal(VERIFIER, tokens);
        assertThat(refusal.failures())
                .containsExactly(
                        new Failure(1, ProblemType.RECEIPT_INVALID, Refusals.message(Reason.SHAPE)),
                        new Failure(3, ProblemType.RECEIPT_DUPLICATE, "the upload was there before"),
                        new Failure(4, ProblemType.RECEIPT_INVALID, Refusals.message(Reason.SUBJECT)),
                        new Failure(6, ProblemType.RECEIPT_DUPLICATE, "the upload was there before"));
        assertThat(refusal)
                .hasMessage("1: " + Refusals.message(Reason.SHAPE) + "; 3: the upload was there before; 4: "
                        + Refusals.message(Reason.SUBJECT) + "; 6: the upload was there before");
        assertThat(refusal.problem().type()).isEqualTo(ProblemType.RECEIPTS_REFUSED);
    }

    @Test
    void verifyAll_sameUploadUnderTwoTexts() {
        UploadReceipt receipt = Receipts.plain(UploadId.random());
        KeyRing rotated = RING.rotate(Receipts.ISSUED, Receipts.ISSUED, java.time.Duration.ofDays(1));
        ReceiptVerifier verifier = ReceiptVerifier.create(rotated, Clock.fixed(Receipts.ISSUED, ZoneOffset.UTC), false);
        List<String> tokens = List.of(ISSUER.issue(receipt), new ReceiptTokens(rotated, false).issue(receipt));
        assertThat(tokens.get(0)).isNotEqualTo(tokens.get(1));
        assertFailures(verifier, tokens, ProblemType.RECEIPT_DUPLICATE, 1);
    }

    @Test
    void verifyAll_expiredIsSaid() {
        ReceiptVerifier later =
                ReceiptVerifier.create(RING, Clock.fixed(Receipts.EXPIRES.plusSeconds(61), ZoneOffset.UTC), false);
        assertFailures(later, tokens(receipts(2)), ProblemType.RECEIPT_EXPIRED, 0, 1);
    }

    /** The clock of this host is behind. The receipts are valid later, so no client may take them for invalid. */
    @Test
    void verifyAll_issuedLater_unavailableUnlessAnotherIsRefused() {
        ReceiptVerifier before = ReceiptVerifier.create(
                RING, Clock.fixed(Receipts.ISSUED.minus(Duration.ofDays(2)), ZoneOffset.UTC), false);
        List<String> tokens = new ArrayList<>(tokens(receipts(2)));
        assertFailures(before, tokens, ProblemType.UNAVAILABLE, 0, 1);
        assertThat(refusal(before, tokens).problem().status()).isEqualTo(503);
        tokens.add("rubbish");
        assertThat(refusal(before, tokens).problem().type()).isEqualTo(ProblemType.RECEIPTS_REFUSED);
    }

    @Test
    void verifyAll_surplus() throws ReceiptsRefusedException {
        List<String> tokens = tokens(receipts(4));
        assertThat(VERIFIER.maxCount(4).verifyAll(tokens)).hasSize(4);
        assertFailures(VERIFIER.maxCount(3), tokens, ProblemType.RECEIPT_SURPLUS, 3);
        assertFailures(VERIFIER, Collections.nCopies(100_000, "rubbish"), ProblemType.RECEIPT_SURPLUS, 1_000);
    }

    @Test
    void verifyAll_totalSize() throws ReceiptsRefusedException {
        List<String> tokens = tokens(receipts(4)); // of 5 bytes each
        assertThat(VERIFIER.maxTotalSize(20).verifyAll(tokens)).hasSize(4);
        assertFailures(VERIFIER.maxTotalSize(19), tokens, ProblemType.RECEIPTS_TOO_LARGE, 3);
        assertFailures(VERIFIER.maxTotalSize(9), tokens, ProblemType.RECEIPTS_TOO_LARGE, 1);
    }

    @Test
    void inSequence_putsABatchInItsOrder() throws ReceiptsRefusedException {
        List<UploadReceipt> batch = batch("b", 12);
        assertThat(VERIFIER.inSequence().verifyAll(tokens(shuffled(batch)))).isEqualTo(batch);
    }

    @Test
    void inSequence_anythingButOneCompleteBatch() {
        ReceiptVerifier verifier = VERIFIER.inSequence();
        List<UploadReceipt> batch = batch("b", 3);
        ProblemType outside = ProblemType.RECEIPT_OUTSIDE_BATCH;
        assertFailures(verifier, tokens(batch.subList(0, 2)), outside, 0, 1);
        assertFailures(
                verifier,
                tokens(List.of(batch.get(0), batch.get(1), Receipts.inBatch(new Batch("c", 3, 3)))),
                outside,
                2);
        assertFailures(
                verifier,
                tokens(List.of(batch.get(0), batch.get(1), Receipts.inBatch(new Batch("b", 3, 2)))),
                outside,
                2);
        assertFailures(
                verifier, tokens(List.of(batch.get(0), batch.get(1), Receipts.plain(UploadId.random()))), outside, 2);
        assertFailures(verifier, tokens(receipts(2)), outside, 0, 1);
        assertFailures(verifier, List.of(), outside, 0);
    }
}
