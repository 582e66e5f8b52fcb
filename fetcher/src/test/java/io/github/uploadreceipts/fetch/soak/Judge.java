package io.github.uploadreceipts.fetch.soak;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Decides which refusals and broken connections the faults of the hosts explain, and reports the others. */
final class Judge {

    /** For how long hosts leave a silent peer alone, and a little more. */
    private static final long BREAKER_SECONDS = 36;

    private static final long AFTER_SECONDS = 3;

    private final FaultLog faults;
    private final boolean small;
    private final Figures figures;
    private final Findings findings;

    /** @param small whether hosts have disks that fill up */
    Judge(FaultLog faults, boolean small, Figures figures, Findings findings) {
        this.faults = faults;
        this.small = small;
        this.figures = figures;
        this.findings = findings;
    }

    /**
     * A request to a host.
     *
     * @param needsSpace whether a full disk may refuse it
     * @param shaken whether an earlier request about the same upload was broken off, and may not be over at the host
     */
    record Attempt(Member member, Request request, long begin, boolean needsSpace, boolean shaken) {

        @Override
        public String toString() {
            return request.method() + " " + shortened(request.target()) + " at " + member + " after "
                    + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) + " ms";
        }

        private static String shortened(String target) {
            return target.length() > 24 ? target.substring(0, 9) + "…" + target.substring(target.length() - 8) : target;
        }
    }

    Figures figures() {
        return figures;
    }

    Findings findings() {
        return findings;
    }

    /** Judges a response that is no success. */
    void refused(Attempt attempt, Response response) {
        figures.count("refusal " + response.problem());
        boolean explained = switch (response.status()) {
            case 503 -> small || faults.since(attempt.begin(), BREAKER_SECONDS, spell -> true);
            case 507 -> (small && attempt.needsSpace()) || isWithoutDisk(attempt);
            case 500 -> isWithoutDisk(attempt);
            case 408 -> isHindered(attempt);
            case 409, 423 -> attempt.shaken() || isHindered(attempt);
            default -> false;
        };
        if (!explained) {
            report(
                    "refused " + attempt.request().method() + " " + response.status() + " " + response.problem(),
                    attempt,
                    response.toString());
        }
    }

    private boolean isWithoutDisk(Attempt attempt) {
        return faults.since(
                attempt.begin(), AFTER_SECONDS, spell -> spell.fault().isOfDisk());
    }

    private boolean isHindered(Attempt attempt) {
        return faults.since(
                attempt.begin(), AFTER_SECONDS, spell -> spell.fault().isOfProcess());
    }

    /** Judges a connection that ended without a response. */
    void failed(Attempt attempt, IOException failure) {
        figures.count("broken connections");
        if (!faults.since(
                attempt.begin(),
                AFTER_SECONDS,
                spell ->
                        spell.member().equals(attempt.member()) && spell.fault().isOfProcess())) {
            report("no response", attempt, failure.toString());
        }
    }

    /** Returns whether the host itself has had no fault since the request began. */
    boolean isWell(Attempt attempt) {
        return !faults.since(
                attempt.begin(), AFTER_SECONDS, spell -> spell.member().equals(attempt.member()));
    }

    void report(String kind, Attempt attempt, String what) {
        findings.add(kind, attempt + ": " + what + "; faults: " + faults.lately());
    }
}
