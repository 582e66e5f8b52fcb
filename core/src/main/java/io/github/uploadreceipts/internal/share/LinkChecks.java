package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.engine.BoundedExecutor;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Checks whether a request may use a link whose terms are known to be genuine: its subject and its password. */
final class LinkChecks {

    /** How many passwords are hashed at once. */
    private static final int HASHING_THREADS = 2;

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
        if (terms.password().isEmpty() || hasPass(request)) {
            return CompletableFuture.completedFuture(new Admission(terms, Optional.empty(), Optional.empty()));
        }
        if (request.password().isEmpty()) {
            return refused(ProblemType.PASSWORD_REQUIRED);
        }
        return Background.unwrapped(passwords
                .check(request.id(), terms.password().get(), request.password().get(), request.source())
                .thenApply(right -> new Admission(terms, Optional.of(passes.mint(request.token())), Optional.empty())));
    }

    private boolean hasPass(LinkRequest request) {
        return request.pass()
                .filter(pass -> passes.isValid(pass, request.token()))
                .isPresent();
    }

    private static CompletableFuture<Admission> refused(ProblemType type) {
        return CompletableFuture.failedFuture(new UploadRefusedException(Problem.of(type)));
    }
}
