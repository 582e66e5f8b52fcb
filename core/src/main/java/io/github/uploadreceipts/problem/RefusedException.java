package io.github.uploadreceipts.problem;

/**
 * Something that a client sent is refused. {@link #problem} is what the client may be told. The message is for the log:
 * it says the cause, and contains no secret either.
 */
public abstract sealed class RefusedException extends Exception implements Refusal
        permits UploadRefusedException, ReceiptsRefusedException, TokenRefusedException {

    private static final long serialVersionUID = 1;

    private final transient Problem problem;

    RefusedException(String message, Problem problem) {
        super(message);
        this.problem = problem;
    }

    @Override
    public Problem problem() {
        return problem;
    }
}
