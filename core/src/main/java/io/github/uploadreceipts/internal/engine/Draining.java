package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.store.ExpiryHour;
import io.github.uploadreceipts.store.StoreException;
import io.github.uploadreceipts.store.UploadStore;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Whether an operator is draining a host, by a call or by the store, and when nothing of it is needed any more. */
public final class Draining {

    private static final Logger LOG = System.getLogger(Loggers.HOST);
    private static final int INTERVAL_SECONDS = 60;

    private final UploadStore store;
    private final Clock clock;
    private final Vitals vitals;
    private final Duration timeToLive;
    private volatile boolean asked;
    private boolean told;
    private Optional<Instant> toldUntil = Optional.empty();

    /** @param timeToLive how long an upload is kept that is being received now */
    Draining(UploadStore store, Clock clock, Vitals vitals, Duration timeToLive) {
        this.store = store;
        this.clock = clock;
        this.vitals = vitals;
        this.timeToLive = timeToLive;
    }

    void start(HostThreads threads) {
        threads.repeat(INTERVAL_SECONDS, INTERVAL_SECONDS, this::tell);
    }

    /** Starts or stops to drain the host, until the process ends. */
    public void set(boolean on) {
        asked = on;
    }

    /** Returns whether no new upload may begin here. */
    public boolean isOn() {
        return asked || store.isDraining();
    }

    void requireOff() throws UploadRefusedException {
        if (isOn()) {
            throw new UploadRefusedException(Problem.of(ProblemType.UNAVAILABLE, "The host is being drained."));
        }
    }

    /**
     * Returns when the last upload that the host keeps, or is receiving, expires; empty if nothing that has not expired is
     * left.
     */
    public Optional<Instant> keepsUntil() throws StoreException {
        Instant now = clock.instant();
        if (vitals.inFlight() > 0) { // asked first: what is stored meanwhile is then found in the store
            return Optional.of(ExpiryHour.of(now.plus(timeToLive)).end());
        }
        return store.latestHour().map(ExpiryHour::end).filter(end -> end.isAfter(now));
    }

    /** Tells the log of every change while the host is drained. Used by one thread at a time. */
    void tell() {
        if (!isOn()) {
            told = false;
            return;
        }
        try {
            Optional<Instant> until = keepsUntil();
            if (told && until.equals(toldUntil)) {
                return;
            }
            told = true;
            toldUntil = until;
            LOG.log(
                    Level.INFO,
                    until.map(end -> "this host is being drained; the last of its uploads expires by " + end)
                            .orElse("this host is drained: it keeps no upload that has not expired, and can be"
                                    + " taken away"));
        } catch (StoreException e) {
            LOG.log(Level.WARNING, "this host is being drained, but its uploads cannot be listed: " + e.getMessage());
        }
    }
}
