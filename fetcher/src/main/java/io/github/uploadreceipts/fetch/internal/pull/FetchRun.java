package io.github.uploadreceipts.fetch.internal.pull;

import io.github.uploadreceipts.fetch.FetchException;
import io.github.uploadreceipts.fetch.FetchedUpload;
import io.github.uploadreceipts.fetch.internal.connect.Deadline;
import io.github.uploadreceipts.fetch.internal.connect.PeerClient;
import io.github.uploadreceipts.fetch.internal.connect.PeerException;
import io.github.uploadreceipts.fetch.FetchException.Failure;
import io.github.uploadreceipts.fetch.internal.connect.PeerException.Remedy;
import io.github.uploadreceipts.host.UploadHost;
import io.github.uploadreceipts.receipt.UploadReceipt;
import io.github.uploadreceipts.store.Claim;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * One fetch, from its start until its result is closed: its receipts, its files, and what still runs for it. It reads like
 * the fetch goes: claim everything, then get everything, then, if asked to, discard everything.
 */
final class FetchRun implements Closeable {

    private final List<UploadReceipt> receipts;
    private final Optional<ClaimRound> claimRound;
    private final UploadGetter getter;
    private final Discarding discarding;
    private final Workers.Lane lane;
    private final ScheduledExecutorService timer;
    private final FetchSettings settings;
    private final FetchDirectory directory;
    private final Consumer<FetchRun> whenClosed;
    private final Set<Deadline> running = new HashSet<>();
    private final Set<Integer> discarded = new HashSet<>();
    private boolean closed;

    FetchRun(
            UploadHost host,
            PeerClient client,
            Workers workers,
            ScheduledExecutorService timer,
            FetchSettings settings,
            List<UploadReceipt> receipts,
            Optional<Claim> claim,
            Consumer<FetchRun> whenClosed) {
        this.receipts = List.copyOf(receipts);
        Attempts attempts = new Attempts(settings.attempts());
        this.claimRound = claim.map(id -> new ClaimRound(host, client, attempts, id));
        this.getter = new UploadGetter(host, client, attempts, settings.minRate(), settings.progress(), claim);
        this.discarding = new Discarding(host, client, claim);
        this.lane = workers.newLane();
        this.timer = timer;
        this.settings = settings;
        this.directory = new FetchDirectory(settings.workDirectory());
        this.whenClosed = whenClosed;
    }

    List<UploadReceipt> receipts() {
        return receipts;
    }

    /** Claims and gets everything, or leaves nothing. */
    FetchedSet fetch() throws FetchException {
        try (Deadline deadline = startClock()) {
            claim(deadline);
            List<UploadTask<FetchedUpload>> tasks = IntStream.range(0, receipts.size())
                    .mapToObj(index -> get(index, deadline))
                    .toList();
            return new FetchedSet(this, await(tasks, deadline));
        } catch (FetchException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Claims everything and gets it one after the other. */
    FetchedStream stream() throws FetchException {
        try (Deadline deadline = startClock()) {
            claim(deadline);
            return new FetchedStream(this, new ReadAhead(this, settings.readAheadUploads(), settings.readAheadBytes()));
        } catch (FetchException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void claim(Deadline deadline) throws FetchException {
        if (claimRound.isEmpty() || receipts.isEmpty()) {
            return;
        }
        List<Integer> order = ClaimRound.order(receipts);
        claim(order.subList(0, 1), claimRound.get(), deadline);
        claim(order.subList(1, order.size()), claimRound.get(), deadline);
    }

    private void claim(List<Integer> indices, ClaimRound round, Deadline deadline) throws FetchException {
        List<UploadTask<Boolean>> tasks = new ArrayList<>();
        for (int index : indices) {
            UploadReceipt receipt = receipts.get(index);
            tasks.add(UploadTask.start(lane, index, receipt, deadline, () -> {
                round.claim(receipt, deadline);
                return true;
            }));
        }
        await(tasks, deadline);
    }

    /** Starts to get one upload. */
    UploadTask<FetchedUpload> get(int index, Deadline deadline) {
        UploadReceipt receipt = receipts.get(index);
        return UploadTask.start(lane, index, receipt, deadline, () -> getter.get(index, receipt, directory, deadline));
    }

    /** Returns how many bytes getting this upload should take on the disk. */
    long room(int index) {
        UploadReceipt receipt = receipts.get(index);
        return getter.isOwn(receipt) ? 0 : receipt.size();
    }

    /** Waits for all, so that every failure is known; only one that makes all the rest vain ends the others early. */
    private static <T> List<T> await(List<UploadTask<T>> tasks, Deadline deadline) throws FetchException {
        List<T> results = new ArrayList<>();
        List<Failure> failures = new ArrayList<>();
        for (UploadTask<T> task : tasks) {
            try {
                results.add(task.await());
            } catch (PeerException e) {
                if (e.remedy() != Remedy.CALLED_OFF) {
                    failures.add(task.failure(e));
                }
            }
        }
        if (results.size() < tasks.size()) {
            deadline.cancel();
            tasks.forEach(UploadTask::settle);
            throw new FetchException(failures.isEmpty() ? calledOff(tasks) : failures);
        }
        return results;
    }

    private static <T> List<Failure> calledOff(List<UploadTask<T>> tasks) {
        return tasks.stream()
                .map(task -> task.failure(PeerException.calledOff()))
                .toList();
    }

    /** Discards the first {@code count} uploads, except those that are discarded already. */
    void discard(int count) throws FetchException {
        Attempts attempts = new Attempts(settings.attempts()); // a peer may be back since it was fetched from
        try (Deadline deadline = new Deadline(timer, settings.deadline(), ended -> {})) {
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
            await(tasks, deadline);
        }
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

    /** Starts the clock for a part of this run; it ends when the run is closed at the latest. */
    Deadline startClock() {
        Deadline deadline = new Deadline(timer, settings.deadline(), this::stopped);
        synchronized (running) {
            if (!closed) {
                running.add(deadline);
                return deadline;
            }
        }
        deadline.close();
        return deadline;
    }

    private void stopped(Deadline deadline) {
        synchronized (running) {
            running.remove(deadline);
        }
    }

    /** Calls off what runs and deletes all files. */
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
