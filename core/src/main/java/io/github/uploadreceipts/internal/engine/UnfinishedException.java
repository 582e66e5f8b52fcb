package io.github.uploadreceipts.internal.engine;

import io.github.uploadreceipts.handover.Verdict;
import java.io.IOException;

/** An upload cannot be used: its application is not done with it, or has refused it. */
public final class UnfinishedException extends IOException {

    private static final long serialVersionUID = 1;

    private final transient Verdict verdict;

    /** Creates the exception for an upload with this verdict. */
    public UnfinishedException(Verdict verdict) {
        super(
                verdict.status() == Verdict.Status.REFUSED
                        ? "the application has refused the upload"
                        : "the application is not done with the upload");
        this.verdict = verdict;
    }

    /** Returns what the application has said. */
    public Verdict verdict() {
        return verdict;
    }
}
