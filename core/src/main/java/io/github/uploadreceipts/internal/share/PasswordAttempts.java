package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * Limits wrong passwords.
 *
 * <ul>
 *   <li>A source that gave three wrong ones has to wait before it may give another: 1 s, then twice as long each time, up
 *       to 5 minutes. A source is the {@linkplain ClientSource network of one client}, or, for one link, an address that
 *       several clients may have.
 *   <li>A link that got 100 wrong ones from anybody is closed for an hour.
 *   <li>Wrong ones are forgotten an hour after the last of them.
 * </ul>
 *
 * <p>An attempt counts as wrong from when it begins, so that attempts at the same time get around nothing. Safe for use
 * by several threads.
 */
final class PasswordAttempts {

    private static final int MOST = 100;
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int FREE = 3;
    private static final long LONGEST_DELAY = 300;

    private final Clock clock;
    private final Map<String, Count> links = new Recent<>();
    private final Map<String, Count> sources = new Recent<>();

    PasswordAttempts(Clock clock) {
        this.clock = clock;
    }

    /**
     * How many attempts were wrong.
     *
     * @param last when the last one was
     * @param before when the one before it was
     */
    private record Count(int wrong, Instant last, Instant before) {}

    /**
     * Checks that an attempt may begin now. Counts nothing.
     *
     * @throws UploadRefusedException if it has to wait
     */
    synchronized void requireAllowed(String link, String source) throws UploadRefusedException {
        Instant now = clock.instant();
        Count ofLink = count(links, link, now);
        Count ofSource = count(sources, network(link, source), now);
        requireOver(ofLink.wrong() < MOST ? Instant.MIN : ofLink.last().plus(HOUR), now);
        requireOver(ofSource.last().plusSeconds(delay(ofSource.wrong())), now);
    }

    /** Counts an attempt as wrong. Returns when it was counted, by which it can be {@linkplain #takeBack taken back}. */
    synchronized Instant add(String link, String source) {
        Instant now = clock.instant();
        raise(links, link, now);
        raise(sources, network(link, source), now);
        return now;
    }

    /** Takes back an attempt that was not wrong. */
    synchronized void takeBack(String link, String source, Instant added) {
        lower(links, link, added);
        lower(sources, network(link, source), added);
    }

    /** Behind a front server that hides them, a client makes others wait at most at the link that they have in common. */
    private static String network(String link, String source) {
        return ClientSource.of(source).orElseGet(() -> source + ' ' + link);
    }

    private static Count count(Map<String, Count> counts, String key, Instant now) {
        Count none = new Count(0, now, now);
        Count count = counts.getOrDefault(key, none);
        if (count.last().isAfter(now)) { // the clock was set back: nobody waits for longer than without that
            count = new Count(count.wrong(), now, now);
            counts.put(key, count);
        }
        return now.isBefore(count.last().plus(HOUR)) ? count : none;
    }

    private static void raise(Map<String, Count> counts, String key, Instant now) {
        Count count = count(counts, key, now);
        counts.put(key, new Count(count.wrong() + 1, now, count.last()));
    }

    private static void lower(Map<String, Count> counts, String key, Instant added) {
        counts.computeIfPresent(key, (same, count) -> {
            Instant last = count.last().equals(added) ? count.before() : count.last();
            return count.wrong() <= 1 ? null : new Count(count.wrong() - 1, last, count.before());
        });
    }

    private static long delay(int wrong) {
        return wrong < FREE ? 0 : Math.min(1L << Math.min(wrong - FREE, 30), LONGEST_DELAY);
    }

    private static void requireOver(Instant end, Instant now) throws UploadRefusedException {
        if (end.isAfter(now)) {
            long seconds = Duration.between(now, end).plusMillis(999).toSeconds();
            throw new UploadRefusedException(Problem.retryAfter(ProblemType.TOO_MANY_PASSWORDS, seconds));
        }
    }
}
