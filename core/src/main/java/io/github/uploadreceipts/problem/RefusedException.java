package io.github.uploadreceipts.problem;

/**
 * Something a client sent is refused. {@link #problem} is what the client may be told; the message, for the log, says the
 * cause and holds no secret either.
 */
public abstract sealed class RefusedException extends Exception
        permits UploadRefusedException, ReceiptsRefusedException, TokenRefusedException {

    private static final long serialVersionUID = 1;

    private final transient Problem problem;

    RefusedException(String message, Problem problem) {
        super(message);
        this.problem = problem;
    }

    /** Returns what to tell the client. */
    public Problem problem() {
        return problem;
    }
}
