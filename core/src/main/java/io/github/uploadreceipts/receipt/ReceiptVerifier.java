package io.github.uploadreceipts.receipt;

import io.github.uploadreceipts.internal.token.ReceiptTokens;
import io.github.uploadreceipts.internal.token.TokenCodec;
import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.ReceiptsRefusedException;
import io.github.uploadreceipts.problem.ReceiptsRefusedException.Failure;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import io.github.uploadreceipts.store.UploadId;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Verifies the receipts that a client brings back. Every host can verify the receipts of every other host of its fleet.
 *
 * <pre>{@code
 * List<UploadReceipt> photos = host.receipts().subject(user).verifyAll(tokens);
 * }</pre>
 *
 * <p>Immutable and safe for use by several threads. A method that sets something returns a changed copy.
 */
public final class ReceiptVerifier {

    /** How many receipts a set may have, unless {@link #maxCount} says otherwise. */
    public static final int DEFAULT_MAX_COUNT = 1_000;

    private final ReceiptTokens tokens;
    private final Clock clock;
    private final Duration leeway;
    private final Optional<String> subject;
    private final int maxCount;
    private final long maxTotalSize;
    private final boolean inSequence;

    private ReceiptVerifier(
            ReceiptTokens tokens,
            Clock clock,
            Duration leeway,
            Optional<String> subject,
            int maxCount,
            long maxTotalSize,
            boolean inSequence) {
        this.tokens = tokens;
        this.clock = clock;
        this.leeway = leeway;
        this.subject = subject;
        this.maxCount = maxCount;
        this.maxTotalSize = maxTotalSize;
        this.inSequence = inSequence;
    }

    /**
     * Returns a verifier for the fleet of {@code ring}. It has no subject yet.
     *
     * @param encrypted true to refuse receipts that are only signed, false to refuse encrypted ones
     */
    public static ReceiptVerifier create(KeyRing ring, Clock clock, boolean encrypted) {
        return new ReceiptVerifier(
                new ReceiptTokens(ring, encrypted),
                clock,
                TokenCodec.LEEWAY,
                Optional.empty(),
                DEFAULT_MAX_COUNT,
                Long.MAX_VALUE,
                false);
    }

    /** Sets by how much the clocks of hosts may differ; 60 s by default. */
    public ReceiptVerifier leeway(Duration value) {
        return new ReceiptVerifier(tokens, clock, value, subject, maxCount, maxTotalSize, inSequence);
    }

    /**
     * Sets the user who brings the receipts. Accepts receipts that are bound to this user or to nobody, and no others.
     */
    public ReceiptVerifier subject(String value) {
        return new ReceiptVerifier(tokens, clock, leeway, Optional.of(value), maxCount, maxTotalSize, inSequence);
    }

    /** Sets how many receipts a set may have; {@value #DEFAULT_MAX_COUNT} by default. */
    public ReceiptVerifier maxCount(int value) {
        return new ReceiptVerifier(tokens, clock, leeway, subject, value, maxTotalSize, inSequence);
    }

    /** Sets how many bytes the uploads of a set may have together; unlimited by default. */
    public ReceiptVerifier maxTotalSize(long bytes) {
        return new ReceiptVerifier(tokens, clock, leeway, subject, maxCount, bytes, inSequence);
    }

    /**
     * Requires that a set is one complete batch: no upload is missing and none was added. {@link #verifyAll} then
     * returns the receipts in the batch's order, not in the client's.
     */
    public ReceiptVerifier inSequence() {
        return new ReceiptVerifier(tokens, clock, leeway, subject, maxCount, maxTotalSize, true);
    }

    /**
     * Verifies {@code token} and returns its receipt.
     *
     * @throws TokenRefusedException if it is not a receipt of this fleet, has expired, or is bound to another subject
     */
    public UploadReceipt verify(String token) throws TokenRefusedException {
        UploadReceipt receipt = tokens.verify(token, clock.instant(), leeway);
        if (receipt.subject().isPresent() && !receipt.subject().equals(subject)) {
            throw tokens.refused(Reason.SUBJECT);
        }
        return receipt;
    }

    /**
     * Verifies all the tokens and returns their receipts, in the order of the tokens (but see {@link #inSequence}).
     *
     * @throws ReceiptsRefusedException if a receipt is refused or is there twice, if there are too many, or if the
     *     uploads are too large together; the exception names every receipt at fault by its index
     */
    public List<UploadReceipt> verifyAll(List<String> texts) throws ReceiptsRefusedException {
        if (texts.size() > maxCount) {
            throw new ReceiptsRefusedException(List.of(new Failure(
                    maxCount,
                    ProblemType.RECEIPT_SURPLUS,
                    "there are " + texts.size() + " receipts, but maxCount is " + maxCount)));
        }
        List<UploadReceipt> receipts = new ArrayList<>();
        List<Failure> failures = new ArrayList<>();
        Set<UploadId> seen = new HashSet<>();
        for (int i = 0; i < texts.size(); i++) {
            try {
                UploadReceipt receipt = verify(texts.get(i));
                receipts.add(receipt);
                if (!seen.add(receipt.id())) {
                    failures.add(new Failure(i, ProblemType.RECEIPT_DUPLICATE, "the upload was there before"));
                }
            } catch (TokenRefusedException e) {
                failures.add(new Failure(i, e.problem().type(), String.valueOf(e.getMessage())));
            }
        }
        throwIfAny(failures);
        requireTotalSize(receipts);
        return inSequence ? oneBatch(receipts) : List.copyOf(receipts);
    }

    private static void throwIfAny(List<Failure> failures) throws ReceiptsRefusedException {
        if (!failures.isEmpty()) {
            throw new ReceiptsRefusedException(failures);
        }
    }

    private void requireTotalSize(List<UploadReceipt> receipts) throws ReceiptsRefusedException {
        long room = maxTotalSize;
        for (int i = 0; i < receipts.size(); i++) {
            long size = receipts.get(i).size();
            if (size > room) {
                throw new ReceiptsRefusedException(List.of(new Failure(
                        i,
                        ProblemType.RECEIPTS_TOO_LARGE,
                        "the upload has " + size + " bytes, but the uploads before it leave " + room
                                + " of maxTotalSize, which is " + maxTotalSize)));
            }
            room -= size;
        }
    }

    private static List<UploadReceipt> oneBatch(List<UploadReceipt> receipts) throws ReceiptsRefusedException {
        if (receipts.isEmpty()) {
            throw new ReceiptsRefusedException(
                    List.of(new Failure(0, ProblemType.RECEIPT_OUTSIDE_BATCH, "the set has no receipts")));
        }
        List<Failure> failures = new ArrayList<>();
        Optional<Batch> first = receipts.get(0).batch();
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < receipts.size(); i++) {
            Optional<Batch> batch = receipts.get(i).batch();
            boolean same = batch.isPresent()
                    && batch.get().id().equals(first.map(Batch::id).orElse(""))
                    && batch.get().count() == receipts.size()
                    && seen.add(batch.get().sequence());
            if (!same) {
                failures.add(new Failure(
                        i,
                        ProblemType.RECEIPT_OUTSIDE_BATCH,
                        "it has " + place(batch) + ", the first receipt has " + place(first) + ", and there are "
                                + receipts.size() + " receipts"));
            }
        }
        throwIfAny(failures);
        return receipts.stream()
                .sorted(Comparator.comparing(
                        receipt -> receipt.batch().map(Batch::sequence).orElse(0)))
                .toList();
    }

    private static String place(Optional<Batch> batch) {
        return batch.map(b -> "place " + b.sequence() + " of " + b.count() + " in batch " + b.id())
                .orElse("no batch");
    }
}
