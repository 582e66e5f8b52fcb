package io.github.uploadreceipts.problem;

import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import org.assertj.core.api.Assertions;

/** The log messages of refused tokens. */
public final class Refusals {

    private Refusals() {}

    /** Returns the message of a refusal that gives only its reason. */
    public static String message(Reason reason) {
        return new TokenRefusedException(reason, Problem.of(ProblemType.RECEIPT_INVALID)).getMessage();
    }

    /** Checks that the message gives only the reason, and for a wrong audience also the audiences. */
    public static void assertMessage(TokenRefusedException refusal) {
        String message = message(refusal.reason());
        if (refusal.reason() == Reason.AUDIENCE) {
            Assertions.assertThat(refusal).hasMessageStartingWith(message + ": ");
        } else {
            Assertions.assertThat(refusal).hasMessage(message);
        }
    }
}
