package io.github.uploadreceipts.internal.share;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.internal.Loggers;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.testing.RecordedLog;
import io.github.uploadreceipts.testing.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PasswordCheckTest {

    private static final PasswordVerifier VERIFIER = PasswordVerifier.of(new byte[PasswordVerifier.BYTES]);
    private static final String LINK = "0011223344556677";

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-21T09:00:00Z"));
    private final AtomicInteger hashed = new AtomicInteger();
    private final Deque<Runnable> queue = new ArrayDeque<>();
    private final PasswordCheck direct = check(Runnable::run);
    private final PasswordCheck queued = check(queue::add);

    private PasswordCheck check(Executor executor) {
        return new PasswordCheck(clock, executor, (verifier, password) -> {
            hashed.incrementAndGet();
            if (password.equals("broken")) {
                throw new IllegalStateException("no hash");
            }
            return password.equals("right");
        });
    }

    private void advance(long seconds) {
        clock.now = clock.now.plusSeconds(seconds);
    }

    private CompletableFuture<@Nullable Void> attempt(String link, String password, String source) {
        return direct.check(link, VERIFIER, password, source);
    }

    /** Returns what the client is told, or empty if the password was right. */
    private static String told(CompletableFuture<@Nullable Void> result) {
        assertThat(result).isDone();
        if (!result.isCompletedExceptionally()) {
            return "";
        }
        Throwable failure = result.handle((right, e) -> e).join();
        assertThat(failure).isInstanceOf(RefusedException.class);
        Problem problem = ((RefusedException) failure).problem();
        return problem.type()
                + problem.retryAfter().stream()
                        .mapToObj(s -> " " + s)
                        .findFirst()
                        .orElse("");
    }

    private static String source(int i) {
        return "192.0.2." + i / 100 + "." + i % 100;
    }

    @Test
    void check_rightAndWrong() {
        assertThat(told(attempt(LINK, "right", "a"))).isEmpty();
        assertThat(told(attempt(LINK, "wrong", "a"))).isEqualTo("PASSWORD_REQUIRED");
        assertThat(told(attempt(LINK, "right", "a"))).isEmpty();
    }

    @Test
    void check_rightOne_rememberedForMinutes_forThisLinkOnly() {
        var unused = attempt(LINK, "right", "a");
        for (int i = 0; i < 1000; i++) {
            assertThat(told(attempt(LINK, "right", source(i)))).isEmpty();
        }
        assertThat(hashed).hasValue(1);
        assertThat(told(attempt("another", "right", "a"))).isEmpty();
        assertThat(hashed).hasValue(2);
        advance(600);
        assertThat(told(attempt(LINK, "right", "a"))).isEmpty();
        assertThat(hashed).hasValue(3);
    }

    @Test
    void check_tenThousandGuessesFromManySources_oneHundredHashed() {
        String told = "";
        for (int i = 0; i < 10_000; i++) {
            told = told(attempt(LINK, "guess" + i, source(i)));
        }
        assertThat(hashed).hasValue(100);
        assertThat(told).isEqualTo("TOO_MANY_PASSWORDS 3600");
        advance(3599);
        assertThat(told(attempt(LINK, "right", "b"))).isEqualTo("TOO_MANY_PASSWORDS 1");
        assertThat(told(attempt("another", "right", "b"))).isEmpty();
        advance(1);
        assertThat(told(attempt(LINK, "right", "b"))).isEmpty();
    }

    /** Attempts at the same time are counted before they are known to be wrong. */
    @Test
    void check_guessesAtTheSameTime_noMoreThanTheLimit() {
        List<CompletableFuture<@Nullable Void>> results = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            results.add(queued.check(LINK, VERIFIER, "guess" + i, source(i)));
            if (i % 50 == 49) {
                runQueue();
            }
        }
        assertThat(hashed).hasValue(100);
        assertThat(results).allSatisfy(result -> assertThat(told(result)).isNotEmpty());
    }

    private void runQueue() {
        for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
            task.run();
        }
    }

    /** A download manager asks for many ranges at once, each with the password. */
    @Test
    void check_theSamePasswordAtTheSameTime_hashedOnce() {
        List<CompletableFuture<@Nullable Void>> results = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            results.add(queued.check(LINK, VERIFIER, "right", "a"));
        }
        assertThat(queue).hasSize(1);
        assertThat(results).noneMatch(CompletableFuture::isDone);
        runQueue();
        assertThat(results).allSatisfy(result -> assertThat(told(result)).isEmpty());
        assertThat(hashed).hasValue(1);
    }

    @Test
    void check_longQueue_refusedForNow_andNotCounted() {
        for (int i = 0; i < 24; i++) {
            assertThat(queued.check("link" + i, VERIFIER, "right", source(i))).isNotDone();
        }
        assertThat(told(queued.check(LINK, VERIFIER, "right", "a"))).isEqualTo("UNAVAILABLE");
        runQueue();
        assertThat(hashed).hasValue(24);
        for (int i = 0; i < 3; i++) {
            assertThat(told(queued.check("link" + i, VERIFIER, "right", "a"))).isEmpty();
        }
    }

    /** Else the refusals would tell a wrong password from a remembered one. */
    @Test
    void check_longQueue_rememberedPasswordRefusedToo() {
        CompletableFuture<@Nullable Void> first = queued.check(LINK, VERIFIER, "right", "a");
        runQueue();
        assertThat(told(first)).isEmpty();
        for (int i = 0; i < 24; i++) {
            assertThat(queued.check("link" + i, VERIFIER, "right", source(i))).isNotDone();
        }
        for (String password : List.of("right", "wrong")) {
            assertThat(told(queued.check(LINK, VERIFIER, password, "b"))).isEqualTo("UNAVAILABLE");
        }
        assertThat(told(queued.check("link0", VERIFIER, "right", "b")))
                .as("one that is being checked")
                .isEqualTo("UNAVAILABLE");
    }

    /** Whoever fills the executor could otherwise guess without end: only a remembered password would be accepted. */
    @Test
    void check_executorFull_refusedForNow_andCounted() {
        PasswordCheck stopped = check(task -> {
            throw new RejectedExecutionException("full");
        });
        for (int i = 0; i < 3; i++) {
            assertThat(told(stopped.check(LINK, VERIFIER, "right", "a"))).isEqualTo("UNAVAILABLE");
        }
        assertThat(told(stopped.check(LINK, VERIFIER, "right", "a"))).isEqualTo("TOO_MANY_PASSWORDS 1");
    }

    @Test
    void check_hashingFails_loggedAndCounted() {
        try (RecordedLog log = RecordedLog.of(Loggers.HOST)) {
            for (int i = 0; i < 3; i++) {
                assertThat(told(attempt(LINK, "broken", "a"))).isEqualTo("STORAGE_FAILED");
            }
            assertThat(log.records())
                    .hasSize(3)
                    .allSatisfy(entry -> assertThat(entry.getThrown()).hasMessage("no hash"));
        }
        assertThat(told(attempt(LINK, "right", "a"))).isEqualTo("TOO_MANY_PASSWORDS 1");
    }

    @Test
    void check_theSameWrongOneAgain_countsEachTime() {
        for (int i = 0; i < 3; i++) {
            assertThat(told(attempt(LINK, "wrong", "a"))).isEqualTo("PASSWORD_REQUIRED");
        }
        assertThat(told(attempt(LINK, "wrong", "a"))).isEqualTo("TOO_MANY_PASSWORDS 1");
        assertThat(hashed).hasValue(3);
    }

    @Test
    void check_oneSource_waitsTwiceAsLongEachTime_whateverTheLink() {
        for (int i = 0; i < 3; i++) {
            assertThat(told(attempt("link" + i, "wrong", "2001:db8::" + i))).isEqualTo("PASSWORD_REQUIRED");
        }
        for (long delay : new long[] {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300}) {
            assertThat(told(attempt(LINK, "right", "2001:db8::9"))).isEqualTo("TOO_MANY_PASSWORDS " + delay);
            assertThat(told(attempt("own", "right", "2001:db8:0:1::9")))
                    .as("another /64")
                    .isEmpty();
            advance(delay - 1);
            assertThat(told(attempt("x", "right", "2001:db8::9"))).isEqualTo("TOO_MANY_PASSWORDS 1");
            advance(1);
            assertThat(told(attempt(LINK, "wrong", "2001:db8::9"))).isEqualTo("PASSWORD_REQUIRED");
        }
        advance(3600);
        assertThat(told(attempt(LINK, "wrong", "2001:db8::9"))).isEqualTo("PASSWORD_REQUIRED");
        assertThat(told(attempt(LINK, "wrong", "2001:db8::9"))).isEqualTo("PASSWORD_REQUIRED");
    }

    /** Behind a front server that hides them, one client must not make all others wait. */
    @Test
    void check_addressThatSeveralMayHave_waitsAtThisLinkOnly() {
        for (int i = 0; i < 3; i++) {
            assertThat(told(attempt(LINK, "guess" + i, "127.0.0.1"))).isEqualTo("PASSWORD_REQUIRED");
        }
        assertThat(told(attempt(LINK, "right", "127.0.0.1"))).isEqualTo("TOO_MANY_PASSWORDS 1");
        assertThat(told(attempt("another", "right", "127.0.0.1"))).isEmpty();
    }

    /**
     * Else a right guess would be accepted and wrong ones refused uncounted, which is an unlimited number of guesses
     * whenever anybody has given the right one.
     */
    @Test
    void check_linkClosed_rememberedPasswordRefusedAsAnyOther() {
        var unused = attempt(LINK, "right", "a");
        for (int i = 0; i < 100; i++) {
            assertThat(told(attempt(LINK, "guess" + i, source(i)))).isEqualTo("PASSWORD_REQUIRED");
        }
        for (String password : List.of("right", "guess", "guess0")) {
            assertThat(told(attempt(LINK, password, "c"))).isEqualTo("TOO_MANY_PASSWORDS 3600");
        }
    }

    @Test
    void check_sourceWaits_rememberedOrRunningPasswordRefusedAsAnyOther() {
        CompletableFuture<@Nullable Void> first = queued.check(LINK, VERIFIER, "right", "a");
        runQueue();
        assertThat(told(first)).isEmpty();
        for (int i = 0; i < 3; i++) {
            CompletableFuture<@Nullable Void> guess = queued.check("link" + i, VERIFIER, "guess", "b");
            runQueue();
            assertThat(told(guess)).isEqualTo("PASSWORD_REQUIRED");
        }
        assertThat(queued.check("another", VERIFIER, "right", "a")).isNotDone();
        for (String link : List.of(LINK, "another")) {
            for (String password : List.of("right", "wrong")) {
                assertThat(told(queued.check(link, VERIFIER, password, "b"))).isEqualTo("TOO_MANY_PASSWORDS 1");
            }
        }
        assertThat(told(queued.check(LINK, VERIFIER, "right", "c")))
                .as("another source")
                .isEmpty();
    }

    /** Who has waited and gives the right password must get on with all its ranges. */
    @Test
    void check_rightAfterWrongOnes_rememberedAtOnce() {
        for (int i = 0; i < 3; i++) {
            assertThat(told(attempt(LINK, "wrong", "a"))).isEqualTo("PASSWORD_REQUIRED");
        }
        advance(1);
        assertThat(told(attempt(LINK, "wrong", "a"))).isEqualTo("PASSWORD_REQUIRED");
        advance(2);
        for (int i = 0; i < 1000; i++) {
            assertThat(told(attempt(LINK, "right", "a"))).isEmpty();
        }
        assertThat(hashed).hasValue(5);
    }

    /** A link that people use all day must not be closed because of what was wrong yesterday. */
    @Test
    void check_rightOnesBetween_wrongOnesForgottenAllTheSame() {
        for (int i = 0; i < 99; i++) {
            assertThat(told(attempt(LINK, "guess" + i, source(i)))).isEqualTo("PASSWORD_REQUIRED");
        }
        for (int i = 0; i < 6; i++) {
            advance(600);
            assertThat(told(attempt(LINK, "right", "a"))).isEmpty();
        }
        for (String source : List.of("b", "c")) {
            assertThat(told(attempt(LINK, "guess", source))).isEqualTo("PASSWORD_REQUIRED");
        }
    }

    /** A right password must not give an attacker, who has a link of his own, new attempts. */
    @Test
    void check_rightPasswordBetween_doesNotResetTheSource() {
        for (int i = 0; i < 3; i++) {
            assertThat(told(attempt(LINK, "guess" + i, "a"))).isEqualTo("PASSWORD_REQUIRED");
            assertThat(told(attempt("own" + i, "right", "a"))).isEqualTo(i < 2 ? "" : "TOO_MANY_PASSWORDS 1");
        }
    }

    @Test
    void check_clockSetBack_nobodyWaitsLonger() {
        assertThat(told(attempt("own", "right", "a"))).isEmpty();
        for (int i = 0; i < 100; i++) {
            var unused = attempt(LINK, "guess" + i, source(i));
        }
        for (int i = 0; i < 3; i++) {
            var unused = attempt("x", "guess" + i, "b");
        }
        clock.now = clock.now.minus(Duration.ofMinutes(30));
        assertThat(told(attempt("another", "right", "a"))).as("no mistake").isEmpty();
        assertThat(told(attempt("another", "right", "192.0.2.0.1")))
                .as("one mistake")
                .isEmpty();
        assertThat(told(attempt("another", "right", "b"))).isEqualTo("TOO_MANY_PASSWORDS 1");
        assertThat(told(attempt(LINK, "right", "a"))).isEqualTo("TOO_MANY_PASSWORDS 3600");
        advance(1);
        assertThat(told(attempt("another", "right", "b"))).isEmpty();
        advance(3599);
        assertThat(told(attempt(LINK, "right", "a"))).isEmpty();
    }

    @Test
    void check_clockSetBackByAYear_closedForAnHour() {
        for (int i = 0; i < 100; i++) {
            var unused = attempt(LINK, "guess" + i, source(i));
        }
        clock.now = clock.now.minus(Duration.ofDays(365));
        assertThat(told(attempt(LINK, "right", "b"))).isEqualTo("TOO_MANY_PASSWORDS 3600");
        advance(3600);
        assertThat(told(attempt(LINK, "right", "b"))).isEmpty();
    }
}
