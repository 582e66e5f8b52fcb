package io.github.uploadreceipts.fetch.soak;

import io.github.uploadreceipts.fetch.soak.Request.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Decides which refusals and broken connections the faults of the hosts explain, and reports the others. */
final class Judge {

    /**
     * A request to a host.
     *
     * @param again whether an earlier request about the same upload was broken off, and may not be over at its host
     */
    record Attempt(Host host, Request request, long begin, boolean again) {

        @Override
        public String toString() {
            return request + " at " + host + " after " + millisSince(begin) + " ms";
        }
    }

    /** A fault of a host. One that lasts has no end yet. */
    private record Spell(Host host, Fault fault, long begin, long end) {

        boolean overlaps(long from) {
            return end == LASTS || end - from >= 0;
        }

        @Override
        public String toString() {
            return host + " " + fault + " " + millisSince(begin) + " ms ago"
                    + (end == LASTS ? ", lasts" : " until " + millisSince(end) + " ms ago");
        }
    }

    /** A row of the table: these statuses may be the response to these requests because of this. */
    private record Allowed(Set<Integer> statuses, Set<Kind> to, Predicate<Attempt> because) {}

    private static final long LASTS = Long.MAX_VALUE;
    private static final int NO_RESPONSE = 0;

    /** For how many seconds a fault explains something after its end. */
    private static final int AFTER = 3;

    /** As long as hosts leave a silent peer alone, and a little more. */
    private static final int BREAKER = 36;

    private static final Set<Kind> ALL = EnumSet.allOf(Kind.class);
    private static final Set<Kind> NEW = EnumSet.of(Kind.NEW);
    private static final Set<Kind> OF_KNOWN_UPLOADS = EnumSet.complementOf(EnumSet.of(Kind.SMALL, Kind.NEW));
    private static final Set<Kind> WITH_BYTES =
            EnumSet.of(Kind.NEW, Kind.APPEND, Kind.CONCATENATION, Kind.ORDER_WITH_FILES);

    /**
     * What may be instead of success. Everything else is a finding: above all 404 and 410, because nothing is gone, and
     * 500, because a disk that is not there comes back. An own fault is one of the host that was asked; the others count because hosts relay and fetch.
     */
    private final List<Allowed> table = List.of(
            new Allowed(Set.of(NO_RESPONSE), ALL, own(Fault.OF_PROCESS)),
            new Allowed(Set.of(503), OF_KNOWN_UPLOADS, any(Fault.ALL, BREAKER)),
            new Allowed(Set.of(503), NEW, own(Fault.OF_DISK)),
            new Allowed(Set.of(503), NEW, own(Fault.DRAINS).or(attempt -> isSmall())), // relayed to a peer that is away
            new Allowed(Set.of(408, 423), WITH_BYTES, any(Fault.OF_PROCESS, AFTER)), // bytes paused for too long
            new Allowed(Set.of(409, 423), OF_KNOWN_UPLOADS, Attempt::again),
            new Allowed(Set.of(507), WITH_BYTES, attempt -> isSmall()),
            new Allowed(Set.of(507), OF_KNOWN_UPLOADS, any(Fault.FULL, AFTER)));

    private final boolean small;
    private final Report report;
    private final List<Spell> spells = new ArrayList<>();

    /** @param small whether hosts have disks that fill up */
    Judge(boolean small, Report report) {
        this.small = small;
        this.report = report;
    }

    private boolean isSmall() {
        return small;
    }

    private Predicate<Attempt> own(Set<Fault> faults) {
        return attempt ->
                had(attempt, AFTER, spell -> spell.host() == attempt.host() && faults.contains(spell.fault()));
    }

    private Predicate<Attempt> any(Set<Fault> faults, int seconds) {
        return attempt -> had(attempt, seconds, spell -> faults.contains(spell.fault()));
    }

    private synchronized boolean had(Attempt attempt, int seconds, Predicate<Spell> what) {
        long from = attempt.begin() - TimeUnit.SECONDS.toNanos(seconds);
        return spells.stream().anyMatch(spell -> spell.overlaps(from) && what.test(spell));
    }

    synchronized void begin(Host host, Fault fault) {
        spells.add(new Spell(host, fault, System.nanoTime(), LASTS));
    }

    synchronized void end(Host host, Fault fault) {
        spells.replaceAll(spell -> spell.host() == host && spell.fault() == fault && spell.end() == LASTS
                ? new Spell(host, fault, spell.begin(), System.nanoTime())
                : spell);
    }

    /** Judges a response that is no success. */
    void refused(Attempt attempt, Response response) {
        report.count("refusal " + response.status() + " " + response.problem(), attempt.host());
        String shown = attempt.request().method() + " " + response.status() + " " + response.problem();
        if (!isAllowed(attempt, response.status())) {
            finding("refused " + shown, attempt, response.toString());
        }
        if (Set.of(429, 503, 507).contains(response.status())
                && response.field("Retry-After").isEmpty()) {
            finding("no Retry-After " + shown, attempt, response.toString());
        }
    }

    /** Judges a connection that ended without a response. */
    void failed(Attempt attempt, IOException failure) {
        report.count("no response", attempt.host());
        if (!isAllowed(attempt, NO_RESPONSE)) {
            finding("no response", attempt, failure.toString());
        }
    }

    private boolean isAllowed(Attempt attempt, int status) {
        return table.stream()
                .anyMatch(row -> row.statuses().contains(status)
                        && row.to().contains(attempt.request().kind())
                        && row.because().test(attempt));
    }

    /** Returns whether the host itself has had no fault since the request began. */
    boolean isWell(Attempt attempt) {
        return !own(Fault.ALL).test(attempt);
    }

    synchronized void finding(String kind, Attempt attempt, String what) {
        long lately = attempt.begin() - TimeUnit.SECONDS.toNanos(AFTER);
        List<Spell> faults =
                spells.stream().filter(spell -> spell.overlaps(lately)).toList();
        report.finding(kind, attempt + ": " + what + "; faults: " + faults);
    }

    Report report() {
        return report;
    }

    private static long millisSince(long moment) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - moment);
    }
}
