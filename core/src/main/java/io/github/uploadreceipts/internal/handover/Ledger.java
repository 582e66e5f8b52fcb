package io.github.uploadreceipts.internal.handover;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.handover.Verdict.Status;
import io.github.uploadreceipts.internal.handover.HandOverRecord.State;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.Location;
import io.github.uploadreceipts.store.StoreException;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * The records of hand-overs, and how they change: each change is durable when its method returns. Every method blocks on
 * the disk. Safe for use by several threads.
 */
final class Ledger {

    private static final int STRIPES = 64;

    private final HandOverStore store;
    private final Clock clock;
    private final ReentrantLock[] locks = new ReentrantLock[STRIPES];

    /**
     * What a change has led to.
     *
     * @param news whether the party has not said the same before
     * @param open the record, if the hand-over is still open
     * @param verdict what the application says about the upload now
     */
    record Change(boolean news, Optional<HandOverRecord> open, Verdict verdict) {}

    Ledger(HandOverStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    /** What is done while nothing else changes a hand-over. */
    interface Step<T, X extends Exception> {
        T run() throws StoreException, X;
    }

    /**
     * Runs a step while nothing else of this process changes the hand-over, not even that of another upload of this id, which
     * is in the same slot of a ticket.
     */
    <T, X extends Exception> T locked(Location location, Step<T, X> step) throws StoreException, X {
        ReentrantLock lock = locks[Math.floorMod(location.id().hashCode(), STRIPES)];
        lock.lock();
        try {
            return step.run();
        } finally {
            lock.unlock();
        }
    }

    /** Begins a hand-over. Returns false if the upload is published already. */
    boolean begin(Location location, HandOverRecord record) throws StoreException {
        String json = record.toJson();
        if (json.length() > HandOverStore.MAX_RECORD) {
            throw new StoreException.Failed("the record of a hand-over is too long", null);
        }
        return store.begin(location.id(), location.hour(), json);
    }

    /** Forgets a hand-over whose upload was not published. Returns whether it is forgotten. */
    boolean abandon(Location location) throws StoreException {
        Optional<String> record = store.open(location.id(), location.hour());
        if (record.isPresent()) {
            store.abandon(location.id(), location.hour(), record.get());
        }
        return store.open(location.id(), location.hour()).isEmpty();
    }

    /** Returns the record, if the hand-over is open. */
    Optional<HandOverRecord> open(Location location) throws StoreException {
        Optional<String> json = store.open(location.id(), location.hour());
        return json.isPresent() ? Optional.of(parse(json.get())) : Optional.empty();
    }

    /**
     * Returns a record that a process has left that has ended, if there is still something to do.
     *
     * @param stored whether its upload is stored
     */
    Optional<HandOverRecord> adopt(Location location, String json, boolean stored) throws StoreException {
        if (!stored) {
            store.abandon(location.id(), location.hour(), json);
            return Optional.empty();
        }
        return ended(location, json) ? Optional.empty() : Optional.of(parse(json));
    }

    /** Returns what the application says about an upload. About one that was never handed over it is <i>done</i>. */
    Verdict verdict(Location location) throws StoreException {
        return known(location).orElse(Verdict.done());
    }

    /** Returns what the application says about an upload; empty about one that was never handed over. */
    Optional<Verdict> known(Location location) throws StoreException {
        Optional<String> open = store.open(location.id(), location.hour());
        if (open.isPresent() && !ended(location, open.get())) {
            return Optional.of(Verdict.waiting());
        }
        return decision(location).map(Decision::verdict);
    }

    /**
     * Ends a hand-over that has a verdict, if a crash came before that was done: a client that was told the verdict must not be
     * told that there is none. Returns whether it has one.
     */
    private boolean ended(Location location, String open) throws StoreException {
        Optional<String> verdict = store.verdict(location.id(), location.hour());
        if (verdict.isPresent()) {
            store.decide(location.id(), location.hour(), open, verdict.get());
        }
        return verdict.isPresent();
    }

    private Optional<Decision> decision(Location location) throws StoreException {
        Optional<String> json = store.verdict(location.id(), location.hour());
        try {
            return json.isPresent() ? Optional.of(Decision.parse(json.get())) : Optional.empty();
        } catch (IOException e) {
            throw new StoreException.Failed(String.valueOf(e.getMessage()), e);
        }
    }

    private static HandOverRecord parse(String json) throws StoreException {
        try {
            return HandOverRecord.parse(json);
        } catch (IOException e) {
            throw new StoreException.Failed(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Records what a party says.
     *
     * @throws UploadRefusedException if the party has said otherwise before, or it is not its turn, or the upload is gone
     */
    Change said(Location location, String party, Verdict verdict) throws StoreException, UploadRefusedException {
        return locked(location, () -> {
            Optional<Change> change = Optional.empty();
            while (change.isEmpty()) {
                Optional<String> known = store.open(location.id(), location.hour());
                change = known.isPresent()
                        ? change(location, known.get(), party, verdict)
                        : Optional.of(repeated(location, party, verdict));
            }
            return change.get();
        });
    }

    /** Returns empty, and changes nothing, if another process has changed the record after this one has read it. */
    private Optional<Change> change(Location location, String known, String party, Verdict verdict)
            throws StoreException, UploadRefusedException {
        HandOverRecord record = parse(known);
        if (!clock.instant().isBefore(record.expiresAt())) {
            throw gone();
        }
        int place = place(record.parties(), party, record.turn());
        if (place < record.turn()) {
            requireSame(verdict, Status.DONE);
            return Optional.of(new Change(false, Optional.of(record), Verdict.waiting()));
        }
        try {
            return change(location, known, record, verdict);
        } catch (StoreException.Gone e) { // another process has decided, or the upload is gone
            return Optional.of(repeated(location, party, verdict));
        }
    }

    private Optional<Change> change(Location location, String known, HandOverRecord record, Verdict verdict)
            throws StoreException {
        Instant now = clock.instant();
        return switch (verdict.status()) {
            case WAITING -> {
                boolean news = record.state() != State.WAIT;
                yield news
                        ? replaced(location, known, record.in(State.WAIT, now))
                        : Optional.of(new Change(false, Optional.of(record), verdict));
            }
            case REFUSED -> decided(location, known, record, verdict);
            case DONE -> {
                Optional<String> data = verdict.data().isPresent() ? verdict.data() : record.data();
                yield record.isLast()
                        ? decided(location, known, record, new Verdict(Status.DONE, Optional.empty(), data))
                        : replaced(location, known, record.advanced(data, now));
            }
        };
    }

    private Optional<Change> replaced(Location location, String known, HandOverRecord record) throws StoreException {
        return store.replace(location.id(), location.hour(), known, record.toJson())
                ? Optional.of(new Change(true, Optional.of(record), Verdict.waiting()))
                : Optional.empty();
    }

    private Optional<Change> decided(Location location, String known, HandOverRecord record, Verdict verdict)
            throws StoreException {
        Decision decision = new Decision(verdict, record.parties(), record.turn());
        return store.decide(location.id(), location.hour(), known, decision.toJson())
                ? Optional.of(new Change(true, Optional.empty(), verdict))
                : Optional.empty();
    }

    /** Compares what a party says with how the hand-over has ended. */
    private Change repeated(Location location, String party, Verdict verdict)
            throws StoreException, UploadRefusedException {
        Decision ended = decision(location).orElseThrow(Ledger::gone);
        int place = place(ended.parties(), party, ended.turn());
        requireSame(verdict, place == ended.turn() ? ended.verdict().status() : Status.DONE);
        return new Change(false, Optional.empty(), ended.verdict());
    }

    private static int place(List<String> parties, String party, int turn) throws UploadRefusedException {
        int place = parties.indexOf(party);
        if (place < 0 || place > turn) {
            throw notWaiting(
                    place < 0 ? "The upload is not handed over to that party." : "It is not that party's turn.");
        }
        return place;
    }

    /** A party that waits may have been finished before its response was recorded. */
    private static void requireSame(Verdict verdict, Status said) throws UploadRefusedException {
        if (verdict.status() != said && verdict.status() != Status.WAITING) {
            throw notWaiting("That party has said otherwise before.");
        }
    }

    /**
     * Records that a party could not be told.
     *
     * @return the record; empty if the turn of that party is over
     */
    Optional<HandOverRecord> failed(Location location, HandOverRecord told, Instant retry) throws StoreException {
        return changed(location, isAtTurn(told), record -> record.failed(retry));
    }

    /** Records that a party wants to be told no more. */
    Optional<HandOverRecord> ended(Location location, HandOverRecord told) throws StoreException {
        return changed(location, isAtTurn(told), record -> record.in(State.ENDED, clock.instant()));
    }

    private static Predicate<HandOverRecord> isAtTurn(HandOverRecord told) {
        return record -> record.turn() == told.turn() && record.state() == State.TELL;
    }

    /**
     * Records that the application is told that an upload has expired.
     *
     * @return the record; empty if the hand-over is not open, or the application was told before
     */
    Optional<HandOverRecord> expired(Location location) throws StoreException {
        return changed(location, record -> !record.expiryTold(), HandOverRecord::expired);
    }

    private Optional<HandOverRecord> changed(
            Location location, Predicate<HandOverRecord> where, UnaryOperator<HandOverRecord> change)
            throws StoreException {
        return locked(location, () -> {
            while (true) {
                Optional<String> known = store.open(location.id(), location.hour());
                Optional<HandOverRecord> changed = known.isPresent()
                        ? Optional.of(parse(known.get())).filter(where).map(change)
                        : Optional.empty();
                if (changed.isEmpty()
                        || store.replace(
                                location.id(),
                                location.hour(),
                                known.get(),
                                changed.get().toJson())) {
                    return changed;
                }
            }
        });
    }

    private static UploadRefusedException gone() {
        return new UploadRefusedException(Problem.of(ProblemType.UPLOAD_GONE));
    }

    private static UploadRefusedException notWaiting(String detail) {
        return new UploadRefusedException(Problem.of(ProblemType.NOT_WAITING, detail));
    }
}
