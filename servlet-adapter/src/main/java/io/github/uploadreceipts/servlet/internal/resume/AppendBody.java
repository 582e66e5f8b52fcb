package io.github.uploadreceipts.servlet.internal.resume;

import io.github.uploadreceipts.internal.resume.Append;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import java.nio.ByteBuffer;
import java.util.Optional;

/** A body whose bytes are appended to an upload. */
record AppendBody(Append append, Optional<Checksum> checksum) implements BodyParser {

    @Override
    public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
        checksum.ifPresent(sum -> sum.update(buffer));
        append.write(buffer);
    }

    @Override
    public void end() throws UploadRefusedException {
        if (checksum.isPresent()) {
            checksum.get().verify();
        }
    }
}
