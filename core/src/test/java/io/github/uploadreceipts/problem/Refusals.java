package io.github.uploadreceipts.problem;

import io.github.uploadreceipts.problem.TokenRefusedException.Reason;
import org.assertj.core.api.Assertions;

/** What refusals of tokens say in the log. */
public final class Refusals {

    private Refusals() {}

    /** Returns the message of a refusal that has nothing to add to its reason. */
    public static String message(Reason reason) {
        return new TokenRefusedException(reason, Problem.of(ProblemType.RECEIPT_INVALID)).getMessage();
    }

    /** Checks that the message says the reason, and nothing more but the audiences, if the token has another one. */
    public static void assertMessage(TokenRefusedException refusal) {
        String message = message(refusal.reason());
        if (refusal.reason() == Reason.AUDIENCE) {
            Assertions.assertThat(refusal).hasMessageStartingWith(message + ": ");
        } else {
            Assertions.assertThat(refusal).hasMessage(message);
        }
    }
}
