package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.resume.Append;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import java.nio.ByteBuffer;

/** A body whose bytes are appended to an upload. */
record AppendBody(Append append) implements BodyParser {

    @Override
    public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
        append.write(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public void end() {}
}
