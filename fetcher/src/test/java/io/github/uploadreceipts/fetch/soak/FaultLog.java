package io.github.uploadreceipts.fetch.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Which faults were when, by {@link System#nanoTime}. */
final class FaultLog {

    /** A fault of a host. One that lasts has no end yet. */
    record Spell(Member member, Fault fault, long begin, long end) {

        boolean overlaps(long from, long to) {
            return begin - to <= 0 && (end == LASTS || end - from >= 0);
        }
    }

    private static final long LASTS = Long.MAX_VALUE;

    private final List<Spell> spells = new ArrayList<>();

    synchronized void begin(Member member, Fault fault) {
        spells.add(new Spell(member, fault, System.nanoTime(), LASTS));
    }

    synchronized void end(Member member) {
        spells.replaceAll(spell -> spell.member().equals(member) && spell.end() == LASTS
                ? new Spell(member, spell.fault(), spell.begin(), System.nanoTime())
                : spell);
    }

    /**
     * Returns whether there was such a fault since a moment, or for some time before it.
     *
     * @param secondsBefore for how long a fault has consequences after its end
     */
    synchronized boolean since(long moment, long secondsBefore, Predicate<Spell> what) {
        long from = moment - TimeUnit.SECONDS.toNanos(secondsBefore);
        return spells.stream().anyMatch(spell -> what.test(spell) && spell.overlaps(from, System.nanoTime()));
    }

    /** Returns what was lately, for a message. */
    synchronized String lately() {
        long now = System.nanoTime();
        return spells.stream()
                .filter(spell -> spell.overlaps(now - TimeUnit.SECONDS.toNanos(40), now))
                .map(spell -> spell.member() + " " + spell.fault() + " "
                        + TimeUnit.NANOSECONDS.toMillis(now - spell.begin()) + " ms ago"
                        + (spell.end() == LASTS
                                ? ", lasts"
                                : " until " + TimeUnit.NANOSECONDS.toMillis(now - spell.end()) + " ms ago"))
                .toList()
                .toString();
    }
}
