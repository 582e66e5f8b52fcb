package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.key.KeyRing;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.receipt.ReceiptVerifier;
import io.github.uploadreceipts.receipt.UploadReceipt;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What a client has: receipts, and uploads and orders that are not complete. */
final class Possessions {

    /** A receipt and the digest of what was sent for it. */
    record Kept(String receipt, String digest) {}

    private final ReceiptVerifier verifier;
    private final Judge judge;
    private final List<Kept> kept = new ArrayList<>();
    private final List<Unfinished> unfinished = new ArrayList<>();

    Possessions(KeyRing ring, Judge judge) {
        this.verifier = ReceiptVerifier.create(ring, Clock.systemUTC(), false);
        this.judge = judge;
    }

    /** Keeps a receipt, which must be for these bytes. */
    void keep(String receipt, String digest) {
        judge.figures().count("receipts");
        try {
            UploadReceipt verified = verifier.verify(receipt);
            if (!verified.digest().hex().equals(digest)) {
                judge.findings().add("receipt for other bytes", verified.toString());
            }
        } catch (RefusedException e) {
            judge.findings().add("receipt that is none", e.getMessage());
        }
        kept.add(new Kept(receipt, digest));
    }

    List<Kept> kept() {
        return kept;
    }

    List<Unfinished> unfinished() {
        return unfinished;
    }

    /** Returns some of the receipts, in any order. */
    List<Kept> some(Random random, int most) {
        List<Kept> some = new ArrayList<>();
        if (!kept.isEmpty()) {
            int first = random.nextInt(kept.size());
            for (int i = 0; i < Math.min(kept.size(), 1 + random.nextInt(most)); i++) {
                some.add(random.nextInt(some.size() + 1), kept.get((first + i) % kept.size()));
            }
        }
        return some;
    }
}
