package io.github.uploadreceipts.servlet.internal.receive;

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

    /** Takes the end of the body. */
    void end() throws RefusedException;
}
