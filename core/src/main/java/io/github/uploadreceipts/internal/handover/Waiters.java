package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.UploadId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Who waits for the verdicts on uploads. Safe for use by several threads. */
final class Waiters {

    private final Map<UploadId, List<CompletableFuture<Verdict>>> waiters = new ConcurrentHashMap<>();

    /** Completes {@code future} with the verdict, when there is one. It is forgotten when it completes. */
    void add(UploadId id, CompletableFuture<Verdict> future) {
        waiters.compute(id, (same, known) -> {
            List<CompletableFuture<Verdict>> all = known == null ? new CopyOnWriteArrayList<>() : known;
            all.add(future);
            return all;
        });
        var unused = future.whenComplete((verdict, failure) -> remove(id, future));
    }

    @SuppressWarnings("ReferenceEquality") // this very future
    private void remove(UploadId id, CompletableFuture<Verdict> future) {
        waiters.computeIfPresent(id, (same, known) -> {
            known.removeIf(other -> other == future);
            return known.isEmpty() ? null : known;
        });
    }

    void decided(UploadId id, Verdict verdict) {
        take(id).forEach(future -> future.complete(verdict));
    }

    /** Tells all who wait that there is no verdict yet. */
    void release() {
        Set.copyOf(waiters.keySet()).forEach(id -> decided(id, Verdict.waiting()));
    }

    /** Fails those who wait for an upload that is gone. */
    void gone(UploadId id) {
        take(id).forEach(future ->
                future.completeExceptionally(new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE))));
    }

    private List<CompletableFuture<Verdict>> take(UploadId id) {
        List<CompletableFuture<Verdict>> all = waiters.get(id);
        return all == null ? List.of() : List.copyOf(all);
    }
}
