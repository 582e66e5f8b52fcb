package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.handover.HandOverMessages.Outcome;
import io.github.uploadreceipts.internal.peer.PeerQuestions;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Location;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The verdicts of one owner that somebody waits for on this host. Many uploads share a question: ten thousand that wait
 * need a hundred connections. A question goes out a moment after somebody began to wait, and again as long as somebody
 * does.
 *
 * <p>Safe for use by several threads.
 */
final class AwaitedVerdicts {

    /** How long a question waits for others that begin to wait at the same time. */
    private static final int GATHERING_MILLIS = 100;

    /**
     * A question ends with the first verdict, and the owner looks at each of its uploads again. Where thousands wait, and
     * many verdicts come, it would do nothing else: so the questions then wait a second.
     */
    private static final int UPLOADS_FOR_A_MILLI = 10;

    /** An owner whose containers would hold a thread responds at once. It must not be asked again and again. */
    private static final int PAUSE_MILLIS = 5_000;

    private final Asking asking;
    private final ScheduledExecutorService timer;
    private final Map<Location, List<CompletableFuture<Verdict>>> waiting = new LinkedHashMap<>(); // guarded by this
    private final Set<Location> unasked = new LinkedHashSet<>(); // guarded by this
    private boolean scheduled; // guarded by this

    /** Asks the owner for the verdicts on uploads. The future fails with the refusal for all of them. */
    interface Asking {
        CompletableFuture<List<Outcome>> ask(List<Location> uploads);
    }

    AwaitedVerdicts(Asking asking, ScheduledExecutorService timer) {
        this.asking = asking;
        this.timer = timer;
    }

    /** Returns the verdict, or waiting if there is none in time. Whoever gives up waiting cancels the future. */
    CompletableFuture<Verdict> await(Location upload, Duration atMost) {
        CompletableFuture<Verdict> waiter = new CompletableFuture<>();
        boolean first;
        synchronized (this) {
            List<CompletableFuture<Verdict>> waiters = waiting.get(upload);
            if (waiters == null) {
                waiters = new ArrayList<>();
                waiting.put(upload, waiters);
                unasked.add(upload);
            }
            waiters.add(waiter);
            first = toSchedule();
        }
        var unused = waiter.completeOnTimeout(Verdict.waiting(), atMost.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((verdict, failure) -> leave(upload, waiter));
        if (first) {
            schedule();
        }
        return waiter;
    }

    /** An upload that was asked about stays until the response, so that somebody who comes meanwhile gets that, too. */
    @SuppressWarnings("ReferenceEquality") // this very future
    private synchronized void leave(Location upload, CompletableFuture<Verdict> waiter) {
        List<CompletableFuture<Verdict>> waiters = waiting.get(upload);
        if (waiters != null) {
            waiters.removeIf(other -> other == waiter);
        }
    }

    private synchronized boolean toSchedule() {
        boolean first = !scheduled && !unasked.isEmpty();
        scheduled |= first;
        return first;
    }

    private void schedule() {
        try {
            int millis = GATHERING_MILLIS + size() / UPLOADS_FOR_A_MILLI;
            var unused = timer.schedule(this::askAll, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) { // the host is stopping
            fail(takeAll(), new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE)));
        }
    }

    private void askAll() {
        List<Location> uploads = takeAll();
        for (int from = 0; from < uploads.size(); from += HandOverMessages.MOST_UPLOADS) {
            ask(uploads.subList(from, Math.min(from + HandOverMessages.MOST_UPLOADS, uploads.size())));
        }
    }

    /** Takes the uploads that are to be asked about, and forgets those for which nobody waits any more. */
    private synchronized List<Location> takeAll() {
        scheduled = false;
        List<Location> uploads = new ArrayList<>();
        for (Location upload : unasked) {
            List<CompletableFuture<Verdict>> waiters = waiting.get(upload);
            if (waiters != null && !waiters.isEmpty()) {
                uploads.add(upload);
            } else {
                waiting.remove(upload);
            }
        }
        unasked.clear();
        return uploads;
    }

    private void ask(List<Location> uploads) {
        long since = System.nanoTime();
        CompletableFuture<List<Outcome>> asked;
        try {
            asked = asking.ask(uploads);
        } catch (RuntimeException | Error e) {
            fail(uploads, e);
            return;
        }
        var unused = asked.whenComplete((outcomes, failure) -> {
            if (failure == null) {
                Set<Location> open = tell(uploads, outcomes);
                if (outcomes.isEmpty() && System.nanoTime() - since < TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS)) {
                    pause(open);
                } else {
                    askAgain(open);
                }
            } else {
                fail(uploads, failure);
            }
        });
    }

    /** Returns the uploads on which there is no verdict yet. */
    private Set<Location> tell(List<Location> uploads, List<Outcome> outcomes) {
        Set<Location> open = new LinkedHashSet<>(uploads);
        for (Outcome outcome : outcomes) {
            if (outcome.index() >= 0 && outcome.index() < uploads.size()) {
                Location upload = uploads.get(outcome.index());
                open.remove(upload);
                complete(take(upload), outcome);
            }
        }
        return open;
    }

    private void pause(Set<Location> open) {
        try {
            var unused = timer.schedule(() -> askAgain(open), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) { // the host is stopping
            fail(List.copyOf(open), new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE)));
        }
    }

    private void askAgain(Set<Location> open) {
        boolean first;
        synchronized (this) {
            unasked.addAll(open);
            first = toSchedule();
        }
        if (first) {
            schedule();
        }
    }

    private static void complete(List<CompletableFuture<Verdict>> waiters, Outcome outcome) {
        waiters.forEach(waiter -> {
            outcome.verdict().ifPresent(waiter::complete);
            outcome.refusal().ifPresent(waiter::completeExceptionally);
        });
    }

    private void fail(List<Location> uploads, Throwable failure) {
        Throwable cause = PeerQuestions.cause(failure);
        uploads.forEach(upload -> take(upload).forEach(waiter -> waiter.completeExceptionally(cause)));
    }

    private synchronized List<CompletableFuture<Verdict>> take(Location upload) {
        List<CompletableFuture<Verdict>> waiters = waiting.remove(upload);
        return waiters == null ? List.of() : List.copyOf(waiters);
    }

    /** Returns how many uploads are known. */
    synchronized int size() {
        return waiting.size();
    }
}
