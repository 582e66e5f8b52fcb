package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.problem.Problem;
import io.github.uploadreceipts.problem.ProblemType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;

/** A parser that takes a request body apart as its bytes arrive. */
public interface BodyParser {

    /** A parser that takes nothing. */
    BodyParser NONE = new BodyParser() {
        @Override
        public void push(byte[] bytes, int offset, int length) {}

        @Override
        public void end() {}
    };

    /** Takes the next bytes, and does not keep the array. */
    void push(byte[] bytes, int offset, int length) throws UploadRefusedException;

    /** Returns whether more of the body is wanted now. */
    default boolean wantsMore() {
        return true;
    }

    /** Takes the end of the body. */
    void end() throws RefusedException;

    /**
     * Takes the end of a body of which no byte has come.
     *
     * @param declared whether the client has declared that there are some; if so, a filter in front has read them
     */
    default void endEmpty(boolean declared) throws RefusedException {
        if (declared) {
            throw readBefore(true);
        }
        end();
    }

    /**
     * Returns the refusal of a body that a filter in front has read; or may have, if its client has not declared that there
     * are bytes, and perhaps sent none.
     */
    static UploadRefusedException readBefore(boolean declared) {
        return new UploadRefusedException(Problem.of(
                declared ? ProblemType.BODY_READ_BEFORE : ProblemType.INCOMPLETE_BODY,
                "No byte of the body is left. A filter in front may have read it: map UploadGuard in front of that filter,"
                        + " or send what it looks for in a header field."));
    }
}
