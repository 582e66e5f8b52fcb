package io.github.uploadreceipts.problem;

/** An upload is refused: not permitted, over a limit, malformed, or there is no room for it. */
public final class UploadRefusedException extends RefusedException {

    private static final long serialVersionUID = 1;

    /** Refuses with {@code problem}. */
    public UploadRefusedException(Problem problem) {
        super(problem.type() + problem.detail().map(detail -> ": " + detail).orElse(""), problem);
    }
}
