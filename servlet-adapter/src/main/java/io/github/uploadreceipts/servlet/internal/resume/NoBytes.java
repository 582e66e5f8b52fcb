package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import java.util.function.Supplier;

/**
 * A body that must be empty.
 *
 * @param otherwise makes the refusal if it is not
 */
record NoBytes(Supplier<UploadRefusedException> otherwise) implements BodyParser {

    @Override
    public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
        throw otherwise.get();
    }

    @Override
    public void end() {}
}
