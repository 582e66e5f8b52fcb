package io.github.uploadreceipts.servlet.internal.guard;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.Refusal;
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

    @Override
    public Problem problem() {
        return problem;
    }
}
