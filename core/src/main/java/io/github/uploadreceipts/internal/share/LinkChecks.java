package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.engine.BoundedExecutor;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Checks whether a request may use a link whose terms are known to be genuine: its subject and its password. */
final class LinkChecks {

    /** How many passwords are hashed at once. */
    private static final int HASHING_THREADS = 2;

    /** For how long the pass of a download stands in for the password. */
    private static final Duration DOWNLOAD = Duration.ofMinutes(10);

    private final LinkPasses passes;
    private final PasswordCheck passwords;

    LinkChecks(Engine engine, PasswordCheck.Matching matching) {
        this.passes = new LinkPasses(new LinkKeys(engine.keyRing(), engine.clock(), "share-pass/1"), engine.clock());
        this.passwords =
                new PasswordCheck(engine.clock(), new BoundedExecutor(HASHING_THREADS, engine.executor()), matching);
    }

    /** Returns the permission. The future fails with a {@link RefusedException} if there is none. */
    CompletableFuture<Admission> check(LinkRequest request, LinkTerms terms) {
        Optional<String> subject = terms.upload().subject();
        if (subject.isPresent() && !subject.equals(request.subject())) {
            return refused(ProblemType.NOT_FOUND);
        }
        return checkPassword(request, terms.password(), DOWNLOAD)
                .thenApply(pass -> new Admission(terms, pass, Optional.empty()));
    }

    /**
     * Checks the password, or the pass that stands in for it.
     *
     * @param life for how long a new pass stands in for it
     * @return a pass, if the password was given. The future fails with a {@link RefusedException} if it is needed, and
     *     neither is right
     */
    CompletableFuture<Optional<String>> checkPassword(
            LinkRequest request, Optional<PasswordVerifier> verifier, Duration life) {
        if (verifier.isEmpty() || hasPass(request)) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        if (request.password().isEmpty()) {
            return refused(ProblemType.PASSWORD_REQUIRED);
        }
        return Background.unwrapped(passwords
                .check(request.id(), verifier.get(), request.password().get(), request.source())
                .thenApply(right -> Optional.of(passes.mint(request.token(), life))));
    }

    private boolean hasPass(LinkRequest request) {
        return request.pass()
                .filter(pass -> passes.isValid(pass, request.token()))
                .isPresent();
    }

    private static <T> CompletableFuture<T> refused(ProblemType type) {
        return CompletableFuture.failedFuture(new UploadRefusedException(Problem.of(type)));
    }
}
