package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.handover.Verdict;
import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.UploadRefusedException;
import java.io.IOException;

/** An upload cannot be used: its application is not done with it, or has refused it. */
public final class UnfinishedException extends IOException {

    private static final long serialVersionUID = 1;

    private static final int RETRY_SECONDS = 5;

    private final transient Verdict verdict;

    /** Creates the exception for an upload with this verdict. */
    public UnfinishedException(Verdict verdict) {
        super(
                verdict.status() == Verdict.Status.REFUSED
                        ? "the application has refused the upload"
                        : "the application is not done with the upload");
        this.verdict = verdict;
    }

    /** Returns the refusal that a client gets, which may try again after {@code Retry-After} while the verdict is open. */
    public UploadRefusedException refusal() {
        return new UploadRefusedException(
                verdict.status() == Verdict.Status.REFUSED
                        ? Problem.of(ProblemType.UPLOAD_REFUSED)
                        : Problem.retryAfter(ProblemType.UPLOAD_UNFINISHED, RETRY_SECONDS));
    }

    /** Returns what the application has said. */
    public Verdict verdict() {
        return verdict;
    }
}
