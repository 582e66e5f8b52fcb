package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Limits wrong passwords. A source that gave three wrong ones has to wait before it may give another: 1 s, then twice as
 * long each time, up to 5 minutes. A source is a {@linkplain ClientSource network of one client}. A link that got 100 wrong ones from anybody is closed for an hour. What was wrong is
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
        Optional<String> network = ClientSource.of(source);
        Count ofLink = count(links, link, now);
        Optional<Count> ofSource = network.map(known -> count(sources, known, now));
        requireOver(ofLink.wrong() < MOST ? Instant.MIN : ofLink.last().plus(HOUR), now);
        if (ofSource.isPresent()) {
            requireOver(ofSource.get().last().plusSeconds(delay(ofSource.get().wrong())), now);
            sources.put(network.get(), new Count(ofSource.get().wrong() + 1, now));
        }
        links.put(link, new Count(ofLink.wrong() + 1, now));
    }

    /** Ends an attempt that was not wrong. */
    synchronized void takeBack(String link, String source) {
        lower(links, link);
        ClientSource.of(source).ifPresent(network -> lower(sources, network));
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
