package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.handover.HandOverMessages.Awaited;
import io.github.uploadreceipts.internal.peer.PeerQuestions;
import io.github.uploadreceipts.internal.token.PackedReader;
import io.github.uploadreceipts.internal.token.PackedWriter;
import io.github.uploadreceipts.store.Location;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Responds to what peers ask about the hand-overs of this host's uploads. No thread waits for a verdict. */
record HandOverService(URI owner, Own own) {

    /** How long a response waits after the first verdict, because others may come at the same time. */
    private static final int GATHERING_MILLIS = 50;

    /** A response is longer in base64, and is a token of 64 KiB at most. What is left out comes with the next one. */
    private static final int MOST_BYTES = 40 * 1024;

    /** The hand-overs of a host's own uploads. */
    interface Own {

        /** Does what {@link HandOvers#await} says. Whoever gives up waiting cancels the future. */
        CompletableFuture<Verdict> await(Location upload, Duration atMost);

        /** Does what {@link HandOvers#finish} says. */
        CompletableFuture<Boolean> finish(Location upload, String party, Verdict verdict);
    }

    void register(PeerQuestions questions) {
        questions.register(HandOverMessages.AWAIT, this::await);
        questions.register(HandOverMessages.FINISH, (fields, mayTakeLong) -> finish(fields));
    }

    private CompletableFuture<PackedWriter> finish(PackedReader fields) {
        Location upload = HandOverMessages.readUpload(fields, owner);
        String party = fields.text();
        Verdict verdict = HandOverMessages.readVerdict(fields);
        fields.requireEnd();
        return own.finish(upload, party, verdict)
                .thenApply(news -> new PackedWriter().bytes(new byte[] {(byte) (news ? 1 : 0)}));
    }

    private CompletableFuture<PackedWriter> await(PackedReader fields, boolean mayTakeLong) {
        Awaited asked = HandOverMessages.readAwaited(fields, owner);
        Duration atMost = mayTakeLong ? asked.atMost() : Duration.ZERO;
        List<CompletableFuture<Verdict>> verdicts = new ArrayList<>();
        asked.uploads().forEach(upload -> verdicts.add(own.await(upload, atMost)));
        return enough(verdicts, atMost).handle((any, failure) -> {
            PackedWriter response = response(verdicts);
            verdicts.forEach(verdict -> verdict.cancel(false));
            return response;
        });
    }

    private static CompletableFuture<?> enough(List<CompletableFuture<Verdict>> verdicts, Duration atMost) {
        CompletableFuture<?>[] all = verdicts.toArray(CompletableFuture<?>[]::new);
        if (atMost.isZero()) {
            return CompletableFuture.allOf(all);
        }
        CompletableFuture<Void> later = new CompletableFuture<>();
        var unused = CompletableFuture.anyOf(all)
                .whenComplete(
                        (first, failure) -> later.completeOnTimeout(null, GATHERING_MILLIS, TimeUnit.MILLISECONDS));
        return later;
    }

    private static PackedWriter response(List<CompletableFuture<Verdict>> verdicts) {
        PackedWriter response = new PackedWriter();
        for (int i = 0; i < verdicts.size() && response.size() < MOST_BYTES; i++) {
            CompletableFuture<Verdict> verdict = verdicts.get(i);
            if (verdict.isCompletedExceptionally()
                    || (verdict.isDone() && verdict.join().status() != Verdict.Status.WAITING)) {
                response.all(HandOverMessages.writeOutcome(i, verdict));
            }
        }
        return response;
    }
}
