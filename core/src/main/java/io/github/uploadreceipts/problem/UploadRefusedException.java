package io.github.uploadreceipts.problem;

/** An upload is refused: it is not permitted, exceeds a limit or is malformed, or the host cannot store it. */
public final class UploadRefusedException extends RefusedException {

    private static final long serialVersionUID = 1;

    /** Refuses with {@code problem}. */
    public UploadRefusedException(Problem problem) {
        super(problem.type() + problem.detail().map(detail -> ": " + detail).orElse(""), problem);
    }
}
