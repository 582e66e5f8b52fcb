package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * Limits wrong passwords. A source that gave three wrong ones has to wait before it may give another: 1 s, then twice as
 * long each time, up to 5 minutes. A source is the {@linkplain ClientSource network of one client}, or what asks from an address that others may have, for one link. A link that got 100 wrong ones from anybody is closed for an hour. What was wrong is
 * forgotten an hour after the last wrong one. Safe for use by several threads.
 *
 * <p>An attempt counts as wrong from when it begins, so that attempts at the same time get around nothing.
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
     */
    private record Count(int wrong, Instant last) {}

    /**
     * Begins an attempt.
     *
     * @throws UploadRefusedException if it has to wait
     */
    synchronized void begin(String link, String source) throws UploadRefusedException {
        Instant now = clock.instant();
        String network = network(link, source);
        Count ofLink = count(links, link, now);
        Count ofSource = count(sources, network, now);
        requireOver(ofLink.wrong() < MOST ? Instant.MIN : ofLink.last().plus(HOUR), now);
        requireOver(ofSource.last().plusSeconds(delay(ofSource.wrong())), now);
        links.put(link, new Count(ofLink.wrong() + 1, now));
        sources.put(network, new Count(ofSource.wrong() + 1, now));
    }

    /** Ends an attempt that was not wrong. */
    synchronized void takeBack(String link, String source) {
        lower(links, link);
        lower(sources, network(link, source));
    }

    /** Behind a front server that hides them, a client makes others wait at most at the link that they have in common. */
    private static String network(String link, String source) {
        return ClientSource.of(source).orElseGet(() -> source + ' ' + link);
    }

    private static Count count(Map<String, Count> counts, String key, Instant now) {
        Count none = new Count(0, now);
        Count count = counts.getOrDefault(key, none);
        boolean over = !now.isBefore(count.last().plus(HOUR));
        boolean ahead = count.last().isAfter(now.plus(HOUR)); // the clock was set back
        return over || ahead ? none : count;
    }

    private static void lower(Map<String, Count> counts, String key) {
        counts.computeIfPresent(key, (same, count) -> new Count(Math.max(0, count.wrong() - 1), count.last()));
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
