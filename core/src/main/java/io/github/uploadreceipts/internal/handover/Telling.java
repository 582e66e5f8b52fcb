package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.event.UploadEvent;
import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.handover.HandOverRecord.State;
import io.github.uploadreceipts.internal.handover.Party.Outcome;
import io.github.uploadreceipts.internal.handover.Party.Told;
import io.github.uploadreceipts.internal.handover.Schedule.Entry;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.TokenRefusedException;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Tells the parties of uploads, again after failures, and until the uploads expire. No thread and no timer waits for one
 * upload. Which uploads are due is looked at each second, by the host's clock.
 */
final class Telling {

    private static final Logger LOG = System.getLogger(Loggers.HOST);

    private static final int IN_PROCESS_AT_ONCE = 4;
    private static final int WEBHOOKS_AT_ONCE = 16;
    private static final int WEBHOOKS_TO_ONE_RECEIVER = 4;
    private static final String UNKNOWN = "an unknown party"; // which is no name that a party can have
    private static final double JITTER = 0.2;
    private static final Duration WARN_EVERY = Duration.ofMinutes(1);
    private static final Duration UNTIL_READY = Duration.ofSeconds(5);
    private static final Duration READY_BY_THEN = Duration.ofMinutes(3);
    private static final Duration AFTER_OWN_FAILURE = Duration.ofMinutes(1);

    private static final List<Duration> PAUSES = List.of(
            Duration.ofSeconds(5),
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(5));

    private final Engine engine;
    private final HandOverStore store;
    private final Ledger ledger;
    private final Function<String, Optional<Party>> parties;
    private final Waiters waiters;
    private final Schedule schedule = new Schedule();
    private final Executor executor;
    private final Lane inProcess;
    private final Lane webhooks;
    private final Map<String, Instant> warned = new ConcurrentHashMap<>();

    /** Since when parties cannot be told; the end of time after the warning about that. */
    private final Map<String, Instant> unready = new ConcurrentHashMap<>();

    /** @param parties finds a party by its name */
    Telling(
            Engine engine,
            HandOverStore store,
            Ledger ledger,
            Function<String, Optional<Party>> parties,
            Waiters waiters) {
        this.engine = engine;
        this.store = store;
        this.ledger = ledger;
        this.parties = parties;
        this.waiters = waiters;
        this.executor = engine.newWaitingExecutor(IN_PROCESS_AT_ONCE);
        this.inProcess = new Lane(IN_PROCESS_AT_ONCE, IN_PROCESS_AT_ONCE, executor);
        this.webhooks = new Lane(WEBHOOKS_AT_ONCE, WEBHOOKS_TO_ONE_RECEIVER, executor);
    }

    /** Begins to tell, and adopts what processes have left that have ended, now and each minute. */
    void start() {
        var unused = engine.timer().scheduleWithFixedDelay(this::tellDueSurely, 1, 1, TimeUnit.SECONDS);
        var unusedToo = engine.timer().scheduleWithFixedDelay(() -> onThread(this::adopt), 0, 60, TimeUnit.SECONDS);
    }

    /** A timer never again runs a task that has thrown. */
    private void tellDueSurely() {
        try {
            tellDue();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "handing over uploads failed, and is tried again", e);
        }
    }

    private void onThread(Runnable task) {
        try {
            executor.execute(task);
        } catch (RuntimeException e) {
            LOG.log(Level.DEBUG, "the host is stopping: " + e);
        }
    }

    /** Enters an upload that is being published. It is told once {@link #tell} is called. */
    void enter(Location location, HandOverRecord record) {
        schedule.put(Entry.of(location, record, record.expiresAt()));
    }

    /** Tells of an upload now, if it is {@linkplain #enter entered}. */
    void tell(Location location) {
        schedule.hasten(location.id(), engine.clock().instant());
        tellDue();
    }

    /** Looks a minute later what is to be done, because a change that failed may be on the disk. */
    void lookLater(Location location) {
        schedule.hasten(location.id(), engine.clock().instant().plus(AFTER_OWN_FAILURE));
    }

    void forget(Location location) {
        schedule.remove(location.id());
    }

    /** Returns how many hand-overs are open. */
    int open() {
        return schedule.size();
    }

    /** Goes on with a hand-over that a party has responded to. */
    void changed(Location location, String party, Verdict said, Ledger.Change change) {
        if (change.open().isEmpty()) {
            forget(location);
        } else if (change.news()) { // otherwise the next party is told already
            proceed(location, change.open().get());
        }
        if (change.news()) {
            engine.tell(new UploadEvent.HandedOver(location.id(), party, said.status()));
        }
        if (change.open().isEmpty()) {
            waiters.decided(location.id(), change.verdict());
        }
    }

    private void proceed(Location location, HandOverRecord record) {
        boolean due = record.state() == State.TELL;
        schedule.put(Entry.of(location, record, due ? record.next() : record.expiresAt()));
        if (due) {
            tellDue();
        }
    }

    /** Tells of the uploads that are due. Does not block. */
    void tellDue() {
        Instant now = engine.clock().instant();
        List<Entry> expired = new ArrayList<>();
        for (Entry entry : schedule.due(now)) {
            if (!entry.expiresAt().isAfter(now)) {
                expired.add(entry);
            } else if (isReady(entry.party(), now)) {
                lane(entry).add(new Work(entry));
            } else {
                schedule.put(entry.at(now.plus(UNTIL_READY)));
            }
        }
        if (!expired.isEmpty()) {
            onThread(() -> expire(expired));
        }
    }

    private boolean isReady(String name, Instant now) {
        if (parties.apply(name).map(Party::isReady).orElse(true)) {
            unready.remove(name);
            return true;
        }
        Instant since = unready.putIfAbsent(name, now);
        if (since == null) {
            LOG.log(Level.DEBUG, "uploads wait until " + name + " can be told");
        } else if (since.isBefore(now.minus(READY_BY_THEN)) && unready.replace(name, since, Instant.MAX)) {
            LOG.log(
                    Level.WARNING,
                    "uploads wait for a " + name + ", and no PeerFetcher is made for this host, which would send it");
        }
        return false;
    }

    /**
     * Another process on this store, or an earlier one, may have taken part in a hand-over, so only the disk says whether it
     * is open, and whether its end was told.
     */
    private void expire(List<Entry> expired) {
        Map<String, Integer> open = new TreeMap<>();
        expired.forEach(entry -> waiters.gone(entry.id())); // none waits until the disk has the end of the others
        for (Entry entry : expired) {
            if (isNews(entry)) {
                open.merge(entry.party(), 1, Integer::sum);
                engine.tell(new UploadEvent.HandOverExpired(entry.id(), entry.party()));
            }
        }
        open.forEach((party, count) -> LOG.log(
                Level.WARNING,
                "uploads have expired before " + party + " was done with them: " + count
                        + "; nobody could use them. Let it respond, or set a longer time to live"));
    }

    private boolean isNews(Entry entry) {
        try {
            return ledger.expired(location(entry)).isPresent();
        } catch (StoreException.Gone e) {
            return false;
        } catch (StoreException e) { // better told too often than not at all
            return true;
        }
    }

    private Lane lane(Entry entry) {
        return entry.party().equals(HandOvers.WEBHOOK) ? webhooks : inProcess;
    }

    private Location location(Entry entry) {
        return new Location(engine.internalUrl(), entry.hour(), entry.id());
    }

    private final class Work implements Lane.Work {

        private final Entry entry;

        Work(Entry entry) {
            this.entry = entry;
        }

        @Override
        public String receiver() {
            return entry.receiver();
        }

        @Override
        public CompletableFuture<?> begin() {
            return Telling.this.begin(entry);
        }

        @Override
        public void failed(Throwable failure) {
            if (failure instanceof RejectedExecutionException
                    || failure.getCause() instanceof RejectedExecutionException) {
                LOG.log(Level.DEBUG, "the host is stopping, and the next start goes on: " + failure);
            } else {
                again(location(entry), entry, failure);
            }
        }
    }

    private CompletableFuture<?> begin(Entry entry) {
        Location location = location(entry);
        try {
            if (entry.party().equals(UNKNOWN)) {
                adoptAgain(location);
                return CompletableFuture.completedFuture(true);
            }
            Optional<HandOverRecord> open = ledger.open(location);
            if (open.isEmpty()) { // it was decided, or the upload is gone
                forget(location);
            } else if (open.get().state() == State.TELL) {
                return tell(location, open.get());
            }
        } catch (StoreException e) {
            again(location, entry, e);
        } catch (TokenRefusedException e) {
            LOG.log(
                    Level.WARNING,
                    "upload " + entry.id() + " cannot be handed over to " + entry.party() + ", because its receipt is"
                            + " not accepted any more: " + e.explanation());
        }
        return CompletableFuture.completedFuture(true);
    }

    private CompletableFuture<?> tell(Location location, HandOverRecord record) throws TokenRefusedException {
        Optional<Party> party = parties.apply(record.party());
        if (party.isEmpty()) {
            LOG.log(Level.WARNING, unknown(record.party(), 1));
            return CompletableFuture.completedFuture(true);
        }
        IssuedReceipt issued = new IssuedReceipt(engine.receiptOfPeer(record.receipt()), record.receipt());
        return party.get()
                .tell(new Told(issued, record.url(), record.attempts()))
                .thenAcceptAsync(outcome -> ended(location, record, outcome), this::runInAnyCase);
    }

    /** While the host stops, a verdict that has just come is recorded by the thread that has brought it. */
    private void runInAnyCase(Runnable task) {
        try {
            executor.execute(task);
        } catch (RuntimeException e) {
            LOG.log(Level.DEBUG, "the host is stopping: " + e);
            task.run();
        }
    }

    private void ended(Location location, HandOverRecord told, Outcome outcome) {
        try {
            if (outcome instanceof Outcome.Said said) {
                Ledger.Change change = ledger.said(location, told.party(), said.verdict());
                changed(location, told.party(), said.verdict(), change);
            } else if (outcome instanceof Outcome.Failed failed) {
                failed(location, told, failed);
            } else if (outcome instanceof Outcome.Ended ended) {
                LOG.log(
                        Level.WARNING,
                        told.party() + " wants to be told of upload " + location.id() + " no more: " + ended.why());
                var unused = ledger.ended(location, told);
            }
        } catch (StoreException.Gone e) {
            forget(location);
        } catch (StoreException e) {
            again(location, Entry.of(location, told, told.next()), e);
        } catch (RefusedException e) { // it was finished before it has responded, or is gone
            LOG.log(Level.INFO, "what {0} says about upload {1} does not count: {2}", told.party(), location.id(), e);
        }
    }

    private void failed(Location location, HandOverRecord told, Outcome.Failed failed) throws StoreException {
        Duration pause = pause(told.attempts(), failed.after());
        Optional<HandOverRecord> record =
                ledger.failed(location, told, engine.clock().instant().plus(pause));
        if (record.isEmpty()) { // it was finished before it has responded
            return;
        }
        proceed(location, record.get());
        engine.tell(new UploadEvent.HandOverFailed(
                location.id(), told.party(), record.get().attempts()));
        LOG.log(
                isTimeToWarn(told.party()) ? Level.WARNING : Level.DEBUG,
                told.party() + " could not be told of upload " + location.id() + ", and is told again in "
                        + pause.toSeconds() + " s: " + failed.why());
    }

    /** A party that fails for every upload fills no log. */
    private boolean isTimeToWarn(String party) {
        Instant now = engine.clock().instant();
        return warned.merge(party, now, (last, same) -> last.plus(WARN_EVERY).isAfter(same) ? last : same)
                .equals(now);
    }

    /** Returns how long to wait before another attempt: some time more or less, lest all come at once. */
    static Duration pause(int failedBefore, Optional<Duration> asked) {
        Duration pause = PAUSES.get(Math.min(failedBefore, PAUSES.size() - 1));
        double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
        Duration spread = Duration.ofMillis(Math.round(pause.toMillis() * factor));
        return asked.filter(least -> least.compareTo(spread) > 0).orElse(spread);
    }

    /** Tries again later, because this host's disk has failed, or this library. */
    private void again(Location location, Entry entry, Throwable e) {
        Instant next = engine.clock().instant().plus(AFTER_OWN_FAILURE);
        schedule.put(entry.at(next));
        LOG.log(
                isTimeToWarn(UNKNOWN) ? Level.ERROR : Level.DEBUG,
                "the hand-over of upload " + location.id() + " is tried again in a minute: " + e);
    }

    private void adopt() {
        Map<String, Integer> unknown = new TreeMap<>();
        try {
            store.adopt(found -> adopt(found, party -> unknown.merge(party, 1, Integer::sum)));
        } catch (StoreException | RuntimeException e) {
            LOG.log(Level.WARNING, "open hand-overs could not be looked for, which is tried again in a minute: " + e);
        }
        unknown.forEach((party, count) -> LOG.log(Level.WARNING, unknown(party, count)));
    }

    private void adopt(HandOverStore.Open found, Consumer<String> unknown) {
        Location location = new Location(engine.internalUrl(), found.hour(), found.id());
        try {
            Optional<HandOverRecord> left = ledger.adopt(location, found.record(), engine.isStored(location));
            if (left.isEmpty()) {
                return;
            }
            HandOverRecord record = left.get();
            boolean known = parties.apply(record.party()).isPresent();
            boolean due = record.state() == State.TELL && known;
            schedule.putIfAbsent(Entry.of(location, record, due ? record.next() : record.expiresAt()));
            if (!known) {
                unknown.accept(record.party());
            }
        } catch (StoreException | RuntimeException e) { // its record, once it can be read, says which party it is
            Instant end = found.hour().end();
            again(location, new Entry(found.id(), found.hour(), UNKNOWN, UNKNOWN, end, end), e);
        }
    }

    private void adoptAgain(Location location) throws StoreException {
        forget(location);
        Optional<String> json = store.open(location.id(), location.hour());
        if (json.isPresent()) {
            adopt(
                    new HandOverStore.Open(location.id(), location.hour(), json.get()),
                    party -> LOG.log(Level.WARNING, unknown(party, 1)));
        }
    }

    private static String unknown(String party, int count) {
        return "uploads wait for " + party + ", to which this host hands over none: " + count
                + "; set a hand-over of that name, or they stay unfinished until they expire";
    }
}
