package io.github.uploadreceipts.servlet.internal.receive;

import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;

/** Takes a request body apart, as its bytes arrive. */
public interface BodyParser {

    /** Takes the next bytes; they are not kept. */
    void push(byte[] bytes, int offset, int length) throws UploadRefusedException;

    /** The body has ended. */
    void end() throws RefusedException;
}
