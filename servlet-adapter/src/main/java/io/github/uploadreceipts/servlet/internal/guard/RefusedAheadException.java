package io.github.uploadreceipts.servlet.internal.guard;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.Refusal;
import java.io.IOException;
import java.io.Serial;

/**
 * A body is refused while a filter in front asks for a field of its form. {@code UploadGuard} catches it and responds,
 * unless that filter does.
 */
public final class RefusedAheadException extends RuntimeException implements Refusal {

    @Serial
    private static final long serialVersionUID = 1;

    private final transient Problem problem;

    RefusedAheadException(Problem problem, Exception cause) {
        super(cause.getMessage(), cause);
        this.problem = problem;
    }

    /** Returns whether the client went away, or its body ended too early. */
    public boolean isBrokenOff() {
        return getCause() instanceof IOException;
    }

    @Override
    public Problem problem() {
        return problem;
    }
}
