package io.github.uploadreceipts.servlet.internal.response;

import io.github.uploadreceipts.problem.Problem;

/**
 * How a client is told of a problem (RFC 9457). Protocols have words of their own for some.
 *
 * @param status the HTTP status code
 * @param json the problem details object
 */
public record ProblemDetails(int status, String json) {

    /** Returns what the problem itself says. */
    public static ProblemDetails of(Problem problem) {
        return of(problem, problem.status());
    }

    /** Returns what the problem itself says, with another status code. */
    public static ProblemDetails of(Problem problem, int status) {
        return new ProblemDetails(status, problem.toJson(status));
    }
}
