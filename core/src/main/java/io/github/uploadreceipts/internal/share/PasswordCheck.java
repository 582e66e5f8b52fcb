package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Checks passwords, which takes 0.2 s of CPU or more, off the threads of its callers. A right one is remembered for ten
 * minutes, because HTTP Basic repeats it with every request. What is remembered is a MAC under a key that only this
 * process has.
 *
 * <p>No refusal may tell a wrong password from the right one unless the attempt is counted. So whoever has to wait is
 * refused before anything looks at the password, even at a remembered one, and an attempt is taken back only if the
 * password was right.
 *
 * <p>Safe for use by several threads.
 */
final class PasswordCheck {

    private static final int MAX_WAITING = 24;
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private final PasswordAttempts attempts;
    private final Clock clock;
    private final Executor executor;
    private final Matching matching;
    private final byte[] key = new byte[32];
    private final Map<String, Instant> right = new Recent<>();
    private final Map<String, Attempt> running = new HashMap<>();

    /** Compares a password with its verifier. */
    interface Matching {
        boolean matches(PasswordVerifier verifier, String password);
    }

    /** @param executor runs the few checks at once that the host's CPU can be used for */
    PasswordCheck(Clock clock, Executor executor, Matching matching) {
        this.attempts = new PasswordAttempts(clock);
        this.clock = clock;
        this.executor = executor;
        this.matching = matching;
        new SecureRandom().nextBytes(key);
    }

    /**
     * Checks a password, which is not empty. Equal ones at the same time are checked once.
     *
     * @param link names the link
     * @return fails with a {@link RefusedException} if the password is wrong, or may not be tried now
     */
    CompletableFuture<@Nullable Void> check(String link, PasswordVerifier verifier, String password, String source) {
        Attempt attempt;
        synchronized (this) {
            try {
                requireRoom(link, source);
            } catch (RefusedException e) {
                return CompletableFuture.failedFuture(e);
            }
            String name = name(link, password);
            Instant until = right.get(name);
            if (until != null && clock.instant().isBefore(until)) {
                return CompletableFuture.completedFuture(null);
            }
            Attempt same = running.get(name);
            if (same != null) {
                return same.result();
            }
            attempt = new Attempt(name, link, source, attempts.add(link, source), new CompletableFuture<>());
            running.put(name, attempt);
        }
        try {
            executor.execute(() -> run(attempt, verifier, password));
        } catch (RuntimeException e) { // the host is stopping, or its executor is full
            end(attempt, refused(ProblemType.UNAVAILABLE));
        }
        return attempt.result();
    }

    private void requireRoom(String link, String source) throws RefusedException {
        attempts.requireAllowed(link, source);
        if (running.size() == MAX_WAITING) {
            throw refused(ProblemType.UNAVAILABLE);
        }
    }

    /** @param added when it was counted */
    private record Attempt(
            String name, String link, String source, Instant added, CompletableFuture<@Nullable Void> result) {}

    private void run(Attempt attempt, PasswordVerifier verifier, String password) {
        try {
            boolean matches = matching.matches(verifier, password);
            end(attempt, matches ? null : refused(ProblemType.PASSWORD_REQUIRED));
        } catch (RuntimeException | Error e) {
            end(attempt, Background.fault("the check of a share link's password failed", e));
        }
    }

    private void end(Attempt attempt, @Nullable RefusedException failure) {
        synchronized (this) {
            running.remove(attempt.name());
            if (failure == null) {
                attempts.takeBack(attempt.link(), attempt.source(), attempt.added());
                right.put(attempt.name(), clock.instant().plus(REMEMBERED));
            }
        }
        if (failure == null) {
            attempt.result().complete(null);
        } else {
            attempt.result().completeExceptionally(failure);
        }
    }

    private String name(String link, String password) {
        byte[] input = (link + '\0' + password).getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(LinkKeys.hmac(key, input));
    }

    private static UploadRefusedException refused(ProblemType type) {
        return new UploadRefusedException(Problem.of(type));
    }
}
