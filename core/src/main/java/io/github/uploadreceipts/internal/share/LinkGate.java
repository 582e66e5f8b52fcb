package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.engine.BoundedExecutor;
import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Decides who may use a share link: the one place where its token, subject, password and downloads are checked.
 *
 * <p>Safe for use by several threads.
 */
public final class LinkGate {

    /** How many passwords are hashed at once. */
    private static final int HASHING_THREADS = 2;

    private final LinkTokens tokens;
    private final LinkPasses passes;
    private final PasswordCheck passwords;

    /** Creates the gate of a host. */
    public LinkGate(Engine engine) {
        this(engine, PasswordVerifier::matches);
    }

    LinkGate(Engine engine, PasswordCheck.Matching matching) {
        this.tokens = new LinkTokens(engine.keyRing(), engine.clock());
        this.passes = new LinkPasses(new LinkKeys(engine.keyRing(), engine.clock(), "share-pass/1"), engine.clock());
        this.passwords =
                new PasswordCheck(engine.clock(), new BoundedExecutor(HASHING_THREADS, engine.executor()), matching);
    }

    /** Returns what mints and verifies the tokens of links. */
    public LinkTokens tokens() {
        return tokens;
    }

    /**
     * Decides about a request. Does not wait.
     *
     * @return the permission. The future fails with a {@link RefusedException} if the request may not use the link. It
     *     may be completed on a thread that must not be blocked.
     */
    public CompletableFuture<Admission> admit(LinkRequest request) {
        try {
            LinkTerms terms = tokens.verify(request.token());
            requireSubject(terms, request);
            return admit(request, terms);
        } catch (RefusedException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static void requireSubject(LinkTerms terms, LinkRequest request) throws UploadRefusedException {
        Optional<String> subject = terms.upload().subject();
        if (subject.isPresent() && !subject.equals(request.subject())) {
            throw new UploadRefusedException(Problem.of(ProblemType.NOT_FOUND));
        }
    }

    private CompletableFuture<Admission> admit(LinkRequest request, LinkTerms terms) throws UploadRefusedException {
        boolean passed = terms.password().isEmpty()
                || request.pass()
                        .filter(pass -> passes.isValid(pass, request.token()))
                        .isPresent();
        if (passed) {
            return CompletableFuture.completedFuture(new Admission(terms, Optional.empty(), Optional.empty()));
        }
        String password = request.password()
                .filter(text -> !text.isEmpty())
                .orElseThrow(() -> new UploadRefusedException(Problem.of(ProblemType.PASSWORD_REQUIRED)));
        CompletableFuture<Admission> result = new CompletableFuture<>();
        var unused = passwords
                .check(request.id(), terms.password().get(), password, request.source())
                .whenComplete((right, failure) -> {
                    if (failure == null) {
                        result.complete(
                                new Admission(terms, Optional.of(passes.mint(request.token())), Optional.empty()));
                    } else {
                        result.completeExceptionally(failure);
                    }
                });
        return result;
    }

    /** Gives a counted download back, because next to nothing of it was sent. */
    public void giveBack(Admission admission) {}
}
