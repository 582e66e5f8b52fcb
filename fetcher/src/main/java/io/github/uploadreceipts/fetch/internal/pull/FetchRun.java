package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.FetchException.Kind;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.internal.peer.SilentPeers;
import io.github.uploadreceipts.internal.token.StoredForm;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import java.io.Closeable;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One fetch, from its start until its result is closed: its receipts, its files and its running tasks. The methods
 * stand in the order of a fetch: first claim all uploads, then get them, and finally discard them if the caller asks
 * for it.
 */
public final class FetchRun implements Closeable {

    private final List<UploadReceipt> receipts;
    private final Optional<ClaimRound> claimRound;
    private final UploadGetter getter;
    private final Discarding discarding;
    private final Extending extending;
    private final Workers.Lane lane;
    private final Executor afterwards;
    private final ScheduledExecutorService timer;
    private final FetchSettings settings;
    private final SilentPeers silentPeers;
    private final FetchDirectory directory;
    private final Consumer<FetchRun> whenClosed;
    private final Set<Deadline> running = new HashSet<>();
    private final Set<Integer> discarded = new HashSet<>();
    private final Arrived arrived = new Arrived();
    private boolean closed;

    /**
     * Creates a run, which starts no task yet.
     *
     * @param claim the claim under which the uploads are fetched, if they are to be claimed
     * @param whenClosed is called when this is closed
     */
    public FetchRun(
            FetchResources resources,
            List<UploadReceipt> receipts,
            Optional<Claim> claim,
            Consumer<FetchRun> whenClosed) {
        this.receipts = List.copyOf(receipts);
        this.settings = resources.settings();
        this.timer = resources.timer();
        this.lane = resources.workers().newLane(Math.max(settings.parallel(), hosts()));
        this.afterwards = resources.workers().afterwards();
        this.silentPeers = resources.engine().peers().silent();
        Attempts attempts = newAttempts();
        this.claimRound = claim.map(use -> new ClaimRound(resources, attempts, use));
        this.getter = new UploadGetter(resources, attempts, claim, arrived);
        this.discarding = new Discarding(resources.engine(), resources.client(), claim);
        this.extending = new Extending(resources.engine(), resources.client(), attempts);
        this.directory = new FetchDirectory(settings.workDirectory());
        this.whenClosed = whenClosed;
    }

    private Attempts newAttempts() {
        return new Attempts(settings.attempts(), settings.patience(), silentPeers);
    }

    /** Returns the receipts, in the caller's order. */
    public List<UploadReceipt> receipts() {
        return receipts;
    }

    /** Returns what has arrived. */
    public Arrived arrived() {
        return arrived;
    }

    FetchSettings settings() {
        return settings;
    }

    /** Claims and gets all the uploads. If that fails, closes this, which deletes all files. */
    List<HeldUpload> fetch() throws FetchException {
        return join(this::claimAndGet);
    }

    /**
     * Claims and gets all the uploads, while no thread waits. If that fails, closes this. The returned future completes on
     * a thread that may wait.
     */
    CompletableFuture<List<HeldUpload>> fetchInBackground() {
        try {
            Deadline deadline = startClock();
            return claimAndGet(deadline)
                    .whenCompleteAsync((uploads, failure) -> end(deadline, failure), afterwards)
                    .thenApply(this::unlessClosed);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void end(Deadline deadline, @Nullable Throwable failure) {
        deadline.close();
        if (failure != null) {
            close();
        }
    }

    /** Closing this while the result waits for its thread deletes the files. */
    private List<HeldUpload> unlessClosed(List<HeldUpload> uploads) {
        synchronized (running) {
            if (!closed) {
                return uploads;
            }
        }
        throw new CompletionException(new FetchException(timedOut("the fetch was closed")));
    }

    private CompletableFuture<List<HeldUpload>> claimAndGet(Deadline deadline) {
        return claim(deadline).thenCompose(claimed -> {
            Map<Integer, UploadTask<HeldUpload>> tasks = new TreeMap<>();
            hostByHost().forEach(index -> tasks.put(index, get(index, deadline)));
            return all(List.copyOf(tasks.values()), deadline);
        });
    }

    /** Claims all the uploads. If that fails, closes this. */
    void claim() throws FetchException {
        var unused = join(this::claim);
    }

    private CompletableFuture<List<Boolean>> claim(Deadline deadline) {
        CompletableFuture<List<Boolean>> begin = CompletableFuture.completedFuture(List.of());
        if (claimRound.isEmpty() || receipts.isEmpty()) {
            return begin;
        }
        ClaimRound round = claimRound.get();
        List<Integer> order = ClaimRound.order(receipts);
        List<Integer> asked = receipts.size() > 1 ? hostByHost() : List.of();
        return begin.thenCompose(none -> all(asked, deadline, round::check))
                .thenCompose(free -> all(order.subList(0, 1), deadline, round::claim))
                .thenCompose(first -> all(order.subList(1, order.size()), deadline, round::claim));
    }

    private interface Step {
        void run(UploadReceipt receipt, Deadline deadline) throws PeerException;
    }

    private CompletableFuture<List<Boolean>> all(List<Integer> indices, Deadline deadline, Step step) {
        List<UploadTask<Boolean>> tasks = new ArrayList<>();
        for (int index : indices) {
            UploadReceipt receipt = receipts.get(index);
            tasks.add(UploadTask.start(lane, index, receipt, deadline, () -> {
                step.run(receipt, deadline);
                return true;
            }));
        }
        return all(tasks, deadline);
    }

    private int hosts() {
        return (int) receipts.stream()
                .map(receipt -> receipt.owner().base())
                .distinct()
                .count();
    }

    /**
     * Returns the indices of the receipts: the first one of each host, then the second one of each, and so on. So all
     * hosts are asked at once, and those that keep silent do so at the same time.
     */
    private List<Integer> hostByHost() {
        Map<URI, Integer> count = new HashMap<>();
        List<Integer> turns = receipts.stream()
                .map(receipt -> count.merge(receipt.owner().base(), 1, Integer::sum))
                .toList();
        return IntStream.range(0, receipts.size())
                .boxed()
                .sorted(Comparator.comparing(turns::get))
                .toList();
    }

    /** Starts to get one upload. */
    UploadTask<HeldUpload> get(int index, Deadline deadline) {
        UploadReceipt receipt = receipts.get(index);
        return UploadTask.start(lane, index, receipt, deadline, () -> getter.get(index, receipt, directory, deadline));
    }

    /** Returns how much disk space getting this upload takes, in bytes. */
    long room(int index) {
        UploadReceipt receipt = receipts.get(index);
        return getter.isOwn(receipt) ? 0 : StoredForm.size(receipt);
    }

    /**
     * Completes when all tasks have ended, so that every failure is known. A failure cancels the others only if it makes
     * them useless.
     */
    private static <T> CompletableFuture<List<T>> all(List<UploadTask<T>> tasks, Deadline deadline) {
        CompletableFuture<?>[] ends = tasks.stream().map(UploadTask::ended).toArray(CompletableFuture[]::new);
        return CompletableFuture.allOf(ends).thenApply(ended -> results(tasks, deadline));
    }

    private static <T> List<T> results(List<UploadTask<T>> tasks, Deadline deadline) {
        List<T> results = new ArrayList<>();
        List<Failure> failures = new ArrayList<>();
        for (UploadTask<T> task : tasks) {
            try {
                results.add(task.await());
            } catch (PeerException e) {
                if (e.remedy() != Remedy.CANCELLED) {
                    failures.add(task.failure(e));
                }
            }
        }
        if (results.size() < tasks.size()) {
            deadline.cancel();
            throw new CompletionException(new FetchException(failures.isEmpty() ? cancelled(tasks) : failures));
        }
        return results;
    }

    /** Waits for a part of this run. If it fails, closes this. */
    private <T> T join(Function<Deadline, CompletableFuture<T>> part) throws FetchException {
        try (Deadline deadline = startClock()) {
            return join(part.apply(deadline), deadline);
        } catch (FetchException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private <T> T join(CompletableFuture<T> part, Deadline deadline) throws FetchException {
        try {
            return part.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            deadline.cancel();
            part.handle((value, failure) -> true).join(); // all has ended within a second
            throw new FetchException(timedOut(UploadTask.INTERRUPTED));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FetchException failure) {
                FetchException here = new FetchException(failure.failures()); // with the caller's stack
                here.initCause(failure);
                throw here;
            }
            throw e.getCause() instanceof RuntimeException fault ? fault : new IllegalStateException(e.getCause());
        }
    }

    private List<Failure> timedOut(String cause) {
        return IntStream.range(0, receipts.size())
                .mapToObj(index -> new Failure(index, receipts.get(index).id(), Kind.TIMEOUT, cause))
                .toList();
    }

    private static <T> List<Failure> cancelled(List<UploadTask<T>> tasks) {
        return tasks.stream()
                .map(task -> task.failure(PeerException.cancelled()))
                .toList();
    }

    /** Discards the first {@code count} uploads, except those that were discarded before. */
    void discard(int count) throws FetchException {
        Attempts attempts = newAttempts(); // a peer that was dead during the fetch may be back
        try (Deadline deadline = started()) {
            List<UploadTask<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int index = i;
                if (!isDiscarded(index)) {
                    tasks.add(UploadTask.start(lane, index, receipts.get(index), deadline, () -> {
                        discarding.discard(receipts.get(index), attempts, deadline);
                        return markDiscarded(index);
                    }));
                }
            }
            var unused = join(all(tasks, deadline), deadline);
        }
    }

    /** Has the owners keep all the uploads until later, and returns the tokens of the new receipts in order. */
    public List<String> extend(Instant until) throws FetchException {
        List<String> tokens = extending.tokens(receipts, until); // first, because one may not fit into a token
        var unused = join(deadline ->
                all(hostByHost(), deadline, (receipt, sameDeadline) -> extending.keep(receipt, until, sameDeadline)));
        return tokens;
    }

    private boolean isDiscarded(int index) {
        synchronized (discarded) {
            return discarded.contains(index);
        }
    }

    private boolean markDiscarded(int index) {
        synchronized (discarded) {
            return discarded.add(index);
        }
    }

    /** Starts the deadline of a part of this run. Closing the run closes the deadline; after that, nothing starts. */
    Deadline startClock() {
        Deadline deadline = started();
        synchronized (running) {
            if (!closed) {
                return deadline;
            }
        }
        deadline.close();
        return deadline;
    }

    private Deadline started() {
        Deadline deadline = new Deadline(timer, settings.deadline(), this::stopped);
        synchronized (running) {
            running.add(deadline);
        }
        return deadline;
    }

    private void stopped(Deadline deadline) {
        synchronized (running) {
            running.remove(deadline);
        }
    }

    /** Cancels the running tasks, and deletes all files. */
    @Override
    public void close() {
        List<Deadline> toClose;
        synchronized (running) {
            closed = true;
            toClose = List.copyOf(running);
        }
        toClose.forEach(Deadline::close);
        directory.close();
        whenClosed.accept(this);
    }
}
